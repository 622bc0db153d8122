"""Istio's networking resources, as the Kubernetes provider takes what it has no types for."""

from collections.abc import Mapping
from typing import Any, NotRequired, TypedDict

import pulumi

#: Served since Istio 1.22.
_API_VERSION = "networking.istio.io/v1"


class PlacedArgs(TypedDict):
    """Where an object is, and what it carries."""

    namespace: pulumi.Input[str]
    """Its namespace."""

    annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """Its annotations."""


def manifest(
    kind: str, name: str, placed: PlacedArgs, spec: pulumi.Input[Mapping[str, object]]
) -> dict[str, Any]:
    """Write what a `CustomResource` takes for one object of Istio's.

    Args:
        kind: Its kind, e.g. `VirtualService`.
        name: Its name in the cluster.
        placed: Its namespace and annotations.
        spec: Its spec, as Istio's reference describes it.
    """
    return {
        "api_version": _API_VERSION,
        "kind": kind,
        "metadata": {
            "name": name,
            "namespace": placed["namespace"],
            "annotations": placed.get("annotations", {}),
        },
        "spec": spec,
    }
