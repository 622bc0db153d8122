"""What the deployer has to be able to do in the stack's namespace.

https://kubernetes.io/docs/reference/access-authn-authz/authorization/#checking-api-access
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any, NamedTuple

from cluster.kinds import KINDS
from mesh.egress import Egress
from settings import Settings

_ISTIO = "networking.istio.io"
_MAKE = ("get", "create", "patch", "delete")
_LIST = ("list",)
_GIVE_BACK = ("update",)
_AWAIT = ("list", "watch")
"""By which the Kubernetes provider waits for a Deployment; without one of them it waits in vain."""
_AWAITED = (
    ("apps", "deployments"),
    ("apps", "replicasets"),
    ("", "pods"),
    ("", "persistentvolumeclaims"),
)


class Right(NamedTuple):
    """One verb on one kind of objects."""

    group: str
    resource: str
    verb: str


def needed(settings: Settings) -> list[Right]:
    """Give the rights that a stack with these settings needs in its namespace, and no others."""
    return list(_needed(settings))


def listed(right: Right, rules: Iterable[Mapping[str, Any]]) -> bool:
    """Say whether rules give a right on every object of its kind.

    Args:
        right: The right.
        rules: What a SelfSubjectRulesReview has in its `resourceRules`.
    """
    return any(
        not rule.get("resourceNames")
        and _has(rule, "apiGroups", right.group)
        and _has(rule, "resources", right.resource)
        and _has(rule, "verbs", right.verb)
        for rule in rules
    )


def _has(rule: Mapping[str, Any], name: str, word: str) -> bool:
    return not {word, "*"}.isdisjoint(rule.get(name) or ())


def _needed(settings: Settings) -> Iterator[Right]:
    yield from _on("", "secrets", _MAKE)
    if settings.reader_tls:
        yield from _on("", "configmaps", _MAKE)
    yield from _on("apps", "deployments", _MAKE)
    for group, resource in _AWAITED if settings.egress is not Egress.OFF else ():
        yield from _on(group, resource, _AWAIT)
    if settings.replicas > 1:
        yield from _on("policy", "poddisruptionbudgets", _MAKE)
    if settings.has_entry():
        yield from _on(_ISTIO, "serviceentries", (*_LIST, *_MAKE))
    if settings.network_policy:
        yield from _on("networking.k8s.io", "networkpolicies", (*_LIST, *_MAKE))
    if settings.routing:
        yield from _on(_ISTIO, "virtualservices", _MAKE)
    if settings.destination_rules:
        yield from _on(_ISTIO, "destinationrules", _MAKE)
        # Nothing is deleted from under a route of anybody.
        yield from _on(_ISTIO, "virtualservices", _LIST)
    for kind in {each.partition("/")[0] for each in settings.adopted_in_cluster()}:
        group, _, _ = KINDS[kind].api_version.rpartition("/")
        yield from _on(group, KINDS[kind].plural, _GIVE_BACK)


def _on(group: str, resource: str, verbs: tuple[str, ...]) -> Iterator[Right]:
    for verb in verbs:
        yield Right(group, resource, verb)
