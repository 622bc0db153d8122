"""MySQL 9, unpacked beside the system from Debian's packages and never installed into it.

Debian 12 has no MySQL; Debian's unstable suite has. mysqld runs in this tree by ``chroot``, with
the libraries that it was built for, whatever the machine's own are.
"""

from __future__ import annotations

import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import cache, debian

if TYPE_CHECKING:
    from sandbox.toolchain.job import Job

# util-linux has the setpriv that gives up root's rights inside the tree.
TREE: Final = debian.Tree("mysql", ("mysql-server-core", "util-linux"), "sid", "extract")
TRIED: Final = "9.7.4-2"
"""The MySQL that the sandbox was tried with; the unstable suite has only its newest."""
USER: Final = 53306
"""mysqld's user and group id, of nobody else on a Debian system."""
INSIDE: Final = Path("/srv")
"""Where a server's own folder appears inside the tree."""

ENTRY: Final = cache.Entry("mysql", f"{TREE.entry.recipe}\n{Path(__file__).read_text()}")
"""This file is the recipe: a change of it makes another tree."""

_USR_MERGED: Final = ("bin", "lib", "lib64", "sbin")
_NOT_NEEDED: Final = ("usr/share/perl", "var/cache/apt")
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


def moved(version: str) -> str | None:
    """What is to be said where Debian has another MySQL than the one that was tried.

    Args:
        version: What ``mysqld --version`` says.
    """
    found = re.search(r"Ver (\S+)", version)
    if found and found[1] == TRIED:
        return None
    return f"MySQL is {found[1] if found else 'of an unknown version'} now, tried was {TRIED}"


def _make(folder: Path) -> None:
    from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

    with Job.shown("unpacking mysql", f"from Debian {TREE.suite}") as job:
        root = folder / _TREE
        root.mkdir()
        debian.unpack(TREE, root, job)
        for name in _USR_MERGED:
            if not (root / name).exists():
                (root / name).symlink_to(f"usr/{name}")
        for name in _NOT_NEEDED:
            shutil.rmtree(root / name, ignore_errors=True)
        root.joinpath(INSIDE.relative_to("/")).mkdir(exist_ok=True)
        version = job.run(
            ["chroot", root, "/usr/sbin/mysqld", "--version"], root, debian.variables()
        )
        if said := moved(version):
            job.say(said)
        _initialise(MysqlTree(folder), job)


def _initialise(tree: MysqlTree, job: Job) -> None:
    data = tree.template / "data"
    data.mkdir(parents=True, mode=0o700)
    for path in (tree.template, data):
        os.chown(path, USER, USER)
    command = tree.command(tree.template, "--initialize-insecure")
    job.run(["unshare", "--mount", *command], tree.folder, debian.variables())
    for pattern in _OF_ONE_SERVER:
        for file in data.glob(pattern):
            file.unlink()
