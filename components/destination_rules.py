"""Bookinfo's default DestinationRules: which versions of its services there are.

https://github.com/istio/istio/blob/master/samples/bookinfo/networking/destination-rule-all.yaml
"""

from collections.abc import Mapping
from typing import TypedDict

import pulumi

from cluster.manifest import Manifest
from provider import sdk

#: Service -> its subsets, each named like the version that it selects.
SUBSETS = {
    "productpage": ["v1"],
    "reviews": ["v1", "v2", "v3"],
    "ratings": ["v1", "v2", "v2-mysql", "v2-mysql-vm"],
    "details": ["v1", "v2"],
}

#: What is made, as `Kind/name`, with what of its spec can never be changed.
OBJECTS: Mapping[str, Mapping[str, object]] = {
    f"DestinationRule/{service}": {} for service in SUBSETS
}


class BookinfoDestinationRulesArgs(TypedDict):
    """What `BookinfoDestinationRules` take."""

    hold: sdk.HoldArgs
    """Where the rules are, and whose."""


class BookinfoDestinationRules(pulumi.ComponentResource):
    """A DestinationRule for each of Bookinfo's services; without them no route finds a subset."""

    subsets: pulumi.Output[Mapping[str, list[str]]]
    """Service -> subsets, known once the mesh has been told."""

    def __init__(
        self,
        name: str,
        args: BookinfoDestinationRulesArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the rules; they need nothing that is made here."""
        super().__init__("external-mysql:index:BookinfoDestinationRules", name, None, opts)
        rules = [self._rule(f"{name}-{service}", service, args["hold"]) for service in SUBSETS]
        self.subsets = pulumi.Output.all(*[rule.id for rule in rules]).apply(lambda _: SUBSETS)
        self.register_outputs({"subsets": self.subsets})

    def _rule(self, name: str, service: str, hold: sdk.HoldArgs) -> Manifest:
        spec = destination_rule(service)
        child = pulumi.ResourceOptions(parent=self)
        held = sdk.Object(
            f"{name}-held",
            {"hold": hold, "kind": "DestinationRule", "name": service, "content": spec},
            child,
        )
        return Manifest(name, "DestinationRule", held.metadata_in(hold), {"spec": spec}, child)


def destination_rule(service: str) -> dict[str, object]:
    """Name a service's versions."""
    subsets = [{"name": name, "labels": {"version": name}} for name in SUBSETS[service]]
    return {"host": service, "subsets": subsets}
