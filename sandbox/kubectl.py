"""kubectl, in one namespace of the sandbox's cluster."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Any

from sandbox.errors import SandboxError

_SECONDS_TO_GO = 60


@dataclass(frozen=True)
class Kubectl:
    """kubectl in one namespace.

    Attributes:
        environment: Of the program: PATH and KUBECONFIG name it and the cluster.
        namespace: Where objects are looked for that are in a namespace.
    """

    environment: Mapping[str, str]
    namespace: str

    def __call__(self, *arguments: str, stdin: str | None = None) -> str:
        """Run a command and return what it printed.

        Raises:
            SandboxError: It failed; its own words say why.
        """
        done = subprocess.run(
            ["kubectl", "--namespace", self.namespace, *arguments],
            env=dict(self.environment),
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            raise SandboxError(
                f"`kubectl --namespace {self.namespace} {' '.join(arguments)}` failed: "
                f"{done.stderr.strip()}"
            )
        return done.stdout

    def get(self, kind: str, *names: str) -> Any:  # noqa: ANN401 - an object of the API is JSON
        """Give one object, or the list of those of a kind."""
        return json.loads(self("get", kind, *names, "--output", "json"))

    def names(self, kind: str) -> set[str]:
        """Give the names of all objects of a kind."""
        return {item["metadata"]["name"] for item in self.get(kind)["items"]}

    def apply(self, *manifests: Mapping[str, Any]) -> None:
        """Create these objects, or bring those that exist to what is written."""
        together = {"apiVersion": "v1", "kind": "List", "items": manifests}
        self("apply", "--filename", "-", stdin=json.dumps(together))

    def create_namespace(self, labels: Mapping[str, str]) -> None:
        """Create the namespace with these labels."""
        metadata = {"name": self.namespace, "labels": labels}
        self.apply({"apiVersion": "v1", "kind": "Namespace", "metadata": metadata})

    @contextmanager
    def fresh_namespace(self) -> Iterator[Kubectl]:
        """The namespace for as long as it lasts, without what a run that was killed left in it."""
        self.delete_namespace()
        self.create_namespace({})
        try:
            yield self
        finally:
            self.delete_namespace()

    def delete_namespace(self) -> None:
        """Delete the namespace with all that is in it, if it is there; wait until it is gone.

        Its pods get a second: their own time to end may be half a minute, and what they serve is
        gone anyhow. They are deleted once the namespace is ending, for then nobody replaces them.
        """
        self("delete", "namespace", self.namespace, "--ignore-not-found", "--wait=false")
        self("delete", "pods", "--all", "--now", "--wait=false")
        gone = f"--timeout={_SECONDS_TO_GO}s"
        self("wait", f"namespace/{self.namespace}", "--for=delete", gone)
