"""Istio in the cluster, installed by ``istioctl`` as its users install it.

Everything in the mesh that decides is Istio's own: istiod is a Deployment, its injector a webhook,
a sidecar what the injector puts into a pod.
https://istio.io/latest/docs/setup/install/istioctl/
"""

from __future__ import annotations

import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.cluster import CRDS, Cluster, digest, unanswered
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
        return [Part(ISTIO, self._missing, begin=self._install, needs=(CRDS,))]

    def _missing(self) -> str | None:
        try:
            address = self._find(
                *("services", "--namespace", NAMESPACE, "--field-selector=metadata.name=istiod"),
                "{.items[*].spec.clusterIP}",
            )
            if not address:
                return "istiod is not installed" if self.wanted else None
            if self.wanted and self._installed() != self._digest():
                return "other settings are installed"
        except SandboxError as error:
            return str(error)
        # Through kube-proxy, which leads to a pod that is ready, or nowhere.
        return unanswered(address, _MONITORING_PORT, "/version")

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

    def _installed(self) -> str:
        annotation = _DIGEST.replace(".", "\\.")
        return self._find(
            *("namespaces", f"--field-selector=metadata.name={NAMESPACE}"),
            f"{{.items[*].metadata.annotations.{annotation}}}",
        )

    def _digest(self) -> str:
        settings = [self._profile.read_text(), _SETTINGS.read_text(), ISTIO_HUB, ISTIO_RELEASE]
        return digest("\n".join(settings))

    @property
    def _profile(self) -> Path:
        return self.tools[ISTIO] / _PROFILE

    def _find(self, *what: str) -> str:
        """What kubectl finds; the last of its arguments is a ``jsonpath``."""
        return self.cluster.kubectl("get", *what[:-1], f"--output=jsonpath={what[-1]}")

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
