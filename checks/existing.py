"""What exists already in the cluster, and is not this stack's: it is never overwritten."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from checks.context import api_of
from cluster.api import ApiProblem, Object
from settings import PROJECT, Settings

#: Annotation that says which stack made an object.
OWNER = "external-mysql/stack"

_PLURALS = {
    "Deployment": "deployments",
    "DestinationRule": "destinationrules",
    "NetworkPolicy": "networkpolicies",
    "ServiceEntry": "serviceentries",
    "VirtualService": "virtualservices",
}


def exists(settings: Settings, stack: str, inputs: Mapping[str, Any]) -> str | None:
    """Say that an object of this name is there and not this stack's, if so; one line."""
    kind, metadata = inputs.get("kind", ""), inputs.get("metadata") or {}
    if kind not in _PLURALS:
        return None
    name, namespace = metadata["name"], metadata["namespace"]
    try:
        there = get(settings, inputs["apiVersion"], kind, namespace, name)
    except ApiProblem:
        return None  # the rules have said it, or the Kubernetes provider will
    if there is None or _annotations(there).get(OWNER) == stack:
        return None
    hint = (
        f" or set {PROJECT}:routing to false and keep your own routes"
        if kind == "VirtualService"
        else ""
    )
    delete = f"kubectl --context {settings.context} -n {namespace} delete {kind.lower()} {name}"
    return (
        f"{kind} {namespace}/{name} exists already, and this stack did not make it; "
        f"remove it first (`{delete}`){hint}"
    )


def get(
    settings: Settings, api_version: str, kind: str, namespace: str, name: str
) -> Object | None:
    """Read an object; None where there is none of that name.

    Raises:
        ApiProblem: The API server refuses, or does not answer.
    """
    path = f"/apis/{api_version}/namespaces/{namespace}/{_PLURALS[kind]}/{name}"
    return api_of(settings).get(path)


def _annotations(there: Object) -> Mapping[str, str]:
    return there["metadata"].get("annotations") or {}
