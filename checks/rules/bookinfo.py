"""Bookinfo is in the namespace: the Services that routes are for, and what they lead to."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import labels, meshed
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from components.routing import ROUTES
from components.workload import LABELS
from mesh.visibility import name_of, namespace_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

THERE = ok("{services} are in {namespace}")
MISSING = warning(
    f"{PROJECT}:routing: {{namespace}} has no Service {{services}}",
    f"apply Bookinfo there, or set {PROJECT}:routing to false",
)
NO_PODS = warning(
    f"{PROJECT}:routing: no pod in {{namespace}} is {{service}} {{version}}, which its route "
    "leads to",
    f"apply Bookinfo there, or set {PROJECT}:routing to false",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Look for both; the pods of ratings v2-mysql are to come."""
    settings = facts.settings
    if not settings.routing:
        return
    cluster, _ = meshed(facts)
    names = {
        name_of(each)
        for each in seen(cluster.lists["services"])
        if namespace_of(each) == settings.namespace
    }
    lacking = [service for service in ROUTES if service not in names]
    if lacking:
        yield MISSING(namespace=settings.namespace, services=" and no ".join(lacking))
        return
    versions = [labels(pod) for pod in seen(cluster.lists["pods"])]
    without = [
        (service, version)
        for service, version in ROUTES.items()
        if {"app": service, "version": version} != LABELS
        and not any({"app": service, "version": version}.items() <= v.items() for v in versions)
    ]
    for service, version in without:
        yield NO_PODS(namespace=settings.namespace, service=service, version=version)
    if not without:
        yield THERE(services=" and ".join(ROUTES), namespace=settings.namespace)
