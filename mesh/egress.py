"""The ways out of the mesh, and what Istio has to be told for each.

https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
"""

from collections.abc import Sequence
from enum import StrEnum
from typing import TypedDict


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
