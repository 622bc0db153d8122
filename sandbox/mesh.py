"""Istio in the cluster, installed by ``istioctl`` as its users install it.

Everything in the mesh that decides is Istio's own: istiod is a Deployment, its injector a webhook,
a sidecar what the injector puts into a pod. The node agent runs these containers like any other.
https://istio.io/latest/docs/setup/install/istioctl/
"""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.cluster import (
    CONTROLLER_MANAGER,
    CRDS,
    NODE,
    PROXY,
    SCHEDULER,
    Cluster,
    digest,
    unanswered,
)
from sandbox.dns import COREDNS
from sandbox.errors import SandboxError
from sandbox.parts import Part
from sandbox.toolchain.catalog import ISTIO_HUB, ISTIO_RELEASE

if TYPE_CHECKING:
    from collections.abc import Mapping

ISTIO: Final = "istio"
ISTIOCTL: Final = "istioctl"
NAMESPACE: Final = "istio-system"
_PROFILE: Final = Path("samples/bookinfo/demo-profile-no-gateways.yaml")
_SETTINGS: Final = Path(__file__).with_name("istio.yaml")
_DIGEST: Final = "external-mysql.sandbox/settings"
_MONITORING_PORT: Final = 15014
_OK: Final = 200
_NOT_FOUND: Final = 404


@dataclass(frozen=True)
class Mesh:
    """Istio in the cluster of one sandbox.

    Args:
        cluster: The cluster.
        tools: ``istioctl`` and the Istio module's folder; the latter alone does where Istio is
            only waited for.
        wanted: Whether it is to be installed; else it is waited for if it is there.
    """

    cluster: Cluster
    tools: Mapping[str, Path]
    wanted: bool

    def parts(self) -> list[Part]:
        """Istio's control plane."""
        needs = (NODE, SCHEDULER, CONTROLLER_MANAGER, PROXY, COREDNS, CRDS)
        return [Part(ISTIO, self._missing, begin=self._install, needs=needs)]

    def _missing(self) -> str | None:
        try:
            service = self._get(f"/api/v1/namespaces/{NAMESPACE}/services/istiod")
            if service is None:
                return "istiod is not installed" if self.wanted else None
            if self.wanted and self._installed() != self._digest():
                return "other settings are installed"
            # Through kube-proxy, which leads to a pod that is ready, or nowhere.
            return unanswered(service["spec"]["clusterIP"], _MONITORING_PORT, "/version")
        except OSError as error:
            return f"no answer from the API server ({error.strerror or error})"

    def _install(self) -> None:
        if not self.wanted or self._installed() == self._digest():
            return
        self._istioctl(
            *("install", "--skip-confirmation"),
            *("--filename", str(self._profile), "--filename", str(_SETTINGS)),
            *("--set", f"hub={ISTIO_HUB}", "--set", f"tag={ISTIO_RELEASE}"),
        )
        # Last: it says that all of these settings are in force.
        annotation = f"{_DIGEST}={self._digest()}"
        self.cluster.kubectl("annotate", "--overwrite", "namespace", NAMESPACE, annotation)

    def _installed(self) -> str | None:
        namespace = self._get(f"/api/v1/namespaces/{NAMESPACE}")
        annotations = (namespace or {}).get("metadata", {}).get("annotations") or {}
        held: str | None = annotations.get(_DIGEST)
        return held

    def _digest(self) -> str:
        settings = [self._profile.read_text(), _SETTINGS.read_text(), ISTIO_HUB, ISTIO_RELEASE]
        return digest("\n".join(settings))

    @property
    def _profile(self) -> Path:
        return self.tools[ISTIO] / _PROFILE

    def _get(self, path: str) -> dict[str, Any] | None:
        status, body = self.cluster.get(path)
        if status == _NOT_FOUND:
            return None
        if status != _OK:
            raise OSError(f"{path} answers {status}")
        found: dict[str, Any] = json.loads(body)
        return found

    def _istioctl(self, *arguments: str) -> None:
        done = subprocess.run(
            [str(self.tools[ISTIOCTL]), *arguments],
            env=self.cluster.environment,
            capture_output=True,
            text=True,
            check=False,
        )
        if done.returncode:
            said = (done.stderr.strip() or done.stdout.strip()).splitlines()
            raise SandboxError(f"istioctl {arguments[0]} failed", *said[-8:])
