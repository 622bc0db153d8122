"""What Istio's own linter says of the live cluster: `istioctl analyze`."""

from __future__ import annotations

import json
import subprocess
from collections.abc import Collection, Mapping
from dataclasses import dataclass

from sandbox import toolchain
from sandbox.errors import SandboxError

_FOUND_SOMETHING = 79
"""Exit code where there is a message of the level Error or above."""


@dataclass(frozen=True)
class Complaint:
    """One message, see https://istio.io/latest/docs/reference/config/analysis/.

    Attributes:
        code: E.g. `IST0109`.
        about: What it is about, e.g. `VirtualService bookinfo/ratings`.
        text: The message.
    """

    code: str
    about: str
    text: str

    @property
    def namespace(self) -> str:
        """The namespace that it is about, or of the object that it is about."""
        return self.about.split()[-1].partition("/")[0]

    def __str__(self) -> str:
        """Say it in a line."""
        return f"{self.code} {self.about}: {self.text}"


def analyze(environment: Mapping[str, str], namespaces: Collection[str]) -> frozenset[Complaint]:
    """Have Istio look at the live cluster.

    Args:
        environment: KUBECONFIG names the cluster.
        namespaces: Those whose objects are of interest; all are looked at, for entries of one
            namespace can be in the way of those of another.

    Raises:
        SandboxError: It could not look.
    """
    istioctl = toolchain.ensure(["istioctl"])["istioctl"]
    done = subprocess.run(
        [str(istioctl), "analyze", "--all-namespaces", "--output", "json"],
        env=dict(environment),
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode not in {0, _FOUND_SOMETHING}:
        raise SandboxError("istioctl could not look at the cluster", *done.stderr.splitlines())
    said = json.loads(done.stdout)
    complaints = [Complaint(each["code"], each["origin"], each["message"]) for each in said]
    return frozenset(each for each in complaints if each.namespace in namespaces)
