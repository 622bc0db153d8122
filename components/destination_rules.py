"""Bookinfo's default DestinationRules: which versions of its services there are.

https://github.com/istio/istio/blob/master/samples/bookinfo/networking/destination-rule-all.yaml
"""

from collections.abc import Mapping

import pulumi
from pulumi_kubernetes.apiextensions import CustomResource

from mesh.manifest import PlacedArgs, manifest

#: Service -> its subsets, each named like the version that it selects.
SUBSETS = {
    "productpage": ["v1"],
    "reviews": ["v1", "v2", "v3"],
    "ratings": ["v1", "v2", "v2-mysql", "v2-mysql-vm"],
    "details": ["v1", "v2"],
}


class BookinfoDestinationRules(pulumi.ComponentResource):
    """A DestinationRule for each of Bookinfo's services; without them no route finds a subset."""

    subsets: pulumi.Output[Mapping[str, list[str]]]
    """Service -> subsets, known once the mesh has been told."""

    def __init__(
        self, name: str, args: PlacedArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the rules; they need nothing that is made here."""
        super().__init__("external-mysql:index:BookinfoDestinationRules", name, None, opts)
        rules = [
            CustomResource(
                f"{name}-{service}",
                **manifest("DestinationRule", service, args, destination_rule(service)),
                opts=pulumi.ResourceOptions(parent=self),
            )
            for service in SUBSETS
        ]
        self.subsets = pulumi.Output.all(*[rule.id for rule in rules]).apply(lambda _: SUBSETS)
        self.register_outputs({"subsets": self.subsets})


def destination_rule(service: str) -> dict[str, object]:
    """Name a service's versions."""
    subsets = [{"name": name, "labels": {"version": name}} for name in SUBSETS[service]]
    return {"host": service, "subsets": subsets}
