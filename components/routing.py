"""Routing: all reviews come from v3, all their ratings from v2-mysql.

https://github.com/istio/istio/blob/master/samples/bookinfo/networking/virtual-service-ratings-mysql.yaml
"""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from mesh.manifest import PlacedArgs, manifest

#: Service -> the one subset that gets its traffic.
ROUTES = {"reviews": "v3", "ratings": "v2-mysql"}


class BookinfoRouting(pulumi.ComponentResource):
    """VirtualServices reviews -> v3 and ratings -> v2-mysql."""

    routes: pulumi.Output[Mapping[str, str]]
    """Service -> subset, known once the mesh has been told."""

    def __init__(
        self, name: str, args: PlacedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the routes; make them depend on whatever they lead to."""
        super().__init__("external-mysql:index:BookinfoRouting", name, None, opts)
        routes = [
            CustomResource(
                f"{name}-{service}",
                **manifest("VirtualService", service, args, virtual_service(service)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in ROUTES
        ]
        self.routes = pulumi.Output.all(*[route.id for route in routes]).apply(lambda _: ROUTES)
        self.register_outputs({"routes": self.routes})


def virtual_service(service: str) -> dict[str, object]:
    """Send all of a service's traffic to its one subset."""
    destination = {"host": service, "subset": ROUTES[service]}
    return {"hosts": [service], "http": [{"route": [{"destination": destination}]}]}
