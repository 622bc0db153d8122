"""The host's addresses, as a pod's DNS gives them."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import ip_address, ip_network

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BY_THE_DOCTOR
from mesh.egress import Egress
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("addresses", "pod_dns")
WHEN = BY_THE_DOCTOR

SAME = ok("pod {pod} sees {addresses}")
CAPTURED = ok("the sidecar of pod {pod} answers itself, with {addresses}")
NOTHING = warning(
    f"{PROJECT}:host: pod {{pod}} finds no address of {{host}}",
    "let the cluster's DNS know it, or look at what its CoreDNS forwards to",
)
NOT_IN_ENTRY = warning(
    f"{PROJECT}:host: pod {{pod}} sees {{addresses}} of {{host}}, which no ServiceEntry of this "
    "stack lets through",
    f"set {PROJECT}:nameserver to the one that pods are answered by, or give the blocks in cidrs",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """See whether a pod dials what the entry lets through; split-horizon DNS tells them apart."""
    pod_dns = seen(facts.pod_dns)
    blocks = [ip_network(block) for block in facts.blocks()]
    is_bounded = facts.settings.egress in (Egress.LOOKUP, Egress.CIDRS)
    for host in (facts.settings.host, *facts.settings.additional_hosts):
        found = pod_dns.addresses.get(host, [])
        shown = ", ".join(found)
        outside = [each for each in found if not any(ip_address(each) in b for b in blocks)]
        if not found:
            yield NOTHING(pod=pod_dns.pod, host=host)
        elif pod_dns.captured:
            yield CAPTURED(pod=pod_dns.pod, addresses=shown)
        elif is_bounded and outside:
            yield NOT_IN_ENTRY(pod=pod_dns.pod, host=host, addresses=", ".join(outside))
        else:
            yield SAME(pod=pod_dns.pod, addresses=shown)
