"""Pods on the real node: kubelet keeps what the program's workload counts on."""

from __future__ import annotations

import json
import subprocess
import urllib.request
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from demo.watch import eventually
from sandbox import layout
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from tests.engine.parts import Database

PASSWORD = "node-test-b7c1"  # noqa: S105
READS_DATABASE = """\
require('http').get('http://127.0.0.1:9080/ratings/0', answer => {
  let body = ''
  answer.on('data', part => body += part)
  answer.on('end', () => process.exit(JSON.parse(body).ratings ? 0 : 1))
})
"""
# Answers after a second, also what was asked before it was told to end.
SLOW_SERVER = """\
const server = require('http').createServer((_, answer) => {
  console.log('asked')
  setTimeout(() => answer.end('late, but there'), 1000)
})
process.on('SIGTERM', () => {
  console.log('told to end')
  server.close(() => console.log('good bye'))
})
server.listen(9080)
"""
FILLS_MEMORY = "const all = []; for (;;) all.push(Buffer.alloc(8 << 20, 1))"
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
    "runAsNonRoot": True,
    "seccompProfile": {"type": "RuntimeDefault"},
    "capabilities": {"drop": ["ALL"]},
}


@pytest.fixture(scope="module")
def reader(database: Database, cluster: Kubectl) -> Iterator[None]:
    """The article's database, its reader, and the reader's password in a Secret."""
    database("CREATE DATABASE test")
    database("CREATE TABLE test.ratings (ReviewID INT PRIMARY KEY, Rating INT)")
    database("INSERT INTO test.ratings VALUES (1, 5), (2, 4)")
    database("CREATE USER reader IDENTIFIED BY %s", PASSWORD)
    database("GRANT SELECT ON test.ratings TO reader")
    for name, password in {"right": PASSWORD, "wrong": "something else"}.items():
        cluster.apply(
            {
                "apiVersion": "v1",
                "kind": "Secret",
                "metadata": {"name": name},
                "stringData": {"password": password},
            }
        )
    yield
    database("DROP USER reader")
    database("DROP DATABASE test")


def container(**more: Any) -> dict[str, Any]:
    return {"name": "main", "image": layout.RATINGS_MYSQL2_IMAGE, **more}


def script(text: str, **more: Any) -> dict[str, Any]:
    return container(command=["node", "--eval", text], **more)


def ratings(host: str, secret: str, **more: Any) -> dict[str, Any]:
    """The ratings service, ready when it can read its database."""
    values = {
        "DB_TYPE": "mysql",
        "MYSQL_DB_HOST": host,
        "MYSQL_DB_PORT": "3306",
        "MYSQL_DB_USER": "reader",
    }
    password = {"secretKeyRef": {"name": secret, "key": "password"}}
    return container(
        env=[
            *({"name": name, "value": value} for name, value in values.items()),
            {"name": "MYSQL_DB_PASSWORD", "valueFrom": password},
        ],
        securityContext={**RESTRICTED, "runAsUser": 1000},
        resources={"limits": {"memory": "256Mi"}},
        **{
            "readinessProbe": {
                "exec": {"command": ["node", "-e", READS_DATABASE]},
                "periodSeconds": 1,
                "timeoutSeconds": 5,
            },
            **more,
        },
    )


def run(cluster: Kubectl, name: str, *containers: dict[str, Any], **spec: Any) -> None:
    """Create a pod; what is left over goes with the tests' namespace."""
    cluster.apply(
        {
            "apiVersion": "v1",
            "kind": "Pod",
            "metadata": {"name": name},
            "spec": {
                "containers": list(containers),
                "terminationGracePeriodSeconds": 5,
                "automountServiceAccountToken": False,
                **spec,
            },
        }
    )


def wait(cluster: Kubectl, pod: str, until: str, seconds: int = 60) -> dict[str, Any]:
    """Wait for a condition or a ``jsonpath``, and return the status of the first container."""
    cluster("wait", f"pod/{pod}", f"--for={until}", f"--timeout={seconds}s")
    status: dict[str, Any] = cluster.get("pod", pod)["status"]["containerStatuses"][0]
    return status


def ask(cluster: Kubectl, pod: str, path: str = "/") -> str:
    address = cluster.get("pod", pod)["status"]["podIP"]
    with urllib.request.urlopen(f"http://{address}:9080{path}", timeout=10) as answer:
        said: bytes = answer.read()
    return said.decode()


def in_container(cluster: Kubectl, pod: str, *command: str) -> str:
    return cluster("exec", pod, "--", *command)


# --- a service that works


@pytest.fixture(scope="module")
def service(cluster: Kubectl, database: Database, reader: None) -> str:
    run(cluster, "ratings", ratings(str(database.server.at.ipv4), "right"))
    wait(cluster, "ratings", "condition=Ready")
    return "ratings"


def test_a_pod_is_ready_once_the_service_reads_its_database(cluster: Kubectl, service: str) -> None:
    assert json.loads(ask(cluster, service, "/ratings/0"))["ratings"] == {
        "Reviewer1": 5,
        "Reviewer2": 4,
    }


def test_the_restrictions_of_the_pod_hold(cluster: Kubectl, service: str) -> None:
    lines = in_container(cluster, service, "cat", "/proc/1/status").splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert status["Uid"].split() == ["1000"] * 4
    assert {status[kind] for kind in ("CapBnd", "CapEff", "CapPrm")} == {"0" * 16}
    assert (status["NoNewPrivs"], status["Seccomp"]) == ("1", "2")
    with pytest.raises(SandboxError, match="Read-only file system"):
        in_container(cluster, service, "touch", "/opt/microservices/mine")


def test_the_password_is_in_the_environment_and_nowhere_else(
    cluster: Kubectl, service: str
) -> None:
    secret = PASSWORD.encode()
    assert PASSWORD in in_container(cluster, service, "printenv", "MYSQL_DB_PASSWORD")
    for argv in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert secret not in argv.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    logs = [log for log in layout.HERE.logs.rglob("*.log") if log.is_file()]
    assert logs
    assert [log for log in logs if secret in log.read_bytes()] == []


def test_kubectl_shows_what_the_service_said(cluster: Kubectl, service: str) -> None:
    assert cluster("logs", service).startswith("Server listening on")
    assert len(cluster("logs", service, "--tail=1").splitlines()) == 1


def test_kubectl_forwards_a_port_of_the_service(cluster: Kubectl, service: str) -> None:
    command = ("port-forward", f"pod/{service}", ":9080", "--address=127.0.0.1")
    with subprocess.Popen(
        ["kubectl", "--namespace", cluster.namespace, *command],
        env=dict(cluster.environment),
        stdout=subprocess.PIPE,
        text=True,
    ) as forwarding:
        assert forwarding.stdout is not None
        try:
            port = int(forwarding.stdout.readline().split(" -> ")[0].rpartition(":")[2])
            with urllib.request.urlopen(f"http://127.0.0.1:{port}/health", timeout=10) as answer:
                assert answer.status == 200
        finally:
            forwarding.terminate()


def test_a_wrong_password_keeps_the_pod_unready(
    cluster: Kubectl, database: Database, reader: None
) -> None:
    run(cluster, "locked-out", ratings(str(database.server.at.ipv4), "wrong"))
    events = ("events", "--field-selector=involvedObject.name=locked-out,reason=Unhealthy")
    eventually(lambda: cluster("get", *events), bool, "the probe to fail")
    status = cluster.get("pod", "locked-out")["status"]
    assert (status["phase"], status["containerStatuses"][0]["ready"]) == ("Running", False)


def test_the_stock_image_fails_for_the_reason_that_the_program_refuses_it_for(
    cluster: Kubectl, database: Database, reader: None
) -> None:
    stock = ratings(
        str(database.server.at.ipv4),
        "right",
        image=layout.RATINGS_IMAGE,
        readinessProbe={"httpGet": {"path": "/health", "port": 9080}, "periodSeconds": 1},
    )
    run(cluster, "stock", stock)
    wait(cluster, "stock", "condition=Ready")
    assert json.loads(ask(cluster, "stock", "/ratings/0")) == {
        "error": "could not connect to ratings database"
    }
    assert "ER_NOT_SUPPORTED_AUTH_MODE" in cluster("logs", "stock")


# --- pods that cannot start, and say why


def test_an_image_that_is_not_there_is_named(cluster: Kubectl) -> None:
    run(cluster, "no-image", container(image="registry.external.test/nobody:1"))
    path = "jsonpath={.status.containerStatuses[0].state.waiting.reason}=ImagePullBackOff"
    waiting = wait(cluster, "no-image", path)["state"]["waiting"]
    assert "registry.external.test/nobody:1" in waiting["message"]


def test_root_is_refused_where_the_pod_does_not_want_it(cluster: Kubectl) -> None:
    run(cluster, "root", container(securityContext={"runAsNonRoot": True, "runAsUser": 0}))
    path = "jsonpath={.status.containerStatuses[0].state.waiting.reason}=CreateContainerConfigError"
    assert "non-root" in wait(cluster, "root", path)["state"]["waiting"]["message"]


# --- how pods end, and begin again


def test_a_pod_that_ends_answers_what_it_was_asked_before(cluster: Kubectl) -> None:
    listens = {"tcpSocket": {"port": 9080}, "periodSeconds": 1}
    server = script(SLOW_SERVER, readinessProbe=listens)
    run(cluster, "graceful", server, terminationGracePeriodSeconds=30)
    wait(cluster, "graceful", "condition=Ready")
    following = subprocess.Popen(
        ["kubectl", "--namespace", cluster.namespace, "logs", "--follow", "graceful"],
        env=dict(cluster.environment),
        stdout=subprocess.PIPE,
        text=True,
    )
    with following, ThreadPoolExecutor(1) as asking:
        assert following.stdout is not None
        answer = asking.submit(ask, cluster, "graceful")
        assert following.stdout.readline() == "asked\n"
        cluster("delete", "pod", "graceful", "--wait=false")
        assert following.stdout.readline() == "told to end\n"
        assert answer.result() == "late, but there"
        assert following.stdout.readline() == "good bye\n"
    # Well before its grace is over, so it was not killed.
    cluster("wait", "pod/graceful", "--for=delete", "--timeout=15s")


def test_a_pod_that_ignores_its_end_is_killed_when_its_grace_is_over(cluster: Kubectl) -> None:
    deaf = script("process.on('SIGTERM', () => {}); setInterval(() => {}, 1000)")
    run(cluster, "deaf", deaf, terminationGracePeriodSeconds=1)
    wait(cluster, "deaf", "condition=Ready")
    cluster("delete", "pod", "deaf", "--timeout=20s")


def test_a_container_that_takes_too_much_memory_is_killed_and_started_again(
    cluster: Kubectl,
) -> None:
    limits = {"limits": {"memory": "64Mi"}}
    run(cluster, "greedy", script(FILLS_MEMORY, resources=limits))
    status = wait(cluster, "greedy", "jsonpath={.status.containerStatuses[0].restartCount}=1")
    assert status["lastState"]["terminated"]["reason"] == "OOMKilled"


# --- what is let in


@pytest.fixture
def guarded(environment: dict[str, str]) -> Iterator[Kubectl]:
    """A namespace that takes only what the restricted standard allows."""
    with Kubectl(environment, "guarded").fresh_namespace() as namespace:
        enforce = "pod-security.kubernetes.io/enforce=restricted"
        namespace("label", "namespace", "guarded", enforce)
        yield namespace


def test_the_restricted_standard_keeps_a_privileged_pod_out(guarded: Kubectl) -> None:
    privileged = container(securityContext={"privileged": True})
    with pytest.raises(SandboxError, match=r'violates PodSecurity "restricted:latest"'):
        run(guarded, "privileged", privileged)
