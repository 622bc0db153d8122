"""The rights that a stack needs in its namespace: those of its settings, and no others."""

from __future__ import annotations

import pytest

from checks.facts.rights import Right, listed, needed
from tests.unit.checks.surroundings import settings


def resources(**given: str) -> set[str]:
    return {right.resource for right in needed(settings(**given))}


def test_a_stack_needs_what_it_makes_and_what_is_waited_for() -> None:
    assert resources() == {
        *("secrets", "deployments", "serviceentries", "virtualservices"),
        *("replicasets", "pods", "persistentvolumeclaims"),
    }
    assert Right("networking.istio.io", "serviceentries", "patch") in needed(settings())
    assert Right("", "pods", "create") not in needed(settings())


@pytest.mark.parametrize(
    ("given", "without"),
    [
        ({"routing": "false"}, {"virtualservices"}),
        ({"egress": "bypass"}, {"serviceentries"}),
        (
            {"egress": "off"},
            {"serviceentries", "replicasets", "pods", "persistentvolumeclaims"},
        ),
    ],
)
def test_what_is_not_wanted_needs_no_right(given: dict[str, str], without: set[str]) -> None:
    assert resources() - resources(**given) == without


@pytest.mark.parametrize(
    ("given", "more"),
    [({"destinationRules": "true"}, "destinationrules"), ({"readerTls": "true"}, "configmaps")],
)
def test_what_is_wanted_besides_needs_one(given: dict[str, str], more: str) -> None:
    assert resources(**given) - resources() == {more}


def test_no_right_is_asked_for_twice() -> None:
    every = needed(settings(destinationRules="true", readerTls="true"))
    assert len(every) == len(set(every))


PATCH = Right("apps", "deployments", "patch")


def rule(group: str, resource: str, *verbs: str, **more: list[str]) -> dict[str, list[str]]:
    return {"apiGroups": [group], "resources": [resource], "verbs": list(verbs), **more}


@pytest.mark.parametrize(
    ("rules", "has"),
    [
        ([], False),
        ([rule("apps", "deployments", "get", "patch")], True),
        ([rule("apps", "deployments", "get"), rule("apps", "deployments", "patch")], True),
        ([rule("*", "*", "*")], True),
        ([rule("apps", "*", "patch")], True),
        ([rule("apps", "deployments", "get")], False),
        ([rule("", "deployments", "patch")], False),
        ([rule("apps", "deployments/scale", "patch")], False),
        ([rule("apps", "deployments", "patch", resourceNames=["ratings-v2-mysql"])], False),
    ],
)
def test_a_right_is_had_where_one_rule_gives_all_of_it(
    rules: list[dict[str, list[str]]],
    *,
    has: bool,
) -> None:
    assert listed(PATCH, rules) is has
