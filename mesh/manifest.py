"""Istio's networking resources, as the Kubernetes provider takes what it has no types for."""

from collections.abc import Mapping
from typing import Any, TypedDict

import pulumi

#: Served since Istio 1.22.
_API_VERSION = "networking.istio.io/v1"


class MetadataArgs(TypedDict):
    """What an object is called, and what it carries."""

    name: pulumi.Input[str]
    """Its name."""

    namespace: pulumi.Input[str]
    """Its namespace."""

    annotations: pulumi.Input[Mapping[str, str]]
    """Its annotations."""


def manifest(
    kind: str, metadata: MetadataArgs, spec: pulumi.Input[Mapping[str, object]]
) -> dict[str, Any]:
    """Write what a `CustomResource` takes for one object of Istio's.

    Args:
        kind: Its kind, e.g. `VirtualService`.
        metadata: Its name, namespace and annotations.
        spec: Its spec, as Istio's reference describes it.
    """
    return {
        "api_version": _API_VERSION,
        "kind": kind,
        "metadata": metadata,
        "spec": spec,
    }
