"""The node's kubelet is killed and started again; meanwhile nobody else may ask it for anything."""

from __future__ import annotations

import os
import signal
from pathlib import Path
from typing import Any

from demo.watch import eventually
from sandbox import layout
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.processes import Supervisor

ASKS = """\
fetch('http://127.0.0.1:9080/health')
  .then(answer => process.stdout.write(`${answer.status}`), () => process.exit(1))
"""


def test_pods_outlive_the_kubelet(cluster: Kubectl) -> None:
    cluster("run", "outlives", f"--image={layout.RATINGS_MYSQL2_IMAGE}")
    cluster("wait", "pod/outlives", "--for=condition=Ready", "--timeout=60s")
    before = container(cluster)
    (kubelet,) = kubelets()
    os.kill(kubelet, signal.SIGKILL)
    eventually(kubelets, lambda now: bool(now) and kubelet not in now, "another kubelet")
    eventually(lambda: inside(cluster), lambda said: said == "200", "a pod that answers")
    after = container(cluster)
    assert (after["containerID"], after["restartCount"]) == (before["containerID"], 0)


def container(cluster: Kubectl) -> dict[str, Any]:
    (status,) = cluster.get("pod", "outlives")["status"]["containerStatuses"]
    return dict(status)


def inside(cluster: Kubectl) -> str:
    """Ask in the pod; a kubelet that has just begun does not know of it yet."""
    try:
        return cluster("exec", "outlives", "--", "node", "--eval", ASKS)
    except SandboxError as error:
        return str(error)


def kubelets() -> list[int]:
    """The kubelets of the sandbox's node."""
    node = Supervisor(layout.HERE).states()["node"].pid
    assert node
    named = [file.parent.name for file in Path("/proc").glob("[0-9]*/comm") if is_kubelet(file)]
    return [int(pid) for pid in named if is_below(int(pid), node)]


def is_kubelet(file: Path) -> bool:
    try:
        return file.read_text() == "kubelet\n"
    except (FileNotFoundError, ProcessLookupError):
        return False


def is_below(pid: int, ancestor: int) -> bool:
    while pid not in {0, ancestor}:
        try:
            stat = Path(f"/proc/{pid}/stat").read_text()
        except (FileNotFoundError, ProcessLookupError):
            return False
        pid = int(stat.rpartition(")")[2].split()[1])
    return pid == ancestor
