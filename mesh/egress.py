"""The ways out of the mesh, and what Istio has to be told for each.

https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
"""

from collections.abc import Mapping, Sequence
from enum import StrEnum
from ipaddress import ip_network
from typing import Any, TypedDict


class Egress(StrEnum):
    """The ways out, of which a database needs one."""

    LOOKUP = "lookup"
    """A ServiceEntry with the addresses that DNS gives for the host, as in the article."""

    CIDRS = "cidrs"
    """A ServiceEntry with blocks given by hand, as for a CDN."""

    MESH_DNS = "mesh-dns"
    """A ServiceEntry without addresses: sidecars look the host up, and capture the pods' DNS."""

    BYPASS = "bypass"
    """No ServiceEntry: traffic to the database goes around the sidecar."""

    OFF = "off"
    """No way out: where the mesh is REGISTRY_ONLY, the database is out of reach."""


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
        return {**spec, "resolution": "DNS"}
    return {**spec, "resolution": "NONE", "addresses": list(entry["addresses"])}


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
        # Without an address of its own the entry would take every connection to the port.
        return {
            "proxy.istio.io/config": (
                '{"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true", '
                '"ISTIO_META_DNS_AUTO_ALLOCATE": "true"}}'
            )
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
    addresses = list(old.get("addresses") or [])
    hosts = list(old["hosts"])
    if new["resolution"] == old["resolution"] == "NONE":
        addresses += [block for block in new["addresses"] if block not in addresses]
        hosts += [host for host in new["hosts"] if host not in hosts]
    elif new["resolution"] == "NONE" and addresses:
        # One that sidecars look up can have addresses, but no blocks; without any it takes all.
        addresses += filter(None, map(_only_address, new["addresses"]))
    return {"hosts": hosts, "ports": ports, "addresses": addresses}


def _only_address(block: str) -> str:
    """Give the address that is all of a block; empty where there are more."""
    network = ip_network(block)
    return str(network.network_address) if network.num_addresses == 1 else ""
