"""The doctor on real parts: what it says of a server and a cluster that are not in order."""

from __future__ import annotations

import base64
import json
import socket
import socketserver
import stat
import subprocess
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, replace
from pathlib import Path
from select import select
from typing import Any

import pytest
import yaml

from sandbox import layout, pki
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database, refused


@dataclass(frozen=True)
class Said:
    """What the doctor said.

    Attributes:
        code: Its exit code.
        findings: Rule -> severity -> lines.
    """

    code: int
    findings: list[dict[str, str]]

    def of(self, rule: str) -> list[tuple[str, str]]:
        return [(f["severity"], f["says"]) for f in self.findings if f["rule"] == rule]

    def worse(self) -> set[str]:
        return {f["rule"] for f in self.findings if f["severity"] in ("warning", "failure")}


def doctor(stack: Stack, *options: str, **environment: str) -> subprocess.CompletedProcess[str]:
    """Run it as an engineer does, in the stack's folder."""
    return replace(stack, patience=60).module("checks", *options, **environment)


def said(stack: Stack, **environment: str) -> Said:
    done = doctor(stack, "--json", **environment)
    assert done.stderr == ""
    return Said(done.returncode, json.loads(done.stdout)["findings"])


@pytest.fixture(scope="module")
def visited(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], settings: dict[str, Any]
) -> Stack:
    """A stack that has made nothing, for the doctor to look at."""
    return Stack.make(tmp_path_factory.mktemp("visited"), environment, settings)


def test_of_parts_that_are_as_they_should_be_it_says_so_and_ends_with_0(visited: Stack) -> None:
    done = doctor(visited)
    assert done.returncode == 0, done.stdout
    assert "failure" not in done.stdout
    rows: dict[str, set[str]] = {"ok": set(), "warning": set(), "not seen": set()}
    for line in done.stdout.splitlines()[:-1]:
        if (word := line[:10].strip()) in rows:
            rows[word].add(line[10:30].strip())
    # Istio may be in this cluster or not; in the namespace there is nothing.
    assert rows["warning"] <= {"control plane", "injection", "bookinfo"}
    assert rows["ok"] >= {
        *("settings", "addresses", "database", "tls", "version", "read only", "connections left"),
        *("account plugin", "admin rights", "password policy", "clock"),
        *("cluster", "namespace", "api versions", "deployer rights", "admission", "quotas"),
    }


def test_a_wrong_setting_is_all_that_is_said(visited: Stack) -> None:
    visited.set(port=65536)
    try:
        found = said(visited)
    finally:
        visited.set(port=None)
    assert found.code == 1
    assert [f["rule"] for f in found.findings] == ["settings"]


def test_a_server_that_is_away_keeps_no_other_rule_from_being_asked(visited: Stack) -> None:
    found = said(visited, MYSQL_ENDPOINT="127.0.0.1:1")
    assert found.code == 1
    assert [severity for severity, _ in found.of("database")] == ["failure"]
    assert [severity for severity, _ in found.of("tls")] == ["not seen"]
    assert [severity for severity, _ in found.of("cluster")] == ["ok"]


def test_a_server_that_takes_no_changes_is_refused(
    visited: Stack, empty_stack: Stack, database: Database
) -> None:
    database("SET GLOBAL read_only = ON")
    try:
        found = said(visited)
        line = refused(empty_stack.preview_and_up(ok=False), empty_stack)
    finally:
        database("SET GLOBAL read_only = OFF")
    assert found.of("read only") == [("failure", line.partition("; ")[0])]


def test_a_server_without_connections_left_is_warned_of(visited: Stack, database: Database) -> None:
    ((most,),) = database("SELECT @@max_connections")
    database("SET GLOBAL max_connections = 5")
    try:
        found = said(visited)
    finally:
        database(f"SET GLOBAL max_connections = {most}")
    ((severity, line),) = found.of("connections left")
    assert severity == "warning"
    assert "of 5 connections left" in line
    assert found.code == 0


def test_tls_that_proves_nothing_is_warned_of(visited: Stack) -> None:
    found = said(visited, MYSQL_TLS_CONFIG="skip-verify", MYSQL_TLS_CA="")
    ((severity, line),) = found.of("tls")
    assert severity == "warning"
    assert "signed by" in line


def test_a_password_policy_that_is_too_strict_is_refused(
    visited: Stack, database: Database
) -> None:
    database("INSTALL COMPONENT 'file://component_validate_password'")
    try:
        met = said(visited).of("password policy")
        database("SET GLOBAL validate_password.length = 33")
        not_met = said(visited).of("password policy")
    finally:
        database("UNINSTALL COMPONENT 'file://component_validate_password'")
    assert [severity for severity, _ in (*met, *not_met)] == ["ok", "failure"]


# --- the cluster


@contextmanager
def there(cluster: Kubectl, *manifests: dict[str, Any]) -> Iterator[None]:
    cluster.apply(*manifests)
    try:
        yield
    finally:
        for each in manifests:
            cluster("delete", each["kind"].lower(), each["metadata"]["name"])


def test_what_admission_would_refuse_is_said_before_a_pod_is_made(
    visited: Stack, cluster: Kubectl
) -> None:
    limits = {
        "apiVersion": "v1",
        "kind": "LimitRange",
        "metadata": {"name": "low"},
        "spec": {"limits": [{"type": "Container", "max": {"cpu": "100m"}}]},
    }
    with there(cluster, limits):
        ((severity, line),) = said(visited).of("admission")
    assert severity == "failure"
    assert "maximum cpu usage per Container is 100m" in line


def test_a_pod_of_ours_is_within_the_restricted_level(visited: Stack, cluster: Kubectl) -> None:
    label = "pod-security.kubernetes.io/enforce"
    cluster("label", "namespace", cluster.namespace, f"{label}=restricted")
    try:
        assert [severity for severity, _ in said(visited).of("admission")] == ["ok"]
    finally:
        cluster("label", "namespace", cluster.namespace, f"{label}-")


def test_quotas_are_counted_for_the_pods_that_are_to_come(visited: Stack, cluster: Kubectl) -> None:
    quota = {
        "apiVersion": "v1",
        "kind": "ResourceQuota",
        "metadata": {"name": "small"},
        "spec": {"hard": {"pods": "2"}},
    }
    visited.set(replicas=3)
    try:
        with there(cluster, quota):
            cluster("wait", "resourcequota/small", "--for=jsonpath={.status.hard.pods}=2")
            ((severity, line),) = said(visited).of("quotas")
    finally:
        visited.set(replicas=None)
    assert severity == "failure"
    assert "has 2 of pods left, and 3 pods more want 3" in line


# --- who asks, and by which kubeconfig


ROLE: dict[str, Any] = {
    "apiVersion": "rbac.authorization.k8s.io/v1",
    "kind": "Role",
    "metadata": {"name": "deployer"},
    "rules": [
        {
            "apiGroups": ["", "apps"],
            "resources": [
                *("secrets", "configmaps", "services", "pods", "pods/exec"),
                *("persistentvolumeclaims", "resourcequotas", "deployments", "replicasets"),
            ],
            "verbs": ["*"],
        },
        {"apiGroups": ["networking.istio.io"], "resources": ["*"], "verbs": ["*"]},
    ],
}


@pytest.fixture(scope="module")
def token(cluster: Kubectl) -> str:
    """Of somebody who may do all in the stack's namespace, and nothing elsewhere."""
    cluster("create", "serviceaccount", "deployer")
    cluster.apply(
        ROLE,
        {
            "apiVersion": "rbac.authorization.k8s.io/v1",
            "kind": "RoleBinding",
            "metadata": {"name": "deployer"},
            "roleRef": {
                "apiGroup": "rbac.authorization.k8s.io",
                "kind": "Role",
                "name": "deployer",
            },
            "subjects": [{"kind": "ServiceAccount", "name": "deployer"}],
        },
    )
    return cluster("create", "token", "deployer").strip()


@pytest.fixture
def kubeconfig(tmp_path: Path, environment: dict[str, str]) -> dict[str, Any]:
    """The sandbox's, to be changed and written by a test."""
    text = Path(environment["KUBECONFIG"]).read_text()
    content: dict[str, Any] = yaml.safe_load(text)
    return content


def write(path: Path, content: dict[str, Any]) -> str:
    path.touch(mode=0o600)
    path.write_text(yaml.safe_dump(content))
    return str(path)


def plugin(path: Path, token: str) -> dict[str, Any]:
    """Write an exec plugin as those of EKS, GKE and AKS are, which gives this token."""
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": token},
    }
    path.write_text(f"#!/bin/sh\ncat <<'END'\n{json.dumps(credential)}\nEND\n")
    path.chmod(path.stat().st_mode | stat.S_IXUSR)
    return {
        "apiVersion": "client.authentication.k8s.io/v1",
        "command": str(path),
        "interactiveMode": "Never",
    }


def test_a_deployer_of_one_namespace_by_a_plugin_of_v1_is_served(
    visited: Stack, kubeconfig: dict[str, Any], token: str, tmp_path: Path
) -> None:
    kubeconfig["users"][0]["user"] = {"exec": plugin(tmp_path / "plugin", token)}
    found = said(visited, KUBECONFIG=write(tmp_path / "kubeconfig", kubeconfig))
    assert found.code == 0
    ((_, who),) = found.of("cluster")
    assert who.endswith(":deployer")
    severities = [severity for severity, _ in found.of("deployer rights")]
    assert severities == ["ok", "warning"]
    assert [severity for severity, _ in found.of("namespace")] == ["not seen"]
    assert [severity for severity, _ in found.of("api versions")] == ["ok"]


def test_a_deployer_who_may_too_little_is_told_what_is_lacking(
    visited: Stack, cluster: Kubectl, kubeconfig: dict[str, Any], token: str, tmp_path: Path
) -> None:
    kubeconfig["users"][0]["user"] = {"token": token}
    cluster.apply({**ROLE, "rules": ROLE["rules"][:1]})
    try:
        found = said(visited, KUBECONFIG=write(tmp_path / "kubeconfig", kubeconfig))
    finally:
        cluster.apply(ROLE)
    ((severity, line),) = [f for f in found.of("deployer rights") if f[0] == "failure"]
    assert severity == "failure"
    assert "create, patch, delete serviceentries.networking.istio.io" in line
    assert found.code == 1


class _Proxy(socketserver.BaseRequestHandler):
    """Takes CONNECT, and counts it."""

    def handle(self) -> None:
        asked = self.request.recv(4096).split()
        host, _, port = asked[1].decode().rpartition(":")
        self.server.asked.append(f"{host}:{port}")  # type: ignore[attr-defined]
        address = str(layout.NODE_V4) if host == "api.nowhere.test" else host
        with socket.create_connection((address, int(port))) as there:
            self.request.sendall(b"HTTP/1.1 200 OK\r\n\r\n")
            ends = [self.request, there]
            while ready := select(ends, [], [], 10)[0]:
                for end in ready:
                    if not (data := end.recv(65536)):
                        return
                    ends[1 - ends.index(end)].sendall(data)


@pytest.fixture
def proxy() -> Iterator[tuple[str, list[str]]]:
    with socketserver.ThreadingTCPServer(("127.0.0.1", 0), _Proxy) as server:
        server.daemon_threads = True
        asked: list[str] = []
        server.asked = asked  # type: ignore[attr-defined]
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}", asked
        server.shutdown()
        thread.join()


def test_proxy_and_tls_name_of_a_kubeconfig_are_heeded(
    visited: Stack, kubeconfig: dict[str, Any], proxy: tuple[str, list[str]], tmp_path: Path
) -> None:
    url, asked = proxy
    of_cluster = kubeconfig["clusters"][0]["cluster"]
    port = of_cluster["server"].rpartition(":")[2]
    # A name that only the proxy knows, and that is not in the certificate.
    of_cluster |= {
        "server": f"https://api.nowhere.test:{port}",
        "proxy-url": url,
        "tls-server-name": "kubernetes.default.svc",
    }
    found = said(visited, KUBECONFIG=write(tmp_path / "kubeconfig", kubeconfig), NO_PROXY="*")
    assert [severity for severity, _ in found.of("cluster")] == ["ok"]
    assert asked[0] == f"api.nowhere.test:{port}"


def test_what_this_client_alone_does_not_reach_is_a_warning(
    visited: Stack, kubeconfig: dict[str, Any], tmp_path: Path
) -> None:
    authority = base64.b64encode(layout.HERE.certificate(pki.AUTHORITY).read_bytes()).decode()
    kubeconfig["clusters"][0]["cluster"]["certificate-authority-data"] = authority
    found = said(visited, KUBECONFIG=write(tmp_path / "kubeconfig", kubeconfig))
    ((severity, line),) = found.of("cluster")
    assert severity == "warning"
    assert "certificate" in line
    assert found.code == 0


def test_an_api_server_that_nobody_reaches_is_refused(
    visited: Stack, kubeconfig: dict[str, Any], tmp_path: Path
) -> None:
    kubeconfig["clusters"][0]["cluster"]["server"] = "https://127.0.0.1:1"
    found = said(visited, KUBECONFIG=write(tmp_path / "kubeconfig", kubeconfig))
    ((severity, line),) = found.of("cluster")
    assert severity == "failure"
    assert "does not answer" in line
