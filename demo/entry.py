"""The ServiceEntry, taken away and put back as `kubectl delete` and `kubectl apply` would."""

from __future__ import annotations

from pathlib import Path
from typing import Any

from kubernetes.client import ApiClient, Configuration, CustomObjectsApi
from kubernetes.config import load_kube_config

_KIND = {"group": "networking.istio.io", "version": "v1", "plural": "serviceentries"}
_APPLY = "application/apply-patch+yaml"
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
        configuration = Configuration(no_proxy="*")
        load_kube_config(  # type: ignore[no-untyped-call]
            str(kubeconfig), client_configuration=configuration, persist_config=False
        )
        self._client = ApiClient(configuration)
        self._objects = CustomObjectsApi(self._client)
        self._at: dict[str, Any] = {**_KIND, "namespace": namespace, "name": name}
        found: Any = self._objects.get_namespaced_custom_object(**self._at)
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
        self._objects.delete_namespaced_custom_object(**self._at)

    def apply(self) -> None:
        """Put it back."""
        self._objects.patch_namespaced_custom_object(
            **self._at, body=self._manifest, field_manager=self._owner, _content_type=_APPLY
        )

    def close(self) -> None:
        """Close the connection."""
        self._client.rest_client.close()
