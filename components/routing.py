"""Routing: all reviews come from v3, all their ratings from v2-mysql.

https://github.com/istio/istio/blob/master/samples/bookinfo/networking/virtual-service-ratings-mysql.yaml
"""

from collections.abc import Mapping
from typing import TypedDict

import pulumi

from cluster.manifest import Manifest
from provider import sdk

#: Service -> the one subset that gets its traffic.
ROUTES = {"reviews": "v3", "ratings": "v2-mysql"}

#: What is made, as `Kind/name`, with what of its spec can never be changed.
OBJECTS: Mapping[str, Mapping[str, object]] = {
    f"VirtualService/{service}": {} for service in ROUTES
}


class BookinfoRoutingArgs(TypedDict):
    """What a `BookinfoRouting` takes."""

    hold: sdk.HoldArgs
    """Where the routes are, and whose."""


class BookinfoRouting(pulumi.ComponentResource):
    """VirtualServices reviews -> v3 and ratings -> v2-mysql."""

    routes: pulumi.Output[Mapping[str, str]]
    """Service -> subset, known once the mesh has been told."""

    def __init__(
        self, name: str, args: BookinfoRoutingArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the routes; make them depend on whatever they lead to."""
        super().__init__("external-mysql:index:BookinfoRouting", name, None, opts)
        # Of what is replaced, the routes go first: that is known of them, not of the component.
        behind = pulumi.ResourceOptions(parent=self, depends_on=opts.depends_on if opts else None)
        routes = [
            self._route(f"{name}-{service}", service, args["hold"], behind) for service in ROUTES
        ]
        self.routes = pulumi.Output.all(*[route.id for route in routes]).apply(lambda _: ROUTES)
        self.register_outputs({"routes": self.routes})

    def _route(
        self, name: str, service: str, hold: sdk.HoldArgs, behind: pulumi.ResourceOptions
    ) -> Manifest:
        spec = virtual_service(service)
        held = sdk.Object(
            f"{name}-held",
            {"hold": hold, "kind": "VirtualService", "name": service, "content": spec},
            behind,
        )
        child = pulumi.ResourceOptions(parent=self)
        return Manifest(name, "VirtualService", held.metadata_in(hold), {"spec": spec}, child)


def virtual_service(service: str) -> dict[str, object]:
    """Send all of a service's traffic to its one subset."""
    destination = {"host": service, "subset": ROUTES[service]}
    return {"hosts": [service], "http": [{"route": [{"destination": destination}]}]}
