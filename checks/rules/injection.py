"""Pods of the namespace get a sidecar, from an injector that is there."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import labels, meshed, tags
from checks.facts.seen import Unseen, seen
from checks.finding import Finding, ok, warning
from checks.rules.ambient import is_ambient
from checks.rules.when import BEFORE_A_CHANGE
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

_ENABLED, _REVISION = "istio-injection", "istio.io/rev"

INJECTED = ok("pods in {namespace} get a sidecar")
NO_SIDECAR = warning(
    f"{PROJECT}:namespace: pods in {{namespace}} get no sidecar",
    "`kubectl --context {context} label namespace {namespace} istio-injection=enabled`, before the "
    "pods start",
)
UNKNOWN_REVISION = warning(
    f"{PROJECT}:namespace: {{namespace}} asks for sidecars of the revision {{revision}}, which no "
    "injector is for (there are: {known})",
    "mend its label istio.io/rev",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by the namespace's labels, and by the injectors that there are."""
    cluster, _ = meshed(facts)
    settings, namespace = facts.settings, seen(cluster.namespace)
    if is_ambient(namespace):
        return
    where = {"namespace": settings.namespace, "context": settings.context}
    has = labels(namespace)
    revision = has.get(_REVISION)
    # Of the two labels the older one decides.
    if has.get(_ENABLED, "enabled") != "enabled" or not {_ENABLED, _REVISION} & has.keys():
        yield NO_SIDECAR(**where)
        return
    known = {} if isinstance(cluster.injectors, Unseen) else tags(cluster)
    if _ENABLED not in has and known and revision not in known:
        yield UNKNOWN_REVISION(revision=revision, known=", ".join(sorted(known)), **where)
    else:
        yield INJECTED(**where)
