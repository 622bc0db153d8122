"""The Kubernetes cluster: what ``kubeadm init`` makes on the node, and Istio's resource types.

The servers of the cluster are pods: etcd, API server, controllers and scheduler as static ones,
kube-proxy and CoreDNS as kubeadm's addons.
"""

from __future__ import annotations

import hashlib
import http.client
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.dns import unanswered as no_address
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.layout import CLUSTER_DNS_V4, CLUSTER_DOMAIN, CONTEXT, NODE_NAME, NODE_V4, PROXY_PORT
from sandbox.node import IMAGES, Node
from sandbox.parts import Part

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.layout import Paths

KUBERNETES: Final = "kubernetes"
CRDS: Final = "istio-crds"

_MADE: Final = "external-mysql.sandbox/crds"
_OK: Final = 200
_TIMEOUT: Final = 5


@dataclass(frozen=True)
class Cluster:
    """The cluster of one sandbox.

    Args:
        paths: Where that sandbox keeps its files.
        tools: The program ``kubectl``, and the Istio module's folder.
        node: The node that it is on.
    """

    paths: Paths
    tools: Mapping[str, Path]
    node: Node

    def parts(self) -> list[Part]:
        """Kubernetes, and the Istio CRDs in it."""
        return [
            Part(KUBERNETES, self._missing, begin=self._initialise, needs=(IMAGES,)),
            Part(CRDS, self._crds_missing, begin=self._apply_crds, needs=(KUBERNETES,)),
        ]

    @property
    def environment(self) -> dict[str, str]:
        """What kubectl and the like run in as the administrator: this cluster, past any proxy."""
        return {
            "PATH": str(self.tools["kubectl"].parent),
            "HOME": str(Path.home()),
            "KUBECONFIG": str(self.paths.kubeconfig),
            "KUBECACHEDIR": str(self.paths.run / "kubectl"),
        }

    @property
    def kubectl(self) -> Kubectl:
        """Kubectl as the administrator."""
        return Kubectl(self.environment, "default")

    @property
    def _record(self) -> Path:
        """Tells of which configuration the cluster was made."""
        return self.paths.node / "kubernetes" / "made-of"

    @property
    def _wanted(self) -> str:
        return digest((self.node.etc / "kubeadm.yaml").read_text())

    def _is_made(self) -> bool:
        return self._record.exists() and self._record.read_text() == self._wanted

    def _missing(self) -> str | None:
        # The servers themselves: what the cluster says of them may be of an earlier run.
        if not self._is_made():
            return "`kubeadm init` has not made it"
        try:
            self.kubectl("get", "--raw", "/readyz")
            self.kubectl("get", "--raw", f"/api/v1/nodes/{NODE_NAME}/proxy/healthz")
        except SandboxError as error:
            return str(error)
        return unanswered(str(NODE_V4), PROXY_PORT, "/healthz") or no_address(
            CLUSTER_DNS_V4, f"kubernetes.default.svc.{CLUSTER_DOMAIN}", "A"
        )

    def _initialise(self) -> None:
        if self._is_made():
            return
        self.node.run("kubeadm", "init", "--config", "/etc/kubeadm.yaml")
        admin = (self.paths.node / "kubernetes" / "admin.conf").read_text()
        self.paths.kubeconfig.touch(mode=0o600)
        self.paths.kubeconfig.write_text(admin.replace(f"kubernetes-admin@{CONTEXT}", CONTEXT))
        # kubeadm wants two, for two nodes.
        scale = ("scale", "--namespace=kube-system", "deployment/coredns", "--replicas=1")
        self.kubectl(*scale)
        # Last: it says that all of it is made.
        self._record.write_text(self._wanted)

    def _crds_missing(self) -> str | None:
        try:
            namespace = self.kubectl.get("namespace", "kube-system")
        except SandboxError as error:
            return str(error)
        held = namespace["metadata"].get("annotations", {}).get(_MADE)
        return None if held == digest(self._crds.read_text()) else "they are not applied"

    def _apply_crds(self) -> None:
        crds = str(self._crds)
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", crds)
        self.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
        # Last: it says that all of this file is there and served.
        annotation = f"{_MADE}={digest(self._crds.read_text())}"
        self.kubectl("annotate", "--overwrite", "namespace", "kube-system", annotation)

    @property
    def _crds(self) -> Path:
        return self.tools["istio"] / "manifests/charts/base/files/crd-all.gen.yaml"


def unanswered(host: str, port: int, path: str) -> str | None:
    """Asks a server that speaks plain HTTP; says what is wrong, None where it answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        connection.request("GET", path)
        status = connection.getresponse().status
    except (OSError, http.client.HTTPException) as error:
        return f"no answer from {host}:{port} ({error})"
    finally:
        connection.close()
    return None if status == _OK else f"{path} answers {status}"


def digest(text: str) -> str:
    """Says whether what was installed is what is wanted: another text has another one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]
