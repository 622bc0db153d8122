"""The mesh lets out what it knows, and nothing else: without that a ServiceEntry does not count."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.cluster import Cluster
from checks.facts.gathering import Facts, Need
from checks.facts.mesh import ControlPlane, meshed
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from components.workload import LABELS
from mesh.egress import Egress
from mesh.visibility import sidecar_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

REGISTRY_ONLY = "REGISTRY_ONLY"

IN_FORCE = ok(f"{REGISTRY_ONLY} is in force")
LETS_ALL_OUT = warning(
    f"{PROJECT}:egress: this mesh lets out what it does not know (outboundTrafficPolicy "
    f"{{policy}}): "
    "pods reach {host} without a ServiceEntry too",
    f"for it to count, set meshConfig.outboundTrafficPolicy.mode to {REGISTRY_ONLY}",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by the mesh's policy, or by that of the `Sidecar` which is in force for the pods."""
    settings = facts.settings
    if settings.egress is Egress.OFF:
        return
    cluster, plane = meshed(facts)
    policy = policy_in_force(cluster, plane, settings.namespace)
    if policy == REGISTRY_ONLY:
        yield IN_FORCE()
    else:
        yield LETS_ALL_OUT(policy=policy, host=settings.host)


def policy_in_force(cluster: Cluster, plane: ControlPlane, namespace: str) -> str:
    """Give the policy for the pods of ratings-v2-mysql."""
    sidecar = sidecar_of(seen(cluster.lists["sidecars"]), namespace, LABELS, plane.root)
    own = ((sidecar or {}).get("spec", {}).get("outboundTrafficPolicy") or {}).get("mode")
    return str(own or (plane.config.get("outboundTrafficPolicy") or {}).get("mode") or "ALLOW_ANY")
