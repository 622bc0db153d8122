"""Services that nodes serve at the database's own address, past all sidecars.

kube-proxy takes connections to a Service's `externalIPs` and load balancer addresses on each node,
also those that leave a sidecar: https://kubernetes.io/docs/concepts/services-networking/service/
"""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from mesh.egress import Egress
from mesh.visibility import name_of, namespace_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("addresses", "cluster")
WHEN = BEFORE_A_CHANGE

FREE = ok("no Service has an address of {host}")
TAKEN = failure(
    f"{PROJECT}:host: Service {{service}} has the address {{address}} port {{port}} of {{host}} "
    "({field}): kube-proxy takes each connection to it from the cluster to that Service's pods, "
    "credentials included",
    "have the address taken off that Service",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare single addresses; in a wider block a Service may well have one."""
    settings = facts.settings
    if settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    ours = {
        network.network_address
        for network in map(ip_network, facts.blocks())
        if network.num_addresses == 1
    }
    free = True
    for service in seen(inside(facts).lists["services"]):
        ports = {int(port["port"]) for port in service["spec"].get("ports") or ()}
        for address, field in _outer(service) if settings.port in ports else ():
            if ip_address(address) in ours:
                free = False
                yield TAKEN(
                    service=f"{namespace_of(service)}/{name_of(service)}",
                    address=address,
                    port=settings.port,
                    host=settings.host,
                    field=field,
                )
    if free:
        yield FREE(host=settings.host)


def _outer(service: Object) -> Iterator[tuple[str, str]]:
    for address in service["spec"].get("externalIPs") or ():
        yield address, "externalIPs"
    balancer = (service.get("status") or {}).get("loadBalancer") or {}
    for each in balancer.get("ingress") or ():
        if each.get("ip") and each.get("ipMode") != "Proxy":
            yield each["ip"], "load balancer"
