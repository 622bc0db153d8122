"""A DestinationRule names each version that a route leads to."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE
from components.routing import ROUTES
from mesh.visibility import name_of, namespace_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

NAMED = ok("{subsets} are named")
NOT_NAMED = failure(
    f"{PROJECT}:routing: no DestinationRule {{namespace}}/{{service}} names the subset {{subset}}",
    f"apply Bookinfo's default destination rules, or set {PROJECT}:destinationRules to true",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Look for each; where they are made here there is nothing to look for."""
    settings = facts.settings
    if not settings.routing or settings.destination_rules:
        return
    cluster = inside(facts)
    if "DestinationRule" not in seen(cluster.kinds):
        return  # which is said already
    named = {
        (name_of(rule), subset["name"])
        for rule in seen(cluster.lists["destinationrules"])
        if namespace_of(rule) == settings.namespace
        for subset in rule["spec"].get("subsets") or ()
    }
    lacking = [route for route in ROUTES.items() if route not in named]
    for service, subset in lacking:
        yield NOT_NAMED(namespace=settings.namespace, service=service, subset=subset)
    if not lacking:
        yield NAMED(subsets=", ".join(f"{service} {subset}" for service, subset in ROUTES.items()))
