"""The rights that a stack needs in its namespace: those of its settings, and no others."""

from __future__ import annotations

import pytest

from checks.facts.rights import Right, needed
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
