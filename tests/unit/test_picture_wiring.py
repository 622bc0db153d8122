"""What is read out of a state: the wiring, all of it, and of another program's state nothing."""

from __future__ import annotations

import copy
import json

import pytest

from mesh.egress import Egress
from picture.state import PictureProblem, parse
from picture.wiring import Bypass, Destination, ServiceEntry
from tests.unit.conftest import Up
from tests.unit.picture_states import (
    ADDRESSES,
    Change,
    Exported,
    egress,
    exported,
    outputs,
    resources,
    setting,
    wired,
    without,
)


def problem(state: object) -> str:
    with pytest.raises(PictureProblem) as refused:
        parse(state if isinstance(state, str) else json.dumps(state))
    return str(refused.value)


def test_all_of_the_wiring_is_found_in_a_state_that_pulumi_wrote() -> None:
    wiring = wired()
    assert (wiring.stack, wiring.context) == ("dev", "my-cluster")
    assert list(wiring.routes.items()) == [
        ("reviews", (Destination("v3", 100),)),
        ("ratings", (Destination("v2-mysql", 100),)),
    ]
    assert wiring.subsets == ("details", "productpage", "ratings", "reviews")
    assert wiring.workload
    assert (wiring.workload.pods, wiring.workload.ready) == (1, 1)
    assert wiring.workload.host == "mysql.example.com"
    assert wiring.workload.secret == wiring.secret == "reader-password-fe47865c"  # noqa: S105 - a name
    assert isinstance(wiring.way, ServiceEntry)
    assert wiring.way.addresses == tuple(ADDRESSES)
    assert wiring.account
    assert (wiring.account.user, wiring.account.host) == ("bookinfo", "%")
    assert wiring.account.granted_on == "test.ratings"
    assert "UPDATE" in wiring.account.refused
    assert wiring.table
    assert (wiring.table.name, wiring.table.rows) == ("test.ratings", {1: 5, 2: 4})
    assert wiring.unfinished == ()


def test_of_an_account_that_may_be_adopted_the_rights_say_what_it_may_do() -> None:
    adopt = setting("Account", "adopt", to=True)
    assert wired(without("User", "Grant"), adopt).account == wired().account
    account = wired(without("User", "Grant", "Rights"), adopt).account
    assert account
    assert (account.privileges, account.granted_on) == ((), "")


def test_the_state_in_these_tests_holds_what_the_program_makes(up: Up) -> None:
    engine = up(destinationRules=True)
    kinds = {resource.urn: resource.kind for resource in engine.resources}
    made = {(kinds[r.parent], r.kind, r.name) for r in engine.resources if r.parent}
    held = {
        (
            r["parent"].split("::")[2].rpartition(":")[2],
            r["type"].rpartition(":")[2],
            r["urn"].split("::")[3],
        )
        for r in resources(exported())
        if "parent" in r
    }
    assert held == made


def test_the_state_in_these_tests_holds_the_properties_that_the_program_gives(up: Up) -> None:
    lacking = {
        (resource.kind, name)
        for resource in up(destinationRules=True).resources
        for name in resource.inputs
        if name not in outputs(exported(), resource.kind) and name != "stringData"
    }
    assert lacking == set()


@pytest.mark.parametrize(
    ("change", "way"),
    [
        (
            egress(Egress.CIDRS, "203.0.113.0/24"),
            ("ServiceEntry", ("203.0.113.0/24",), "NONE"),
        ),
        (egress(Egress.MESH_DNS), ("ServiceEntry", (), "DNS_ROUND_ROBIN")),
        (egress(Egress.BYPASS, "203.0.113.0/24"), ("Bypass", ("203.0.113.0/24",), ())),
        (egress(Egress.BYPASS, port=3307), ("Bypass", (), ("3307",))),
        (egress(Egress.OFF), ("NoneType", None, None)),
    ],
    ids=["cidrs", "mesh-dns", "bypass", "bypass by port", "off"],
)
def test_each_way_out_is_told_from_the_others(change: Change, way: tuple[object, ...]) -> None:
    found = wired(change).way
    last = getattr(found, "resolution", getattr(found, "ports", None))
    assert (type(found).__name__, getattr(found, "addresses", None), last) == way


def test_around_the_sidecar_is_what_the_pods_are_told() -> None:
    assert wired(egress(Egress.BYPASS, *ADDRESSES)).way == Bypass(tuple(ADDRESSES), ())


def test_sidecars_answer_the_pods_dns_only_where_they_are_told_to() -> None:
    workload, other = wired(egress(Egress.MESH_DNS)).workload, wired().workload
    assert workload
    assert other
    assert (workload.captures_dns, other.captures_dns) == (True, False)


def test_what_waits_for_its_deletion_is_not_part_of_the_wiring() -> None:
    def replaced(state: Exported) -> None:
        (old,) = (copy.deepcopy(r) for r in resources(state) if r["type"].endswith(":Secret"))
        old["outputs"]["metadata"]["name"] = "reader-password-0ld"
        resources(state).insert(0, {**old, "delete": True})

    assert wired(replaced) == wired()


def test_the_order_of_the_resources_is_no_part_of_the_wiring() -> None:
    assert wired(lambda state: resources(state).reverse()) == wired()


def test_what_is_not_there_is_none() -> None:
    wiring = wired(
        without("Deployment", "ServiceEntry", "Secret", "User", "Grant", "VirtualService")
    )
    assert (wiring.workload, wiring.way, wiring.secret, wiring.account) == (None, None, "", None)
    assert wiring.table
    assert dict(wiring.routes) == {}


def test_pods_that_nobody_waited_for_are_neither_ready_nor_not() -> None:
    workload = wired(setting("Deployment", "status", to={})).workload
    assert workload
    assert workload.ready is None


@pytest.mark.parametrize(
    "deployment",
    [{}, {"resources": []}, {"resources": resources(exported())[:1]}],
    ids=["new", "destroyed", "nothing but the stack"],
)
def test_an_empty_stack_says_so(deployment: Exported) -> None:
    said = problem({"version": 3, "deployment": deployment})
    assert said == "the stack is empty, there is nothing to draw; run `pulumi up`"


def test_another_programs_state_is_told_from_this_ones() -> None:
    urn = "urn:pulumi:dev::shop::aws:s3/bucket:Bucket::pictures"
    state = {"version": 3, "deployment": {"resources": [{"urn": urn, "type": "aws"}]}}
    assert problem(state).startswith("this stack holds none of external-mysql's components")


@pytest.mark.parametrize("text", ["", "{}", "[]", "\x00", '{"version": 3, "deployment": 1}'])
def test_what_is_no_state_is_refused_in_one_line(text: str) -> None:
    assert problem(text) == "this is no state of a stack; give what `pulumi stack export` writes"


def test_a_part_of_another_shape_is_named() -> None:
    with pytest.raises(PictureProblem) as refused:
        wired(setting("ServiceEntry", "spec", "ports", to="3306"))
    assert str(refused.value).startswith("spec.ports of the ServiceEntry mysql-external is not as")


def test_two_wirings_in_one_stack_are_refused() -> None:
    def twice(state: Exported) -> None:
        resources(state).extend([r for r in resources(state) if r["type"].endswith(":Deployment")])

    with pytest.raises(PictureProblem) as refused:
        wired(twice)
    assert str(refused.value) == "this stack has 2 of Deployment; a picture shows one wiring"


def test_the_state_in_these_tests_holds_the_secrets_that_a_real_one_holds() -> None:
    state = exported()
    for kind, name in (
        ("RandomPassword", "result"),
        ("AccountName", "password"),
        ("Account", "password"),
        ("User", "plaintextPassword"),
        ("Rights", "password"),
        ("Proof", "password"),
        ("Secret", "data"),
        ("mysql", "password"),
        ("mysql-extra", "password"),
    ):
        assert outputs(state, kind)[name]["ciphertext"]
