"""What an adopted object was: taken over whole, and given back as it was found."""

from __future__ import annotations

import json
from typing import Any

from cluster.former import former, given_back, taken_over, without_subsets_of
from cluster.mark import FORMER, MANAGER, Mark

MARK = Mark("owner", "holder")


def entry(manager: str, fields: dict[str, Any], **more: str) -> dict[str, Any]:
    return {"manager": manager, "operation": "Update", "fieldsV1": fields, **more}


THEIRS: list[dict[str, Any]] = [
    entry(
        "kubectl",
        {
            "f:metadata": {"f:labels": {"f:team": {}}, "f:annotations": {"f:note": {}}},
            "f:spec": {"f:hosts": {}, "f:http": {}},
        },
    ),
    entry("helm", {"f:spec": {"f:gateways": {}}}),
    entry("istiod", {"f:status": {"f:conditions": {}}}, subresource="status"),
]
FOUND: dict[str, Any] = {
    "apiVersion": "networking.istio.io/v1",
    "kind": "VirtualService",
    "metadata": {
        "name": "ratings",
        "resourceVersion": "7",
        "labels": {"team": "web"},
        "annotations": {"note": "theirs"},
        "managedFields": THEIRS,
    },
    "spec": {"hosts": ["ratings"], "gateways": ["mesh"]},
}


def test_the_fields_of_its_spec_are_handed_to_one_manager_and_all_others_stay() -> None:
    managed = taken_over(FOUND, MARK, ours=False)["metadata"]["managedFields"]
    assert [each["manager"] for each in managed] == ["kubectl", "istiod", MANAGER]
    kubectl, istiod, ours = managed
    assert kubectl["fieldsV1"].keys() == {"f:metadata"}
    assert istiod == THEIRS[2]
    assert ours["operation"] == "Apply"
    assert ours["fieldsV1"] == {"f:spec": {"f:hosts": {}, "f:http": {}, "f:gateways": {}}}


def test_nobody_may_have_changed_it_meanwhile() -> None:
    assert taken_over(FOUND, MARK, ours=False)["metadata"]["resourceVersion"] == "7"


def test_it_carries_the_mark_and_what_it_was() -> None:
    annotations = taken_over(FOUND, MARK, ours=False)["metadata"]["annotations"]
    assert annotations.items() >= MARK.annotations.items()
    was = json.loads(annotations[FORMER])
    assert was["spec"] == FOUND["spec"]
    assert was["labels"] == {"team": "web"}
    assert was["annotations"] == {"note": "theirs"}
    assert was["managedFields"] == THEIRS[:2]  # a status is nobody's to give back


def test_what_was_ours_already_keeps_what_is_known_of_before() -> None:
    assert FORMER not in taken_over(FOUND, MARK, ours=True)["metadata"]["annotations"]


def taken() -> dict[str, Any]:
    """The object as it is once the program has made it its own."""
    ours: dict[str, Any] = {
        "f:metadata": {"f:labels": {"f:app": {}}, "f:annotations": {"f:set": {}}}
    }
    return {
        **FOUND,
        "metadata": {
            **FOUND["metadata"],
            "labels": {"team": "web", "app": "ratings", "added": "since"},
            "annotations": {
                "note": "changed since",
                "set": "by us",
                FORMER: former(FOUND),
                **MARK.annotations,
                "pulumi.com/patchForce": "true",
            },
            "managedFields": [entry(MANAGER, ours), THEIRS[2]],
        },
        "spec": {"hosts": ["ratings"], "http": []},
    }


def test_it_is_given_back_as_it_was_and_what_others_changed_since_stays() -> None:
    back = given_back(taken(), former(FOUND))
    assert back["spec"] == FOUND["spec"]
    assert back["metadata"]["labels"] == {"team": "web", "added": "since"}
    assert back["metadata"]["annotations"] == {"note": "changed since"}
    assert back["metadata"]["managedFields"] == THEIRS


def test_a_label_of_theirs_that_we_had_set_is_as_it_was() -> None:
    before = {**FOUND, "metadata": {**FOUND["metadata"], "labels": {"app": "other"}}}
    assert given_back(taken(), former(before))["metadata"]["labels"]["app"] == "other"


def test_the_subsets_that_it_gets_with_us_are_known() -> None:
    rule = {"metadata": {}, "spec": {"host": "ratings", "subsets": [{"name": "v1"}]}}
    ours = {"spec": {"host": "ratings", "subsets": [{"name": "v1"}, {"name": "v2"}]}}
    assert without_subsets_of(former(rule), ours)["spec"]["subsets"] == [{"name": "v2"}]
