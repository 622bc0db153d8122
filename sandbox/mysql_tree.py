"""MySQL 9, unpacked beside the system from Debian's packages and never installed into it.

Debian 12 has no MySQL; Debian's unstable suite has. mysqld runs in this tree by ``chroot``, with
the libraries that it was built for, whatever the machine's own are.
"""

from __future__ import annotations

import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import cache
from sandbox.errors import SandboxError

SUITE: Final = "sid"
PACKAGES: Final = ("mysql-server-core", "util-linux")
"""util-linux has the setpriv that gives up root's rights inside the tree."""
USER: Final = 53306
"""mysqld's user and group id, of nobody else on a Debian system."""
INSIDE: Final = Path("/srv")
"""Where a server's own folder appears inside the tree."""

ENTRY: Final = cache.Entry("mysql", Path(__file__).read_text())
"""This file is the recipe: a change of it makes another tree."""

_USR_MERGED: Final = ("bin", "lib", "lib64", "sbin")
_NOT_NEEDED: Final = ("usr/share/doc", "usr/share/man", "usr/share/perl", "var/cache/apt")
_TEMPLATE: Final = "template"
_TREE: Final = "tree"
_OF_ONE_SERVER: Final = ("*.pem", "auto.cnf")
"""Keys and identity, which each server is to make for itself."""


@dataclass(frozen=True)
class MysqlTree:
    """An unpacked MySQL.

    Args:
        folder: The cache's folder of it.
    """

    folder: Path

    @property
    def root(self) -> Path:
        """The root of mysqld's file system."""
        return self.folder / _TREE

    @property
    def template(self) -> Path:
        """A server's folder as initialised: ``data``, with a ``root`` without a password."""
        return self.folder / _TEMPLATE

    def command(self, server: Path, *options: str) -> tuple[str, ...]:
        """The command line that runs mysqld on a server's folder.

        It has to be run in a mount namespace of its own (``ip netns exec`` and ``unshare
        --mount`` make one), so that the folder's mount ends with it.

        Args:
            server: The server's folder.
            options: What mysqld is told besides.
        """
        return (
            "sh",
            "-c",
            f'mount --bind "$0" "$1{INSIDE}" && exec chroot "$@"',
            str(server),
            str(self.root),
            "setpriv",
            f"--reuid={USER}",
            f"--regid={USER}",
            "--clear-groups",
            "--no-new-privs",
            "--pdeathsig=KILL",
            "/usr/sbin/mysqld",
            "--no-defaults",
            f"--datadir={INSIDE}/data",
            *options,
        )


def ensure() -> MysqlTree:
    """The machine's MySQL tree, made now if the cache has none.

    Raises:
        SandboxError: If apt knows no Debian mirror, or MySQL cannot be had or initialised.
    """
    return MysqlTree(ENTRY.ensure(_make))


def _make(folder: Path) -> None:
    _unpack(folder / _TREE)
    _initialise(MysqlTree(folder))


def _unpack(root: Path) -> None:
    _run(
        "mmdebstrap",
        "--mode=root",
        "--variant=extract",
        "--quiet",
        # A mirror that was frozen for reproducible builds has Release files past their date.
        '--aptopt=Acquire::Check-Valid-Until "false"',
        f"--include={','.join(PACKAGES)}",
        SUITE,
        str(root),
        _mirror(),
    )
    for name in _USR_MERGED:
        if not (root / name).exists():
            (root / name).symlink_to(f"usr/{name}")
    for name in _NOT_NEEDED:
        shutil.rmtree(root / name, ignore_errors=True)
    root.joinpath(INSIDE.relative_to("/")).mkdir(exist_ok=True)


def _initialise(tree: MysqlTree) -> None:
    data = tree.template / "data"
    data.mkdir(parents=True, mode=0o700)
    _run("chown", "-R", f"{USER}:{USER}", str(tree.template))
    _run("unshare", "--mount", *tree.command(tree.template, "--initialize-insecure"))
    for pattern in _OF_ONE_SERVER:
        for file in data.glob(pattern):
            file.unlink()


def _mirror() -> str:
    """The Debian mirror that this machine's own apt uses."""
    fields = ("Created-By: Packages", "Label: Debian")
    mirrors = _run("apt-get", "indextargets", "--format", "$(REPO_URI)", *fields).split()
    if not mirrors:
        raise SandboxError(
            "apt has no Debian mirror among its sources, and MySQL comes from there",
            "add one to /etc/apt/sources.list.d and run `apt-get update`",
        )
    return mirrors[0]


def _run(*command: str) -> str:
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise SandboxError(
            f"{command[0]} failed while MySQL was being unpacked",
            *done.stderr.strip().splitlines()[-8:],
        )
    return done.stdout
