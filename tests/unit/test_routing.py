"""The routes reviews -> v3 and ratings -> v2-mysql, and Bookinfo's DestinationRules on request."""

from __future__ import annotations

from tests.unit.conftest import Up
from tests.unit.recording import Engine, all_created, created, kinds

SUBSETS = {
    "productpage": ["v1"],
    "reviews": ["v1", "v2", "v3"],
    "ratings": ["v1", "v2", "v2-mysql", "v2-mysql-vm"],
    "details": ["v1", "v2"],
}


def destinations(engine: Engine) -> dict[str, dict[str, str]]:
    """Give the one destination of each service's traffic."""
    found = {}
    for route in all_created(engine, "VirtualService"):
        spec = route.inputs["spec"]
        ((service,), (http,)) = spec["hosts"], spec["http"]
        (target,) = http["route"]
        assert route.inputs["metadata"]["name"] == service
        found[service] = target["destination"]
    return found


def test_reviews_go_to_v3_and_ratings_to_v2_mysql(up: Up) -> None:
    assert destinations(up()) == {
        "reviews": {"host": "reviews", "subset": "v3"},
        "ratings": {"host": "ratings", "subset": "v2-mysql"},
    }


def test_destination_rules_are_the_meshs_own_unless_asked_for(up: Up) -> None:
    assert all_created(up(), "DestinationRule") == []


def test_destination_rules_on_request_are_bookinfos_default_ones(up: Up) -> None:
    rules = all_created(up(destinationRules=True), "DestinationRule")
    assert {
        rule.inputs["spec"]["host"]: [subset["name"] for subset in rule.inputs["spec"]["subsets"]]
        for rule in rules
    } == SUBSETS
    for rule in rules:
        for subset in rule.inputs["spec"]["subsets"]:
            assert subset["labels"] == {"version": subset["name"]}


def test_the_routes_wait_for_the_destination_rules(up: Up) -> None:
    engine = up(destinationRules=True)
    rules = {rule.urn for rule in all_created(engine, "DestinationRule")}
    assert rules <= created(engine, "BookinfoRouting").depends_on


def test_switched_off_no_route_is_touched(up: Up) -> None:
    engine = up(routing=False)
    assert not {"BookinfoRouting", "VirtualService", "DestinationRule"} & kinds(engine)
    assert created(engine, "Deployment")
