"""The node is told all that it has to know, and gets the images that it lacks."""

from __future__ import annotations

import json
import subprocess
import tomllib
from collections.abc import Callable
from pathlib import Path
from typing import IO

import pytest
import yaml

from sandbox import images, node
from sandbox.errors import SandboxError
from sandbox.images import catalog
from sandbox.layout import NODE_V4, PODS_V4, Paths
from sandbox.node import Node
from sandbox.processes import Supervisor

LISTED = """\
REF                        TYPE                                       DIGEST     SIZE    PLATFORMS
registry.k8s.io/pause:3    application/vnd.oci.image.manifest.v1+json sha256:old 1.0 MiB linux/amd64
registry.k8s.io/etcd:3     application/vnd.oci.image.manifest.v1+json sha256:e   9.0 MiB linux/amd64
"""


@pytest.fixture
def etc(tmp_path: Path) -> Path:
    of = Node(Paths(tmp_path), {})
    of.prepare()
    return of.etc


def test_kubeadm_is_told_which_cluster_to_make(etc: Path) -> None:
    texts = yaml.safe_load_all((etc / "kubeadm.yaml").read_text())
    told = {document["kind"]: document for document in texts}
    assert set(told) == {
        "InitConfiguration",
        "ClusterConfiguration",
        "KubeletConfiguration",
        "KubeProxyConfiguration",
    }
    assert told["InitConfiguration"]["localAPIEndpoint"]["advertiseAddress"] == str(NODE_V4)
    assert told["ClusterConfiguration"]["networking"]["podSubnet"] == str(PODS_V4)
    assert told["ClusterConfiguration"]["kubernetesVersion"] == catalog.KUBERNETES


def test_pods_get_addresses_and_a_pause_container_that_there_is(etc: Path) -> None:
    network = json.loads((etc / "cni/net.d/pods.conflist").read_text())
    assert network["plugins"][0]["ipam"]["ranges"] == [[{"subnet": str(PODS_V4)}]]
    plugins = tomllib.loads((etc / "containerd/config.toml").read_text())["plugins"]
    assert plugins["io.containerd.grpc.v1.cri"]["sandbox_image"] in catalog.KNOWN


def test_nothing_is_left_open(etc: Path) -> None:
    files = [file for file in etc.rglob("*") if file.is_file()]
    assert len(files) == 5
    assert [file for file in files if "$" in file.read_text()] == []


@pytest.mark.parametrize("script", ["enter.sh", "boot.sh", "init.sh", "clear.sh"])
def test_a_script_can_be_read_by_bash(script: str) -> None:
    path = Path(node.__file__).with_name(script)
    subprocess.run(["bash", "-n", path], check=True)


def test_images_that_are_not_there_or_are_others_are_imported(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    imported: list[dict[str, str]] = []
    monkeypatch.setattr(images, "export", lambda digests, _: imported.append(digests))

    def run(_: Node, *command: str, feed: Callable[[IO[bytes] | None], None] | None = None) -> str:
        if feed:
            feed(None)
        return LISTED if command[-1] == "ls" else ""

    monkeypatch.setattr(Node, "run", run)
    wanted = {
        "registry.k8s.io/pause:3": "sha256:new",
        "registry.k8s.io/etcd:3": "sha256:e",
        "localhost/mine:1": "sha256:m",
    }
    _, part = Node(
        Paths(tmp_path), {"kubelet": Path(), "kubeadm": Path(), "debian-node": Path()}
    ).parts(wanted)
    assert part.missing() == "2 of 3 are not imported"
    part.begin()
    assert imported == [{"registry.k8s.io/pause:3": "sha256:new", "localhost/mine:1": "sha256:m"}]


def test_a_node_that_does_not_run_says_so(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(Supervisor, "states", lambda _: {})
    with pytest.raises(SandboxError, match="the node does not run, so `ctr` cannot"):
        Node(Paths(tmp_path), {}).run("ctr", "version")
