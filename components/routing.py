"""Routing: all reviews come from v3, all their ratings from v2-mysql.

https://github.com/istio/istio/blob/master/samples/bookinfo/networking/virtual-service-ratings-mysql.yaml
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

API_VERSION = "networking.istio.io/v1"

#: Service -> the one subset that gets its traffic.
ROUTES = {"reviews": "v3", "ratings": "v2-mysql"}

#: Service -> subsets, as in Bookinfo's destination-rule-all.yaml.
SUBSETS = {
    "productpage": ["v1"],
    "reviews": ["v1", "v2", "v3"],
    "ratings": ["v1", "v2", "v2-mysql", "v2-mysql-vm"],
    "details": ["v1", "v2"],
}


class BookinfoRoutingArgs(TypedDict):
    """What a `BookinfoRouting` takes."""

    namespace: pulumi.Input[str]
    """Bookinfo's namespace."""

    destination_rules: NotRequired[bool]
    """Make Bookinfo's default DestinationRules too. Default: they are there already."""

    annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """Annotations of everything made here."""


class BookinfoRouting(pulumi.ComponentResource):
    """VirtualServices reviews -> v3 and ratings -> v2-mysql."""

    routes: pulumi.Output[Mapping[str, str]]
    """Service -> subset, known once the mesh has been told."""

    def __init__(
        self, name: str, args: BookinfoRoutingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the routes; make them depend on whatever they lead to."""
        super().__init__("external-mysql:index:BookinfoRouting", name, None, opts)

        def declare(
            kind: str,
            service: str,
            spec: Mapping[str, object],
            after: Sequence[kubernetes.apiextensions.CustomResource] = (),
        ) -> kubernetes.apiextensions.CustomResource:
            return kubernetes.apiextensions.CustomResource(
                f"{name}-{service}-{kind}",
                api_version=API_VERSION,
                kind=kind,
                metadata={
                    "name": service,
                    "namespace": args["namespace"],
                    "annotations": args.get("annotations", {}),
                },
                spec=spec,
                opts=pulumi.ResourceOptions(parent=self, depends_on=after),
            )

        wanted = SUBSETS if args.get("destination_rules", False) else ()
        rules = [
            declare("DestinationRule", service, destination_rule(service)) for service in wanted
        ]
        routes = [
            declare("VirtualService", service, virtual_service(service), rules)
            for service in ROUTES
        ]
        self.routes = pulumi.Output.all(*[route.id for route in routes]).apply(lambda _: ROUTES)
        self.register_outputs({"routes": self.routes})


def virtual_service(service: str) -> dict[str, object]:
    """Send all of a service's traffic to its one subset."""
    destination = {"host": service, "subset": ROUTES[service]}
    return {"hosts": [service], "http": [{"route": [{"destination": destination}]}]}


def destination_rule(service: str) -> dict[str, object]:
    """Name a service's versions."""
    subsets = [{"name": name, "labels": {"version": name}} for name in SUBSETS[service]]
    return {"host": service, "subsets": subsets}
