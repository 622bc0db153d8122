"""What every tool has in common."""

from __future__ import annotations

import hashlib
import platform
from pathlib import Path
from typing import TYPE_CHECKING, Final, Protocol

if TYPE_CHECKING:
    from collections.abc import Mapping

FOLDERS: Final = Path(__file__).parent
"""Holds one folder a tool, with what pins it."""


class Tool(Protocol):
    """Something that the sandbox runs, or takes files of."""

    @property
    def name(self) -> str:
        """What it is asked for by."""

    @property
    def needs(self) -> tuple[str, ...]:
        """The tools that it is made with."""

    def at_hand(self) -> Path | None:
        """Its program or its folder, where nothing has to be made for it; only looks."""

    def make(self, ready: Mapping[str, Path], position: str) -> Path:
        """Make it.

        Args:
            ready: The tools that it needs, by name.
            position: Where it stands among those to be made, such as ``2 of 9``.

        Returns:
            Its program or its folder.
        """


def recipe(folder: str, *more: str) -> str:
    """All that decides what comes out of a tool's folder: its files, the platform, and ``more``.

    Go's and npm's own versions are no part of it: a newer one is no reason to build it all again.
    """
    files = sorted(path for path in (FOLDERS / folder).iterdir() if path.is_file())
    contents = [f"{file.name} {hashlib.sha256(file.read_bytes()).hexdigest()}" for file in files]
    return "\n".join((platform.system(), platform.machine(), *contents, *more))
