"""An ambient mesh: no sidecar decides there, but ztunnel, which knows less of a ServiceEntry.

- What it does not know it lets through, whatever REGISTRY_ONLY says:
  https://github.com/istio/istio/issues/54281
- An entry that leads where was dialled (resolution NONE) had no endpoints there before Istio 1.28,
  and connections ended with "no healthy upstream": https://github.com/istio/istio/pull/57656
- Blocks wider than one address were dropped before 1.30:
  https://github.com/istio/istio/pull/59797
- It does not heed `exportTo`: https://github.com/istio/istio/issues/55163
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_network

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import labels, meshed
from checks.facts.seen import Unseen, seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from mesh.egress import Egress
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster", "addresses")
WHEN = BEFORE_A_CHANGE

_AS_DIALLED_SINCE = (1, 28)
_RANGES_SINCE = (1, 30)
_MODE, _WAYPOINT = "istio.io/dataplane-mode", "istio.io/use-waypoint"
_INJECTED_BY = ("istio-injection", "istio.io/rev")

SIDECARS = ok("{namespace} has sidecars, and is not ambient")
BREAKS = failure(
    f"{PROJECT}:egress: {{namespace}} is ambient, and in Istio {{version}} a ServiceEntry with "
    'addresses ends each connection to them with "no healthy upstream"',
    f"install Istio 1.28 or newer, or set {PROJECT}:egress to off, for ztunnel lets it out anyway",
)
RANGES_DROPPED = warning(
    f"{PROJECT}:cidrs: {{namespace}} is ambient, where Istio {{version}} drops the blocks "
    f"{{blocks}}: "
    "connections to them go out as to what the mesh does not know",
    "install Istio 1.30 or newer, or give single addresses",
)
NO_ZTUNNEL = warning(
    f"{PROJECT}:namespace: {{namespace}} is ambient, and no ztunnel runs in {{context}}: its pods "
    "are in no mesh",
    "install Istio with the ambient profile, or take the label off",
)
NO_BARRIER = warning(
    f"{PROJECT}:egress: {{namespace}} is ambient, where REGISTRY_ONLY has no effect: pods reach "
    f"{{host}} "
    "without a ServiceEntry too; with one the connection has a name, and may go through a waypoint",
    "keep others out by a NetworkPolicy",
)
SEEN_BY_ALL = warning(
    f"{PROJECT}:exportTo: {{namespace}} is ambient, where ztunnel does not heed it: pods of every "
    "namespace see the ServiceEntry",
    "keep others out by a NetworkPolicy or, with a waypoint, by an AuthorizationPolicy",
)
BYPASS_IN_VAIN = warning(
    f"{PROJECT}:egress: {{namespace}} is ambient, where nothing goes around ztunnel; it lets "
    "connections to {host} out as they are",
    f"set {PROJECT}:egress to off",
)
THROUGH_WAYPOINT = ok("connections to {host} go through the waypoint {waypoint}")


def is_ambient(namespace: Object | None) -> bool:
    """Say whether the pods of a namespace get no sidecar, and ztunnel takes their connections."""
    has = labels(namespace)
    return has.get(_MODE) == "ambient" and not any(name in has for name in _INJECTED_BY)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by the namespace's label, and what Istio's version does."""
    settings = facts.settings
    cluster, plane = meshed(facts)
    namespace = seen(cluster.namespace)
    where = {
        "namespace": settings.namespace,
        "context": settings.context,
        "host": settings.host,
        "version": plane.version,
    }
    if not is_ambient(namespace):
        yield SIDECARS(**where)
        return
    if not isinstance(cluster.ztunnels, Unseen) and not cluster.ztunnels:
        yield NO_ZTUNNEL(**where)
    if settings.egress is Egress.OFF:
        return
    if settings.egress is Egress.BYPASS:
        yield BYPASS_IN_VAIN(**where)
        return
    blocks = [ip_network(block) for block in facts.blocks()]
    ranges = [str(block) for block in blocks if block.num_addresses > 1]
    known = plane.minor
    if known and known < _AS_DIALLED_SINCE and len(ranges) < len(blocks):
        yield BREAKS(**where)
        return
    if known and known < _RANGES_SINCE and ranges:
        yield RANGES_DROPPED(blocks=", ".join(ranges), **where)
    yield NO_BARRIER(**where)
    if settings.export_to != ["*"]:
        yield SEEN_BY_ALL(**where)
    if waypoint := labels(namespace).get(_WAYPOINT):
        yield THROUGH_WAYPOINT(waypoint=waypoint, **where)
