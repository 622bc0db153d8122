"""A pod of the ratings service, in the mesh or beside it."""

from __future__ import annotations

import json
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from demo import ratings, sidecar
from sandbox.kubectl import Kubectl
from sandbox.layout import RATINGS_MYSQL2_IMAGE

WITHOUT_SIDECAR = {"sidecar.istio.io/inject": "false"}
"""The label, or annotation, of a pod that is to have none."""

_PATIENCE = "--timeout=60s"
_LOOK_UP = (
    "require('dns').resolve4(process.argv[1], (_, found) => console.log(JSON.stringify(found)))"
)


@dataclass(frozen=True)
class Pod:
    """A pod that runs.

    Attributes:
        kubectl: Works in its namespace.
        name: Its name.
        address: Its IP address.
    """

    kubectl: Kubectl
    name: str
    address: str

    @classmethod
    def of(cls, kubectl: Kubectl, found: Mapping[str, Any]) -> Pod:
        """Take what is of interest from a pod as the API shows it."""
        return cls(kubectl, found["metadata"]["name"], found["status"]["podIP"])

    def ratings(self) -> ratings.Answer:
        """Ask it for the ratings, past everything that is in front of it for the page."""
        return ratings.ask(self.address)

    def connections(self) -> sidecar.Connections:
        """Ask its sidecar which way its connections went."""
        return sidecar.connections(self.address)

    def filters(self, port: int) -> Mapping[str, list[str]]:
        """Ask its sidecar for the listeners for a port."""
        command = ("pilot-agent", "request", "GET", sidecar.LISTENERS)
        return sidecar.filters(self._execute("istio-proxy", *command), port)

    def look_up(self, host: str) -> list[str]:
        """Have it look a name up, and give the IPv4 addresses that it got, sorted."""
        found: list[str] = json.loads(self.node(_LOOK_UP, host))
        return sorted(found)

    def node(self, script: str, *arguments: str) -> str:
        """Run a script in the ratings container, in Node.js, and return what it printed."""
        return self._execute("ratings", "node", "--eval", script, *arguments)

    def _execute(self, container: str, *command: str) -> str:
        return self.kubectl("exec", self.name, f"--container={container}", "--", *command)


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


@contextmanager
def visitor(
    kubectl: Kubectl,
    name: str,
    reader: Reader,
    *,
    labels: Mapping[str, str] | None = None,
    annotations: Mapping[str, str] | None = None,
) -> Iterator[Pod]:
    """Have a pod of ratings v2 that belongs to no Deployment; it answers, for as long as it lasts.

    It is ready also without a database, so that it can be asked what it sees.

    Args:
        kubectl: Works in the namespace of the pod.
        name: Its name.
        reader: What it is to read.
        labels: Its labels.
        annotations: Its annotations.

    Raises:
        SandboxError: It does not get ready.
    """
    metadata = {"name": name, "labels": labels or {}, "annotations": annotations or {}}
    spec = {"automountServiceAccountToken": False, "containers": [_container(reader)]}
    kubectl.apply({"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec})
    try:
        kubectl("wait", f"pod/{name}", "--for=condition=Ready", _PATIENCE)
        yield Pod.of(kubectl, kubectl.get("pod", name))
    finally:
        kubectl("delete", "pod", name, "--now")


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
