"""The node agent runs pods as a kubelet does: real processes, a real API server, a real MySQL."""

from __future__ import annotations

import json
import os
import re
import signal
import subprocess
import time
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import layout, network
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.processes import Supervisor
from tests.engine.parts import Database

PASSWORD = "node-agent-test"  # noqa: S105
READS_DATABASE = """\
require('http').get('http://127.0.0.1:9080/ratings/0', answer => {
  let body = ''
  answer.on('data', part => body += part)
  answer.on('end', () => process.exit(JSON.parse(body).ratings ? 0 : 1))
})
"""
RESTRICTED = {
    "allowPrivilegeEscalation": False,
    "readOnlyRootFilesystem": True,
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


def shell(script: str, **more: Any) -> dict[str, Any]:
    return container(command=["sh", "-c", script], **more)


def ratings(host: str, secret: str) -> dict[str, Any]:
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
        securityContext=RESTRICTED,
        readinessProbe={
            "exec": {"command": ["node", "-e", READS_DATABASE]},
            "periodSeconds": 1,
            "timeoutSeconds": 5,
        },
        livenessProbe={"httpGet": {"path": "/health", "port": 9080}},
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


def wait(cluster: Kubectl, pod: str, until: str, seconds: int = 40) -> dict[str, Any]:
    """Wait for a condition or a ``jsonpath``, and return the status of the first container."""
    cluster("wait", f"pod/{pod}", f"--for={until}", f"--timeout={seconds}s")
    status: dict[str, Any] = cluster.get("pod", pod)["status"]["containerStatuses"][0]
    return status


def wait_for_reason(cluster: Kubectl, pod: str, reason: str) -> str:
    """Wait until the container waits for that reason; return the message."""
    path = "{.status.containerStatuses[0].state.waiting.reason}"
    status = wait(cluster, pod, f"jsonpath={path}={reason}")
    return str(status["state"]["waiting"]["message"])


def eventually(check: Callable[[], bool], seconds: float = 20) -> None:
    """Wait for what no watch of kubectl's can wait for."""
    give_up_at = time.monotonic() + seconds
    while not check():
        assert time.monotonic() < give_up_at, f"not within {seconds} s"
        time.sleep(0.2)


def warnings(cluster: Kubectl, pod: str) -> str:
    fields = f"type=Warning,involvedObject.name={pod}"
    return cluster("get", "events", "--field-selector", fields, "--output", "json")


def namespace_of(cluster: Kubectl, pod: str) -> str:
    uid = cluster.get("pod", pod)["metadata"]["uid"]
    return f"{layout.POD_NAMESPACE_PREFIX}{uid[:8]}"


def process_of(cluster: Kubectl, pod: str) -> int:
    """The first process of a pod's one container, as the host counts; exec probes are others."""

    def is_first(pid: int) -> bool:
        status = Path(f"/proc/{pid}/status").read_text()
        return re.search(r"^NSpid:\t\d+\t1$", status, re.MULTILINE) is not None

    (found,) = filter(is_first, network.processes(namespace_of(cluster, pod)))
    return found


# --- a service that works


@pytest.fixture(scope="module")
def service(cluster: Kubectl, database: Database, reader: None) -> str:
    run(cluster, "ratings", ratings(str(database.server.at.ipv4), "right"))
    wait(cluster, "ratings", "condition=Ready")
    return "ratings"


def test_a_pod_is_ready_once_the_service_reads_its_database(cluster: Kubectl, service: str) -> None:
    address = cluster.get("pod", service)["status"]["podIP"]
    answer = subprocess.run(
        ["curl", "--silent", f"http://{address}:9080/ratings/0"],
        capture_output=True,
        check=True,
    )
    assert json.loads(answer.stdout)["ratings"] == {"Reviewer1": 5, "Reviewer2": 4}


def test_the_restrictions_of_the_pod_hold(cluster: Kubectl, service: str) -> None:
    process = Path("/proc", str(process_of(cluster, service)))
    lines = (process / "status").read_text().splitlines()
    status = dict(line.split(":\t", 1) for line in lines)
    assert status["Uid"].split() == ["1000"] * 4
    assert {status[kind] for kind in ("CapBnd", "CapEff", "CapPrm")} == {"0" * 16}
    assert status["NoNewPrivs"] == "1"
    assert " / ro," in next(
        line for line in (process / "mountinfo").read_text().splitlines() if " / / " in line
    )


def test_the_password_is_in_the_environment_and_nowhere_else(
    cluster: Kubectl, service: str
) -> None:
    process = Path("/proc", str(process_of(cluster, service)))
    assert PASSWORD.encode() in (process / "environ").read_bytes()
    for argv in Path("/proc").glob("[0-9]*/cmdline"):
        try:
            assert PASSWORD.encode() not in argv.read_bytes()
        except (FileNotFoundError, ProcessLookupError):
            continue
    for log in layout.HERE.logs.rglob("*.log"):
        assert PASSWORD.encode() not in log.read_bytes()


def test_kubectl_shows_what_the_service_said(cluster: Kubectl, service: str) -> None:
    assert cluster("logs", service).startswith("Server listening on")
    assert len(cluster("logs", service, "--tail=1").splitlines()) == 1


def test_a_process_that_dies_is_started_again(cluster: Kubectl, service: str) -> None:
    os.kill(process_of(cluster, service), signal.SIGKILL)
    status = wait(cluster, service, "jsonpath={.status.containerStatuses[0].restartCount}=1")
    assert status["lastState"]["terminated"]["exitCode"] == 128 + signal.SIGKILL
    wait(cluster, service, "condition=Ready")
    assert "Server listening on" in cluster("logs", service, "--previous")


def test_a_wrong_password_keeps_the_pod_unready(
    cluster: Kubectl,
    database: Database,
    reader: None,
) -> None:
    run(cluster, "locked-out", ratings(str(database.server.at.ipv4), "wrong"))
    wait(cluster, "locked-out", "jsonpath={.status.phase}=Running")
    eventually(lambda: "Readiness probe failed" in warnings(cluster, "locked-out"))
    with pytest.raises(SandboxError):
        wait(cluster, "locked-out", "condition=Ready", seconds=4)


# --- pods that cannot start, and say why


def test_an_unknown_image_is_named_with_the_known_ones(cluster: Kubectl) -> None:
    run(cluster, "no-image", container(image="docker.io/library/nginx:1"))
    message = wait_for_reason(cluster, "no-image", "ImagePullBackOff")
    assert "docker.io/library/nginx:1" in message
    assert layout.RATINGS_MYSQL2_IMAGE in message
    assert "Failed to pull image" in warnings(cluster, "no-image")


def test_a_missing_secret_is_waited_for(cluster: Kubectl) -> None:
    origin = {"secretKeyRef": {"name": "late", "key": "word"}}
    script = 'echo "the word is $WORD"; sleep 60'
    run(cluster, "patient", shell(script, env=[{"name": "WORD", "valueFrom": origin}]))
    message = wait_for_reason(cluster, "patient", "CreateContainerConfigError")
    assert message == 'secret "late" not found'
    cluster("create", "secret", "generic", "late", "--from-literal=other=x")
    eventually(lambda: "couldn't find key word in Secret" in warnings(cluster, "patient"))
    cluster("patch", "secret", "late", "--patch", '{"stringData": {"word": "hello"}}')
    wait(cluster, "patient", "condition=Ready")
    eventually(lambda: cluster("logs", "patient") == "the word is hello\n")


def test_root_is_refused_where_the_pod_does_not_want_it(cluster: Kubectl) -> None:
    run(cluster, "root", container(securityContext={"runAsNonRoot": True, "runAsUser": 0}))
    message = wait_for_reason(cluster, "root", "CreateContainerConfigError")
    assert "runAsUser breaks non-root policy" in message


def test_a_program_that_is_not_there_is_named(cluster: Kubectl) -> None:
    run(cluster, "no-program", container(command=["no-such-program"]), restartPolicy="Never")
    status = wait(cluster, "no-program", "jsonpath={.status.phase}=Failed")
    assert "no-such-program" in status["state"]["terminated"]["message"]


# --- a life's course


def test_containers_run_in_order_share_a_volume_and_end(cluster: Kubectl) -> None:
    mount = {"volumeMounts": [{"name": "shared", "mountPath": "/shared"}]}
    sidecar = shell("trap 'exit 0' TERM; while :; do sleep 0.1; done", restartPolicy="Always")
    run(
        cluster,
        "job",
        shell("cat /shared/file; exit 3", **mount),
        initContainers=[
            {**shell("echo made before > /shared/file", **mount), "name": "first"},
            {**sidecar, "name": "beside"},
        ],
        volumes=[{"name": "shared", "emptyDir": {}}],
        restartPolicy="Never",
    )
    status = wait(cluster, "job", "jsonpath={.status.phase}=Failed")
    assert status["state"]["terminated"]["exitCode"] == 3
    assert cluster("logs", "job", "--container=main") == "made before\n"


def test_a_container_that_keeps_failing_waits_longer_and_longer(cluster: Kubectl) -> None:
    run(cluster, "failing", shell("exit 1"))
    message = wait_for_reason(cluster, "failing", "CrashLoopBackOff")
    assert message.startswith("back-off 10s restarting failed container=main pod=failing")


def test_a_container_that_is_not_alive_is_started_again(cluster: Kubectl) -> None:
    probe = {"exec": {"command": ["false"]}, "periodSeconds": 1, "failureThreshold": 1}
    run(
        cluster,
        "stuck",
        shell("trap 'exit 0' TERM; while :; do sleep 0.1; done", livenessProbe=probe),
    )
    wait(cluster, "stuck", "jsonpath={.status.containerStatuses[0].restartCount}=1")
    assert "Liveness probe failed" in warnings(cluster, "stuck")


def test_a_deleted_pod_says_good_bye_and_leaves_nothing(cluster: Kubectl) -> None:
    farewell = {"preStop": {"exec": {"command": ["sh", "-c", "echo bye > /proc/1/fd/1"]}}}
    run(
        cluster,
        "mortal",
        shell("trap 'exit 0' TERM; while :; do sleep 0.1; done", lifecycle=farewell),
    )
    wait(cluster, "mortal", "condition=Ready")
    namespace = namespace_of(cluster, "mortal")
    uid = cluster.get("pod", "mortal")["metadata"]["uid"]
    log = layout.HERE.logs / "pods" / f"{cluster.namespace}_mortal_{uid}" / "main" / "0.log"
    cluster("delete", "pod", "mortal")
    assert "bye" in log.read_text()
    assert namespace not in network.namespaces()


def test_a_pod_that_ignores_its_end_is_killed_when_its_grace_is_over(cluster: Kubectl) -> None:
    script = "trap '' TERM; while :; do sleep 0.1; done"
    run(cluster, "deaf", shell(script), terminationGracePeriodSeconds=1)
    wait(cluster, "deaf", "condition=Ready")
    cluster("delete", "pod", "deaf", "--timeout=10s")


def test_a_pod_removed_by_force_loses_its_processes(cluster: Kubectl) -> None:
    run(cluster, "forced", shell("trap '' TERM; while :; do sleep 0.1; done"))
    wait(cluster, "forced", "condition=Ready")
    namespace = namespace_of(cluster, "forced")
    cluster("delete", "pod", "forced", "--force", "--grace-period=0")
    eventually(lambda: namespace not in network.namespaces())


def test_pods_outlive_the_agent_under_the_same_address(cluster: Kubectl) -> None:
    run(cluster, "lasting", shell("sleep 600"))
    wait(cluster, "lasting", "condition=Ready")
    address = cluster.get("pod", "lasting")["status"]["podIP"]
    process = process_of(cluster, "lasting")
    supervisor = Supervisor(layout.HERE)
    supervisor.stop("node")
    assert not Path("/proc", str(process)).exists()
    supervisor.start("node")
    status = wait(cluster, "lasting", "jsonpath={.status.containerStatuses[0].restartCount}=1")
    assert status["lastState"]["terminated"]["exitCode"] == 128 + signal.SIGKILL
    wait(cluster, "lasting", "condition=Ready")
    assert cluster.get("pod", "lasting")["status"]["podIP"] == address
