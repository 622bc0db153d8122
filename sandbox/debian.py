"""Debian trees: packages of a Debian release in a folder of the cache, never installed here.

What the sandbox takes from Debian is thus the same on every machine. A tree is made once, by
mmdebstrap, and only read from then on: what runs in it (:func:`inside`) has a copy of its own.
"""

from __future__ import annotations

import os
import shlex
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import cache
from sandbox.errors import SandboxError

if TYPE_CHECKING:
    from sandbox.toolchain.job import Job

SMALL: Final = (
    '--aptopt=Acquire::Languages "none"',
    "--dpkgopt=path-exclude=/usr/share/doc/*",
    "--dpkgopt=path-exclude=/usr/share/locale/*",
    # The folders stay: Java's packages, among others, put links into them.
    "--dpkgopt=path-exclude=/usr/share/man/*/*",
)
"""Leaves out what only people read, as Debian's own slim images do."""
_OPTIONS: Final = (
    "--mode=root",
    "--quiet",
    # A mirror that was frozen for reproducible builds has Release files past their date.
    '--aptopt=Acquire::Check-Valid-Until "false"',
    # A tree that a power cut left unfinished is thrown away anyway.
    "--dpkgopt=force-unsafe-io",
)
_ALONE: Final = ("unshare", "--mount", "--pid", "--fork", "--kill-child")
"""In namespaces of its own: who kills it kills all that it has started, and its mounts go."""
_SCRIPT: Final = Path(__file__).with_suffix(".sh")


@dataclass(frozen=True)
class Tree:
    """A Debian tree.

    Args:
        name: What it is called.
        packages: Debian's packages in it.
        suite: The release that they are from.
        variant: What is in it besides, in mmdebstrap's words.
    """

    name: str
    packages: tuple[str, ...]
    suite: str = "trixie"
    variant: str = "apt"

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        made_of = (self.suite, self.variant, *self.packages, *_OPTIONS, *SMALL)
        return cache.Entry(self.name, "\n".join(made_of))

    def fill(self, root: Path) -> None:
        """Make it in an empty folder, with progress shown.

        Raises:
            SandboxError: If apt knows no Debian mirror, or the packages cannot be had.
        """
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        with Job.shown(f"unpacking {self.name}") as job:
            unpack(self, root, job)


NODE: Final = Tree(
    "debian-node",
    (
        *("containerd", "runc", "containernetworking-plugins"),
        # netavark is not used, but buildah does not begin without it.
        *("buildah", "netavark", "catatonit", "ca-certificates"),
        *("conntrack", "ethtool", "iproute2", "iptables", "kmod", "mount", "util-linux"),
    ),
)
"""What a Kubernetes node needs, and what builds images for it."""
BASE: Final = Tree("debian-base", ("ca-certificates",), variant="minbase")
"""What images begin with."""


def unpack(tree: Tree, root: Path, job: Job) -> None:
    """Makes a tree.

    Args:
        tree: What it is to be.
        root: An empty folder.
        job: What it is a part of.

    Raises:
        SandboxError: If apt knows no Debian mirror, or the packages cannot be had.
    """
    include = f"--include={','.join(tree.packages)}"
    options = (*_OPTIONS, *SMALL, f"--variant={tree.variant}", include)
    command = ("mmdebstrap", *options, tree.suite, root, mirror())
    job.run([*_ALONE, "--mount-proc", *command], root, variables())


def inside(root: Path, command: Sequence[str], shown: Mapping[str, Path]) -> list[Path | str]:
    """The command line that runs a command in a tree, with the machine's network.

    It has mounts and process ids of its own, which end with it, and finds the tree as it is in
    the cache, whatever was written there before.

    Args:
        root: The tree's.
        command: The command.
        shown: Files and folders of the machine, by the place where the command sees them.
    """
    pairs = [side for place, source in shown.items() for side in (source, place)]
    return [*_ALONE, "sh", _SCRIPT, root, *pairs, "--", *command]


def variables() -> dict[str, str]:
    """This machine's variables, which tell a program its way to the network.

    apt's own proxy is among them, for the apt of a tree does not read the machine's settings.
    """
    asked = _ask_apt("apt-config", "shell", "http_proxy", "Acquire::http::Proxy")
    return dict(line.split("=", 1) for line in shlex.split(asked)) | dict(os.environ)


def mirror() -> str:
    """The Debian mirror that this machine's own apt uses.

    Raises:
        SandboxError: If it uses none.
    """
    ask = ("apt-get", "indextargets", "--format", "$(REPO_URI)", "Created-By: Packages")
    mirrors = _ask_apt(*ask, "Label: Debian").split()
    if not mirrors:  # it knows a source's label only from the source
        _ask_apt("apt-get", "update")
        mirrors = _ask_apt(*ask, "Label: Debian").split()
    if not mirrors:
        raise SandboxError(
            "apt has no Debian mirror among its sources, and the sandbox's servers come from there",
            "add one to /etc/apt/sources.list.d and run `apt-get update`",
        )
    return mirrors[0]


def _ask_apt(*command: str) -> str:
    return subprocess.run(command, capture_output=True, text=True, check=False).stdout
