"""Kubernetes objects, declared in the words of their manifests.

The classes that pulumi-kubernetes has for them take a fifth of a second to import, with every run;
what the engine and the plugin are told is the same.
https://kubernetes.io/docs/reference/kubernetes-api/
"""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

from cluster.kinds import KINDS

_SECRET = ["data", "stringData"]
"""What of a Secret nobody is to see, and the plugin gives back."""


class MetadataArgs(TypedDict):
    """What an object is called, and what it carries."""

    name: pulumi.Input[str]
    """Its name."""

    namespace: pulumi.Input[str]
    """Its namespace."""

    annotations: pulumi.Input[Mapping[str, str]]
    """Its annotations."""

    labels: NotRequired[Mapping[str, str]]
    """Its labels."""


class Manifest(pulumi.CustomResource):
    """One object, which stays where it is until what holds it takes it away.

    The plugin deletes whatever has its name.
    """

    metadata: pulumi.Output[Mapping[str, Any]]
    """Its metadata, known once it is there."""

    def __init__(
        self,
        name: str,
        kind: str,
        metadata: MetadataArgs,
        content: Mapping[str, pulumi.Input[Any]],
        opts: pulumi.ResourceOptions,
    ) -> None:
        """Declare it.

        Args:
            name: Its name in the stack.
            kind: One of :data:`cluster.kinds.KINDS`.
            metadata: What it is called, and what it carries.
            content: What it has besides, as in its manifest.
            opts: Whose part it is, and what comes before it.
        """
        version = KINDS[kind].api_version
        group = version if "/" in version else f"core/{version}"
        super().__init__(
            f"kubernetes:{group}:{kind}",
            name,
            {"apiVersion": version, "kind": kind, "metadata": metadata, **content},
            pulumi.ResourceOptions.merge(
                opts,
                pulumi.ResourceOptions(
                    retain_on_delete=True,
                    additional_secret_outputs=_SECRET if kind == "Secret" else None,
                ),
            ),
        )

    @property
    def named(self) -> pulumi.Output[str]:
        """Its name, once it is there; empty where a run leaves the object out (`--exclude`)."""
        return self.metadata.apply(lambda metadata: str((metadata or {}).get("name", "")))
