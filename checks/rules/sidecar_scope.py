"""A `Sidecar` resource that is in force for the pods takes the ServiceEntry in.

https://istio.io/latest/docs/reference/config/networking/sidecar/
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import meshed
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.outbound_policy import REGISTRY_ONLY, policy_in_force
from checks.rules.when import BEFORE_A_CHANGE
from components.workload import LABELS
from mesh.egress import Egress
from mesh.visibility import imports, name_of, namespace_of, sidecar_of

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

NO_SIDECAR = ok("no Sidecar resource narrows what the pods see")
TAKEN_IN = ok("Sidecar {sidecar} takes {hosts} in")
SHUT_OUT = failure(
    "Sidecar {sidecar}, in force for ratings-v2-mysql, does not take {hosts} in: the pods' "
    "connections to it go to BlackHoleCluster, ServiceEntry or not",
    'add "{namespace}/{hosts}" to its egress hosts',
)
NOT_TAKEN_IN = warning(
    "Sidecar {sidecar}, in force for ratings-v2-mysql, does not take {hosts} in: the pods' "
    "connections to it go to PassthroughCluster, and the ServiceEntry has no effect",
    'add "{namespace}/{hosts}" to its egress hosts',
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge each host of the entry; where there is none, nothing is to be taken in."""
    settings = facts.settings
    if settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    cluster, plane = meshed(facts)
    sidecar = sidecar_of(seen(cluster.lists["sidecars"]), settings.namespace, LABELS, plane.root)
    if sidecar is None:
        yield NO_SIDECAR()
        return
    hosts = [settings.host, *settings.additional_hosts]
    out = [h for h in hosts if not imports(sidecar, h, settings.port, settings.namespace)]
    name = f"{namespace_of(sidecar)}/{name_of(sidecar)}"
    policy = policy_in_force(cluster, plane, settings.namespace)
    message = SHUT_OUT if policy == REGISTRY_ONLY else NOT_TAKEN_IN
    for host in out:
        yield message(sidecar=name, hosts=host, namespace=settings.namespace)
    if not out:
        yield TAKEN_IN(sidecar=name, hosts=" and ".join(hosts))
