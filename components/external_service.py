"""The way out of the mesh: how sidecars let a workload reach a database that is not in it.

https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from enum import StrEnum
from typing import NotRequired

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from components._istio import PlacedArgs, manifest

NAME = "mysql-external"


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


class ExternalMysqlArgs(PlacedArgs):
    """What an `ExternalMysql` takes."""

    egress: Egress
    """The way out."""

    hosts: Sequence[str]
    """Full DNS names; more than one only where `addresses` are given."""

    port: int
    """Port of the database."""

    addresses: Sequence[str]
    """CIDR blocks in order, for `lookup`, `cidrs` and, where known, `bypass`; empty otherwise."""

    protocol: NotRequired[str]
    """`TCP` or `MONGO`. Default: TCP; unset, Istio would sniff, and MySQL's server talks first."""

    export_to: NotRequired[Sequence[str]]
    """Namespaces that see the entry. Default: `.`, its own alone."""


class ExternalMysql(pulumi.ComponentResource):
    """The ServiceEntry `mysql-external`, or what stands in its place."""

    service_entry: pulumi.Output[str | None]
    """Name of the ServiceEntry; None where the way out needs none."""

    addresses: pulumi.Output[Sequence[str]]
    """The blocks that sidecars let through."""

    pod_annotations: Mapping[str, str]
    """What the pods that dial the database have to carry."""

    def __init__(
        self, name: str, args: ExternalMysqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the way out."""
        super().__init__("external-mysql:index:ExternalMysql", name, None, opts)
        self.addresses = pulumi.Output.from_input(args["addresses"])
        self.pod_annotations = pod_annotations(args)
        self.service_entry = pulumi.Output.from_input(None)
        spec = service_entry_spec(args)
        if spec:
            entry = CustomResource(
                name,
                **manifest("ServiceEntry", NAME, args, spec),
                opts=pulumi.ResourceOptions(parent=self),
            )
            self.service_entry = entry.id.apply(lambda _: NAME)
        self.register_outputs({"service_entry": self.service_entry, "addresses": self.addresses})


def service_entry_spec(args: ExternalMysqlArgs) -> dict[str, object] | None:
    """Describe the ServiceEntry; None where the way out needs none.

    https://istio.io/latest/docs/reference/config/networking/service-entry/
    """
    if args["egress"] in (Egress.BYPASS, Egress.OFF):
        return None
    spec: dict[str, object] = {
        "hosts": list(args["hosts"]),
        "ports": [{"name": "tcp", "number": args["port"], "protocol": args.get("protocol", "TCP")}],
        "location": "MESH_EXTERNAL",
        "exportTo": list(args.get("export_to", ["."])),
    }
    if args["egress"] is Egress.MESH_DNS:
        return {**spec, "resolution": "DNS"}
    return {**spec, "resolution": "NONE", "addresses": list(args["addresses"])}


def pod_annotations(args: ExternalMysqlArgs) -> dict[str, str]:
    """Say what sidecars have to be told on the pods themselves.

    https://istio.io/latest/docs/reference/config/annotations/
    """
    if args["egress"] is Egress.BYPASS:
        if args["addresses"]:
            return {"traffic.sidecar.istio.io/excludeOutboundIPRanges": ",".join(args["addresses"])}
        # No range is known: the port is all that tells the database's traffic from the rest.
        return {"traffic.sidecar.istio.io/excludeOutboundPorts": str(args["port"])}
    if args["egress"] is Egress.MESH_DNS:
        # Without an address of its own the entry would take every connection to the port.
        return {
            "proxy.istio.io/config": (
                '{"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true", '
                '"ISTIO_META_DNS_AUTO_ALLOCATE": "true"}}'
            )
        }
    return {}
