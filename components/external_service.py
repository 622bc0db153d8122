"""The way out of the mesh: how sidecars let a workload reach a database that is not in it.

https://istio.io/latest/docs/tasks/traffic-management/egress/egress-control/
"""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict, cast

import pulumi

from cluster.manifest import Manifest
from mesh.egress import Egress, Entry, pod_annotations, purpose, service_entry_spec
from provider import sdk

NAME = "mysql-external"

#: What is made, as `Kind/name`, with what of its spec can never be changed.
OBJECTS: Mapping[str, Mapping[str, object]] = {f"ServiceEntry/{NAME}": {}}


class ExternalMysqlArgs(TypedDict):
    """What an `ExternalMysql` takes."""

    hold: sdk.HoldArgs
    """Where the ServiceEntry is, and whose."""

    egress: Egress
    """The way out."""

    hosts: pulumi.Input[Sequence[str]]
    """Full DNS names; more than one only where `addresses` are given."""

    port: pulumi.Input[int]
    """Port of the database."""

    addresses: pulumi.Input[Sequence[str]]
    """CIDR blocks in order, for `lookup`, `cidrs` and, where known, `bypass`; empty otherwise."""

    protocol: NotRequired[pulumi.Input[str]]
    """`TCP` or `MONGO`. Default: TCP; unset, Istio would sniff, and MySQL's server talks first."""

    pods: pulumi.Input[Mapping[str, str]]
    """Labels of the pods that dial the database: while one of them ends, the entry stays."""

    export_to: NotRequired[pulumi.Input[Sequence[str]]]
    """Namespaces that see the entry. Default: `.`, its own alone."""


class ExternalMysql(pulumi.ComponentResource):
    """The ServiceEntry `mysql-external`, or what stands in its place."""

    service_entry: pulumi.Output[str | None]
    """Name of the ServiceEntry; None where the way out needs none."""

    addresses: pulumi.Output[Sequence[str]]
    """The blocks that sidecars let through."""

    pod_annotations: pulumi.Output[Mapping[str, str]]
    """What the pods that dial the database have to carry."""

    def __init__(
        self, name: str, args: ExternalMysqlArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the way out."""
        super().__init__("external-mysql:index:ExternalMysql", name, None, opts)
        self.addresses = pulumi.Output.from_input(args["addresses"])
        egress = args["egress"]
        child = pulumi.ResourceOptions(parent=self)
        self.pod_annotations = pulumi.Output.all(args["addresses"], args["port"]).apply(
            lambda known: pod_annotations(egress, *known)
        )
        self.service_entry = pulumi.Output.from_input(None)
        if egress is Egress.OFF:
            sdk.Closed(f"{name}-held", child)
        if egress not in (Egress.BYPASS, Egress.OFF):
            said = pulumi.Output.all(
                hosts=args["hosts"],
                port=args["port"],
                addresses=args["addresses"],
                protocol=args.get("protocol", "TCP"),
                export_to=args.get("export_to", ["."]),
            )
            spec = said.apply(lambda known: service_entry_spec(egress, cast("Entry", known)))
            leads_to = said.apply(lambda known: purpose(egress, known["hosts"][0], known["port"]))
            held = sdk.Entry(
                f"{name}-held",
                {
                    "hold": args["hold"],
                    "kind": "ServiceEntry",
                    "name": NAME,
                    "content": spec,
                    "purpose": leads_to,
                    "spec": spec,
                    "pods": args["pods"],
                },
                child,
            )
            metadata = held.metadata_in(args["hold"])
            entry = Manifest(name, "ServiceEntry", metadata, {"spec": spec}, child)
            self.service_entry = pulumi.Output.all(held.named, entry.id).apply(
                lambda known: str(known[0])
            )
        self.register_outputs(
            {
                "service_entry": self.service_entry,
                "addresses": self.addresses,
                "pod_annotations": self.pod_annotations,
            }
        )
