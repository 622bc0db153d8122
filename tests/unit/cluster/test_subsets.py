"""Which routes use a rule's subsets: whatever protocol, however the host is written."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.subsets import users

RULE: dict[str, Any] = {
    "metadata": {"namespace": "default", "name": "ratings"},
    "spec": {"host": "ratings", "subsets": [{"name": "v1"}, {"name": "v2-mysql"}]},
}


def service(spec: dict[str, Any], namespace: str = "default") -> dict[str, Any]:
    return {"metadata": {"namespace": namespace, "name": "theirs"}, "spec": spec}


def to(host: str, subset: str | None = "v1") -> dict[str, Any]:
    destination = {"host": host} | ({"subset": subset} if subset else {})
    return {"http": [{"route": [{"destination": destination}]}]}


@pytest.mark.parametrize(
    "spec",
    [
        to("ratings"),
        to("ratings.default.svc.cluster.local"),
        {"tcp": to("ratings")["http"]},
        {"tls": to("ratings")["http"]},
        {"http": [{"mirror": {"host": "ratings", "subset": "v1"}}]},
        {"http": [{"mirrors": [{"destination": {"host": "ratings", "subset": "v1"}}]}]},
    ],
)
def test_a_route_to_a_subset_uses_the_rule(spec: dict[str, Any]) -> None:
    assert users(RULE, [service(spec)]) == ["VirtualService default/theirs (subset v1)"]


@pytest.mark.parametrize(
    "theirs",
    [
        service(to("ratings", None)),
        service(to("ratings", "v9")),
        service(to("reviews")),
        service(to("ratings"), "other"),
        service(to("ratings.other.svc.cluster.local")),
        service({}),
        service({"http": [{"redirect": {"uri": "/"}}]}),
    ],
)
def test_any_other_route_does_not(theirs: dict[str, Any]) -> None:
    assert users(RULE, [theirs]) == []


def test_a_short_host_is_of_the_routes_own_namespace() -> None:
    rule = {**RULE, "spec": {**RULE["spec"], "host": "ratings.other.svc.cluster.local"}}
    assert users(rule, [service(to("ratings"), "other")]) != []
    assert users(rule, [service(to("ratings"))]) == []


def test_all_that_use_it_are_named_once_in_order() -> None:
    both = {"http": [*to("ratings", "v2-mysql")["http"], *to("ratings")["http"] * 2]}
    assert users(RULE, [service(both)]) == [
        "VirtualService default/theirs (subset v1)",
        "VirtualService default/theirs (subset v2-mysql)",
    ]
