"""The firewall of the ratings pods: name resolution, the mesh and the database, and nothing else.

A sidecar keeps mistakes in, not an attacker: who is in the pod can go around it. Whether a policy
is in force is the business of the cluster's network plugin; an API server takes it in any case.
https://kubernetes.io/docs/concepts/services-networking/network-policies/
"""

from collections.abc import Mapping, Sequence
from typing import Any, TypedDict

import pulumi

from cluster.manifest import Manifest
from provider import sdk

NAME = "ratings-v2-mysql"

#: What is made, as `Kind/name`, with what of its spec can never be changed.
OBJECTS: Mapping[str, Mapping[str, object]] = {f"NetworkPolicy/{NAME}": {}}
_DNS = [{"protocol": protocol, "port": 53} for protocol in ("UDP", "TCP")]
_ISTIOD = 15012
"""Configuration and certificates: https://istio.io/latest/docs/ops/deployment/application-requirements/"""


class RatingsNetworkPolicyArgs(TypedDict):
    """What a `RatingsNetworkPolicy` takes."""

    hold: sdk.HoldArgs
    """Where it is, and whose."""

    pods: Mapping[str, str]
    """Labels of the pods that it is for."""

    host: pulumi.Input[str]
    """DNS name of the database, as the pods dial it."""

    addresses: pulumi.Input[Sequence[str]]
    """The database's blocks; none for no way to it."""

    port: pulumi.Input[int]
    """Port of the database."""


class RatingsNetworkPolicy(pulumi.ComponentResource):
    """A NetworkPolicy for what leaves the ratings pods."""

    network_policy: pulumi.Output[str]
    """Name of the NetworkPolicy."""

    def __init__(
        self,
        name: str,
        args: RatingsNetworkPolicyArgs,
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare the policy; pods that depend on it never run without."""
        super().__init__("external-mysql:index:RatingsNetworkPolicy", name, None, opts)
        spec: dict[str, Any] = {
            "podSelector": {"matchLabels": args["pods"]},
            "policyTypes": ["Egress"],
            "egress": pulumi.Output.all(args["addresses"], args["port"]).apply(
                lambda known: egress(*known)
            ),
        }
        child = pulumi.ResourceOptions(parent=self)
        held = sdk.Entry(
            f"{name}-held",
            {
                "hold": args["hold"],
                "kind": "NetworkPolicy",
                "name": NAME,
                "content": spec,
                # Policies add up: while the database moves, there is one for each place.
                "purpose": pulumi.Output.format("{}:{}", args["host"], args["port"]),
                "spec": {},
                "pods": args["pods"],
            },
            child,
        )
        metadata = held.metadata_in(args["hold"])
        policy = Manifest(name, "NetworkPolicy", metadata, {"spec": spec}, child)
        self.network_policy = pulumi.Output.all(held.named, policy.id).apply(
            lambda known: str(known[0])
        )
        self.register_outputs({"network_policy": self.network_policy})


def egress(addresses: Sequence[str], port: int) -> list[dict[str, Any]]:
    """Say what may leave a pod: questions to the cluster's DNS, to Istio, and to the database."""
    rules = [
        {"to": [_pods("kube-system", {"k8s-app": "kube-dns"})], "ports": _DNS},
        {
            "to": [_pods("istio-system", {"app": "istiod"})],
            "ports": [{"protocol": "TCP", "port": _ISTIOD}],
        },
    ]
    if addresses:  # a rule without any would be for all
        database = [{"ipBlock": {"cidr": block}} for block in addresses]
        rules.append({"to": database, "ports": [{"protocol": "TCP", "port": int(port)}]})
    return rules


def _pods(namespace: str, labels: Mapping[str, str]) -> dict[str, Any]:
    return {
        "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": namespace}},
        "podSelector": {"matchLabels": labels},
    }
