"""The Kubernetes cluster with the mesh in it, and what is the stack's there."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes

from provider import sdk


class KubernetesClusterArgs(TypedDict):
    """What a `KubernetesCluster` takes."""

    context: pulumi.Input[str]
    """Its context in the kubeconfig."""

    kubeconfig: NotRequired[pulumi.Input[str]]
    """Path of the kubeconfig. Default: kubectl's own."""

    namespace: pulumi.Input[str]
    """Namespace of what is made there."""

    owner: pulumi.Input[str]
    """The stack's mark: what does not carry it is never changed or deleted."""

    objects: Mapping[str, Mapping[str, object]]
    """What is to be made there, as `Kind/name` -> what of its spec can never be changed."""

    adopt: NotRequired[Sequence[str]]
    """Which of these are taken over, if they are there already. Default: none; it is refused."""


class KubernetesCluster(pulumi.ComponentResource):
    """The Kubernetes provider for one cluster, which is looked at before anything is made there."""

    seen: pulumi.Resource
    """The cluster, looked at: what is made in it comes after it."""

    provider: kubernetes.Provider
    """The provider, for all that is made in it."""

    hold: sdk.HoldArgs
    """What the holders of all objects in it have in common."""

    def __init__(
        self, name: str, args: KubernetesClusterArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the cluster."""
        super().__init__("external-mysql:index:KubernetesCluster", name, None, opts)
        adopt = list(args.get("adopt", []))
        known = sdk.Cluster(
            name,
            {
                "namespace": args["namespace"],
                "owner": args["owner"],
                "objects": args["objects"],
                "adopt": adopt,
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.seen = known
        self.provider = kubernetes.Provider(
            f"{name}-kubernetes",
            context=args["context"],
            kubeconfig=args.get("kubeconfig"),
            # Another name or way to the same cluster replaces nothing.
            cluster_identifier=known.identity,
            opts=pulumi.ResourceOptions(parent=self),
        )
        self.hold = {
            "cluster": known.identity,
            "namespace": args["namespace"],
            "owner": args["owner"],
            "adopt": adopt,
        }
        self.register_outputs({"identity": known.identity})
