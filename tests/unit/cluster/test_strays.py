"""What others have set in an object: by whose name the API server has each field."""

from __future__ import annotations

from typing import Any

from cluster.mark import HAND, MANAGER
from cluster.strays import strays

RATINGS = 'k:{"name":"ratings"}'


def found(*managers: tuple[str, dict[str, Any]]) -> dict[str, Any]:
    managed = [{"manager": manager, "fieldsV1": fields} for manager, fields in managers]
    return {"metadata": {"managedFields": managed}}


def pod(fields: dict[str, Any]) -> dict[str, Any]:
    return {"f:spec": {"f:template": {"f:spec": fields}}}


def test_what_is_ours_is_no_stray() -> None:
    ours = {"f:metadata": {"f:labels": {"f:app": {}}}, "f:spec": {"f:hosts": {}}}
    assert strays(found((MANAGER, ours))) == {}
    assert strays(found((MANAGER, ours), (HAND, {"f:spec": {"f:ports": {}}}))) == {}
    assert strays({"metadata": {}}) == {}


def test_a_field_that_somebody_took_over_is_named_with_who() -> None:
    both = found(
        (MANAGER, {"f:spec": {"f:hosts": {}}}),
        ("kubectl-patch", {"f:spec": {"f:addresses": {}}}),
        ("kubectl", {"f:spec": {"f:replicas": {}}}),
    )
    assert strays(both) == {"spec.addresses": "kubectl-patch", "spec.replicas": "kubectl"}


def test_a_field_that_is_set_alike_by_both_is_no_stray() -> None:
    alike: dict[str, Any] = {"f:spec": {"f:hosts": {}}}
    assert strays(found((MANAGER, alike), ("helm", alike))) == {}


def test_an_item_that_somebody_added_is_named_as_a_whole_by_its_key() -> None:
    added: dict[str, Any] = {".": {}, "f:name": {}, "f:image": {}}
    ours = pod({"f:containers": {RATINGS: {".": {}, "f:name": {}, "f:env": {}}}})
    theirs = pod({"f:containers": {'k:{"name":"debug"}': added}})
    (path,) = strays(found((MANAGER, ours), ("kubectl-edit", theirs)))
    assert path == "spec.template.spec.containers[debug]"


def test_a_field_within_an_item_of_ours_is_named_as_far_down_as_it_is() -> None:
    port = 'k:{"containerPort":9080,"protocol":"TCP"}'
    ours = pod({"f:containers": {RATINGS: {".": {}, "f:ports": {".": {}, port: {".": {}}}}}})
    theirs = pod(
        {
            "f:containers": {
                RATINGS: {
                    "f:ports": {port: {"f:hostPort": {}}},
                    "f:resources": {"f:limits": {"f:example.com/gpu": {}}},
                }
            }
        }
    )
    within = "spec.template.spec.containers[ratings]"
    assert strays(found((MANAGER, ours), ("kubectl-patch", theirs))) == {
        f"{within}.ports[9080 TCP].hostPort": "kubectl-patch",
        f'{within}.resources.limits["example.com/gpu"]': "kubectl-patch",
    }


def test_labels_and_annotations_of_others_and_a_status_are_theirs() -> None:
    others = {"f:metadata": {"f:labels": {"f:team": {}}}, "f:status": {"f:conditions": {}}}
    assert strays(found(("kubectl-label", others))) == {}


def test_a_restart_of_the_pods_is_no_change() -> None:
    restarted: dict[str, Any] = {
        "f:template": {
            "f:metadata": {"f:annotations": {".": {}, "f:kubectl.kubernetes.io/restartedAt": {}}}
        }
    }
    ours: dict[str, Any] = {"f:template": {"f:metadata": {"f:labels": {}}}}
    assert strays(found((MANAGER, {"f:spec": ours}), ("kubectl", {"f:spec": restarted}))) == {}
