"""The ServiceEntry, taken away and put back as `kubectl delete` and `kubectl apply` would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from lightkube import Client, KubeConfig
from lightkube.generic_resource import create_namespaced_resource

_ServiceEntry = create_namespaced_resource(
    "networking.istio.io", "v1", "ServiceEntry", "serviceentries"
)
_MADE_BY_THE_SERVER = ("creationTimestamp", "generation", "managedFields", "resourceVersion", "uid")


class Entry:
    """The ServiceEntry of a namespace, over a connection that is kept open.

    So what is measured from the answer of the API server on is the mesh, and not the start of a
    client. It comes back as it was, with the same owner of its fields: whoever made it does not see
    a difference.

    Args:
        kubeconfig: Of the cluster.
        namespace: Where it is.
        name: What it is called.
    """

    def __init__(self, kubeconfig: Path, namespace: str, name: str) -> None:
        self._client = Client(KubeConfig.from_file(kubeconfig), namespace, trust_env=False)
        self._name = name
        found: dict[str, Any] = dict(self._client.get(_ServiceEntry, name))
        metadata = dict(found["metadata"])
        (self._owner,) = {
            fields["manager"]
            for fields in metadata["managedFields"]
            if "f:spec" in fields["fieldsV1"]
        }
        for field in _MADE_BY_THE_SERVER:
            del metadata[field]
        self._manifest: dict[str, Any] = {
            "apiVersion": found["apiVersion"],
            "kind": found["kind"],
            "metadata": metadata,
            "spec": found["spec"],
        }

    def delete(self) -> None:
        """Take it away."""
        self._client.delete(_ServiceEntry, self._name)

    def apply(self) -> None:
        """Put it back."""
        self._client.apply(_ServiceEntry(**self._manifest), field_manager=self._owner)

    def close(self) -> None:
        """Close the connection."""
        self._client.close()
