"""A Kubernetes node on this machine: containerd and kubelet, as any node runs them.

What is ours is their configuration and how they start: ``enter.sh`` gives the node cgroups and
namespaces, ``boot.sh`` a root, ``init.sh`` runs in it. Everything else in a node is Kubernetes',
containerd's and runc's.
"""

from __future__ import annotations

import contextlib
import subprocess
import uuid
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from string import Template
from tempfile import TemporaryFile
from typing import IO, Final

from sandbox import debian, images, network
from sandbox.errors import SandboxError
from sandbox.images import catalog
from sandbox.layout import (
    APISERVER_PORT,
    CLUSTER_DOMAIN,
    CONTEXT,
    HOST_V4,
    NODE_NAME,
    NODE_V4,
    PODS_V4,
    SERVICES_V4,
    Paths,
)
from sandbox.parts import Part
from sandbox.processes import Program, Supervisor

NODE: Final = "node"
IMAGES: Final = "images"
TOOLS: Final = ("kubelet", "kubeadm")
KEPT: Final = ("containerd", "etcd", "kubelet", "kubernetes")
"""What outlives a start of the node, each a folder that ``boot.sh`` mounts at its usual place."""
_SCRIPTS: Final = Path(__file__).parent
_TEMPLATES: Final = _SCRIPTS / "etc"
_BOOTED: Final = "/run/init.sh"
"""What ``boot.sh`` leaves in the root that it makes."""
_LAST_LINES: Final = 8
_IMAGES: Final = ("ctr", "--namespace=k8s.io", "images")
_VALUES: Final = {
    "NODE": NODE_NAME,
    "ADDRESS": str(NODE_V4),
    "PORT": str(APISERVER_PORT),
    "CLUSTER": CONTEXT,
    "PODS": str(PODS_V4),
    "SERVICES": str(SERVICES_V4),
    "DOMAIN": CLUSTER_DOMAIN,
    "KUBERNETES": catalog.KUBERNETES,
    "COREDNS": catalog.COREDNS,
    "ETCD": catalog.ETCD,
    "PAUSE": catalog.PAUSE,
}
"""What the files in ``etc`` leave open."""


@dataclass(frozen=True)
class Node:
    """The node of one sandbox.

    Args:
        paths: Where that sandbox keeps its files.
        tools: The programs named in :data:`TOOLS`, and the Debian tree that becomes its root.
    """

    paths: Paths
    tools: Mapping[str, Path]

    def parts(self, built: Mapping[str, str]) -> list[Part]:
        """The node, ready once containerd is, and the images in it.

        Args:
            built: The images that it is to have, each with the digest of its manifest.
        """
        return [
            Part(NODE, self._missing, begin=self.prepare, program=self.program),
            Part(
                IMAGES,
                partial(self._images_missing, built),
                begin=partial(self._import, built),
                needs=(NODE,),
            ),
        ]

    @property
    def program(self) -> Program:
        """How supervisord runs it; it ends as a machine does whose power is cut."""
        command = (
            *("bash", f"{_SCRIPTS / 'enter.sh'}", f"/run/netns/{network.NODE}"),
            *(f"{self.tools[debian.NODE.name]}", f"{self.paths.node}", f"{self.logs}"),
            *(f"{self.tools[tool]}" for tool in TOOLS),
        )
        return Program(NODE, command, stop="KILL")

    @property
    def logs(self) -> Path:
        """The node's ``/var/log``."""
        return self.paths.logs / NODE

    @property
    def etc(self) -> Path:
        """What goes over the tree's ``/etc``."""
        return self.paths.node / "etc"

    def prepare(self) -> None:
        """Makes the folders that the node keeps, and writes its configuration."""
        for folder in (*KEPT, "etc", "root"):
            (self.paths.node / folder).mkdir(parents=True, exist_ok=True, mode=0o700)
        self.logs.mkdir(parents=True, exist_ok=True)
        for template in filter(Path.is_file, _TEMPLATES.rglob("*")):
            target = self.etc / template.relative_to(_TEMPLATES)
            target.parent.mkdir(parents=True, exist_ok=True)
            target.write_text(Template(template.read_text()).substitute(_VALUES))
        (self.etc / "resolv.conf").write_text(f"nameserver {HOST_V4}\n")
        (self.etc / "machine-id").write_text(f"{uuid.uuid4().hex}\n")

    def run(self, *command: str, feed: Callable[[IO[bytes]], None] | None = None) -> str:
        """Runs a command in the node and returns what it printed.

        Args:
            command: The program and its arguments.
            feed: Writes what the command is to read.

        Raises:
            SandboxError: The node does not run, or the command failed.
        """
        pid = self._init()
        if pid is None:
            raise SandboxError(f"the node does not run, so `{command[0]}` cannot")
        with (
            TemporaryFile() as output,
            TemporaryFile() as complaints,
            subprocess.Popen(
                ["nsenter", f"--target={pid}", "--all", *command],
                env={"PATH": "/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"},
                stdin=subprocess.PIPE,
                stdout=output,
                stderr=complaints,
            ) as process,
        ):
            if process.stdin:
                # One that ends before it has read all says itself why.
                with contextlib.suppress(BrokenPipeError), process.stdin as entrance:
                    if feed:
                        feed(entrance)
            code = process.wait()
            said, complained = map(_text_of, (output, complaints))
        if code:
            lines = (complained.strip() or said.strip()).splitlines()[-_LAST_LINES:]
            raise SandboxError(f"`{' '.join(command)}` failed in the node", *lines)
        return said

    def _init(self) -> int | None:
        """Process 1 of the node, as the machine counts; None until it has a root of its own.

        Before that it sees the machine's, and a containerd that is none of ours.
        """
        state = Supervisor(self.paths).states().get(NODE)
        if state is None or state.pid is None:
            return None
        try:
            children = Path(f"/proc/{state.pid}/task/{state.pid}/children").read_text().split()
        except OSError:
            return None
        return next(
            (int(pid) for pid in children if Path(f"/proc/{pid}/root{_BOOTED}").exists()), None
        )

    def _missing(self) -> str | None:
        try:
            self.run("ctr", "version")
        except SandboxError as error:
            return f"containerd does not answer ({error})"
        return None

    def _lacking(self, built: Mapping[str, str]) -> dict[str, str]:
        columns = [line.split() for line in self.run(*_IMAGES, "ls").splitlines()[1:]]
        held = {name: digest for name, _, digest, *_ in columns}
        return {name: digest for name, digest in built.items() if held.get(name) != digest}

    def _images_missing(self, built: Mapping[str, str]) -> str | None:
        lacking = self._lacking(built)
        return f"{len(lacking)} of {len(built)} are not imported" if lacking else None

    def _import(self, built: Mapping[str, str]) -> None:
        self.run(*_IMAGES, "import", "-", feed=partial(images.export, self._lacking(built)))


def _text_of(file: IO[bytes]) -> str:
    file.seek(0)
    return file.read().decode(errors="replace")


def clear() -> None:
    """Ends what is left of a node and removes its cgroups.

    Raises:
        SandboxError: If processes do not end.
    """
    done = subprocess.run(
        ["bash", _SCRIPTS / "clear.sh"], capture_output=True, text=True, check=False
    )
    if done.returncode:
        raise SandboxError("the node has not ended", *done.stderr.splitlines())
