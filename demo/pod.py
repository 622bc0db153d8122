"""A pod of the ratings service, in the mesh or beside it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

from demo import ratings, sidecar
from sandbox.kubectl import Kubectl
from sandbox.layout import RATINGS_MYSQL2_IMAGE
from sandbox.node.identity import PodIdentity

WITHOUT_SIDECAR = {"sidecar.istio.io/inject": "false"}
"""The label, or annotation, of a pod that is to have none."""

_PATIENCE = "--timeout=60s"


@dataclass(frozen=True)
class Pod:
    """A pod that runs.

    Attributes:
        name: Its name.
        address: Its IP address.
        network: Its network namespace on the node.
    """

    name: str
    address: str
    network: str

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Pod:
        """Take what is of interest from a pod as the API shows it."""
        metadata = found["metadata"]
        names = PodIdentity(metadata["namespace"], metadata["name"], metadata["uid"])
        return cls(names.name, found["status"]["podIP"], names.network_namespace)

    def ratings(self) -> ratings.Answer:
        """Ask it for the ratings, past everything that is in front of it for the page."""
        return ratings.ask(self.address)

    def connections(self) -> sidecar.Connections:
        """Ask its sidecar which way its connections went."""
        return sidecar.connections(self.address)

    def filters(self, port: int) -> Mapping[str, list[str]]:
        """Ask its sidecar for the listeners for a port."""
        return sidecar.filters(self.network, port)


@dataclass(frozen=True)
class Reader:
    """How ratings v2 is told to read a database.

    Attributes:
        host: DNS name of the database.
        user: User name of an account that may read it.
        secret: Name of a Secret with the account's password.
    """

    host: str
    user: str
    secret: str
    secret_key: str = "password"  # noqa: S105 - the key's name


def visitor(
    kubectl: Kubectl,
    name: str,
    reader: Reader,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Pod:
    """Have a pod of ratings v2 that belongs to no Deployment; wait until it answers.

    It is ready also without a database, so that it can be asked what it sees.

    Args:
        kubectl: Works in the namespace of the pod.
        name: Its name; if it is there already, it is taken as it is.
        reader: What it is to read.
        labels: Its labels.
        annotations: Its annotations.

    Raises:
        SandboxError: It does not get ready.
    """
    if name not in kubectl.names("pods"):
        metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
        spec = {"automountServiceAccountToken": False, "containers": [_container(reader)]}
        kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    kubectl("wait", f"pod/{name}", "--for=condition=Ready", _PATIENCE)
    return Pod.of(kubectl.get("pod", name))


def _container(reader: Reader) -> Mapping[str, Any]:
    values = {
        "DB_TYPE": "mysql",
        "MYSQL_DB_HOST": reader.host,
        "MYSQL_DB_PORT": "3306",
        "MYSQL_DB_USER": reader.user,
    }
    password = {"secretKeyRef": {"name": reader.secret, "key": reader.secret_key}}
    return {
        "name": "ratings",
        "image": RATINGS_MYSQL2_IMAGE,
        "ports": [{"containerPort": 9080}],
        "env": [
            *({"name": name, "value": value} for name, value in values.items()),
            {"name": "MYSQL_DB_PASSWORD", "valueFrom": password},
        ],
        "readinessProbe": {"httpGet": {"path": "/health", "port": 9080}, "periodSeconds": 1},
    }
