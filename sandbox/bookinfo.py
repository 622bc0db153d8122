"""Bookinfo, as its own guide leaves it: https://istio.io/latest/docs/examples/bookinfo/."""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path

from sandbox import toolchain
from sandbox.kubectl import Kubectl
from sandbox.layout import NODE_V4

IN_MESH = {"istio-injection": "enabled"}
"""The label of a namespace whose pods get a sidecar."""

_MANIFESTS = (
    # The guide has the rules last; first, Istio looks at them before all the pods start at once.
    "networking/destination-rule-all.yaml",
    "platform/kube/bookinfo.yaml",
    # The guide's way in for a cluster that has no ingress gateway.
    "platform/kube/productpage-nodeport.yaml",
)
_LONGEST_ROLL_OUT = 240
"""Seconds, for eight pods of which three start a Java server each."""


@dataclass(frozen=True)
class Bookinfo:
    """Bookinfo in one namespace.

    Attributes:
        kubectl: Works in that namespace, which belongs to Bookinfo alone.
    """

    kubectl: Kubectl

    def install(self) -> None:
        """Make the namespace, apply the manifests as they are, and wait until all pods are ready.

        Raises:
            SandboxError: Something did not apply or did not get ready.
        """
        self.kubectl.create_namespace(IN_MESH)
        files = [f"--filename={samples() / manifest}" for manifest in _MANIFESTS]
        self.kubectl("apply", *files)
        patience = f"--timeout={_LONGEST_ROLL_OUT}s"
        self.kubectl("wait", "deployment", "--all", "--for=condition=Available", patience)

    def address(self) -> str:
        """Give where the machine's browser finds productpage."""
        (port,) = self.kubectl.get("service", "productpage")["spec"]["ports"]
        return f"http://{NODE_V4}:{port['nodePort']}/productpage"


def samples() -> Path:
    """Give the folder of Bookinfo in the sources of Istio that the sandbox is built from."""
    return toolchain.ensure(["istio"])["istio"] / "samples/bookinfo"
