"""The ways out of the mesh, and what Istio has to be told for each.

https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
"""

import hashlib
from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import IPv4Address, IPv4Network, ip_network
from typing import Any, TypedDict


class Egress(StrEnum):
    """The ways out, of which a database needs one."""

    LOOKUP = "lookup"
    """A ServiceEntry with the addresses that DNS gives for the host, as in the article."""

    CIDRS = "cidrs"
    """A ServiceEntry with blocks given by hand, as for a CDN."""

    MESH_DNS = "mesh-dns"
    """A ServiceEntry with an address of its own, which the pods are told is the host's; sidecars
    look up where that leads."""

    BYPASS = "bypass"
    """No ServiceEntry: traffic to the database goes around the sidecar."""

    OFF = "off"
    """No way out: where the mesh is REGISTRY_ONLY, the database is out of reach."""


_OWN = IPv4Network("241.0.0.0/8")
"""Reserved: nobody is there, and no pod dials it by chance. Istio's own are 240.240.0.0/16."""


class Entry(TypedDict):
    """What a ServiceEntry for a database says."""

    hosts: Sequence[str]
    port: int
    addresses: Sequence[str]
    protocol: str
    export_to: Sequence[str]


def service_entry_spec(egress: Egress, entry: Entry) -> dict[str, object]:
    """Describe the ServiceEntry.

    https://istio.io/latest/docs/reference/config/networking/service-entry/
    """
    spec: dict[str, object] = {
        "hosts": list(entry["hosts"]),
        "ports": [{"name": "tcp", "number": int(entry["port"]), "protocol": entry["protocol"]}],
        "location": "MESH_EXTERNAL",
        "exportTo": list(entry["export_to"]),
    }
    if egress is Egress.MESH_DNS:
        # Round robin: connections stay where they are when DNS moves on, and new ones go along.
        return {
            **spec,
            "resolution": "DNS_ROUND_ROBIN",
            "addresses": [own_address(entry["hosts"][0])],
        }
    return {**spec, "resolution": "NONE", "addresses": list(entry["addresses"])}


def own_address(host: str) -> str:
    """Give an entry that sidecars look up an address of its own, the same for the same host.

    Without one, it takes all connections to its port, wherever they go, of each pod that sees it
    and does not capture DNS: to another database too, with the password for that one. An address
    that Istio allocates does not help there: only pods that capture DNS are given it.
    https://istio.io/latest/docs/ops/configuration/traffic-management/dns-proxy/#external-tcp-services-without-vips
    """
    digest = int.from_bytes(hashlib.sha256(host.encode()).digest())
    # Neither the network's own address nor its last.
    return str(IPv4Address(int(_OWN[1]) + digest % (_OWN.num_addresses - 2)))


def pod_annotations(egress: Egress, addresses: Sequence[str], port: int) -> dict[str, str]:
    """Say what sidecars have to be told on the pods themselves.

    https://istio.io/latest/docs/reference/config/annotations/
    """
    if egress is Egress.BYPASS:
        if addresses:
            return {"traffic.sidecar.istio.io/excludeOutboundIPRanges": ",".join(addresses)}
        # No range is known: the port is all that tells the database's traffic from the rest.
        return {"traffic.sidecar.istio.io/excludeOutboundPorts": str(int(port))}
    if egress is Egress.MESH_DNS:
        # So that the sidecar answers the pod with the entry's own address.
        return {
            "proxy.istio.io/config": '{"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}',
        }
    return {}


def purpose(egress: Egress, host: str, port: int) -> str:
    """Say where a ServiceEntry leads; what has another purpose is another entry."""
    looked_up = " by the sidecars' own lookup" if egress is Egress.MESH_DNS else ""
    return f"{host}:{int(port)}{looked_up}"


def holding_both(old: Mapping[str, Any], new: Mapping[str, Any]) -> dict[str, object] | None:
    """Widen an entry, so that it lets pods through to the old place and to the new one.

    Of two entries for one host Istio takes the older, and of the younger at best the ports.

    Args:
        old: Spec of the older entry.
        new: Spec of the younger entry.

    Returns:
        What is to be changed in the older one's spec; None where both are served as they are.
    """
    if not set(old["hosts"]) & set(new["hosts"]):
        return None
    numbers = {port["number"] for port in old["ports"]}
    ports = [
        *old["ports"],
        *(
            {**port, "name": f"{port['name']}-{port['number']}"}
            for port in new["ports"]
            if port["number"] not in numbers
        ),
    ]
    both = {"hosts": list(old["hosts"]), "ports": ports, "resolution": new["resolution"]}
    addresses, more = list(old.get("addresses") or []), list(new.get("addresses") or [])
    match old["resolution"] == "NONE", new["resolution"] == "NONE":
        case True, True:
            both["hosts"] = list(dict.fromkeys([*old["hosts"], *new["hosts"]]))
            both["addresses"] = list(dict.fromkeys([*addresses, *more]))
        case True, False:
            # Where pods are told another address, connections to the ones before are led on too.
            # Such an entry has one host, and no blocks.
            both["hosts"] = list(new["hosts"])
            both["addresses"] = [*more, *filter(None, map(_only_address, addresses))]
        case _:
            # One that sidecars look up stays so; without any address it takes all already.
            alone = filter(None, map(_only_address, more)) if addresses else ()
            both["addresses"] = list(dict.fromkeys([*addresses, *alone]))
            both["resolution"] = old["resolution"]
    return both


def _only_address(block: str) -> str:
    """Give the address that is all of a block; empty where there are more."""
    network = ip_network(block)
    return str(network.network_address) if network.num_addresses == 1 else ""
