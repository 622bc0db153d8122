"""What every tool has in common."""

from __future__ import annotations

import hashlib
import platform
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Final

from sandbox import cache

FOLDERS: Final = Path(__file__).parent
"""Holds one folder a tool, with what pins it."""


@dataclass(eq=False)
class Tool:
    """Something that the sandbox runs or takes files of: one program, or several made together.

    Args:
        name: What it is called in the cache.
        places: What it is asked for by, each with its place in the tool's folder.
        recipe: Tells all that decides what comes out.
        fill: Makes it in an empty folder, with progress shown; a SandboxError says that it cannot.
    """

    name: str
    places: Mapping[str, str]
    recipe: Callable[[], str]
    fill: Callable[[Path], None]

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return cache.Entry(self.name, self.recipe())

    def find(self, name: str) -> Path | None:
        """Only look for what it is asked for by; None where it has to be made."""
        return self.entry.folder / self.places[name] if self.entry.is_there else None

    def make(self) -> Path:
        """Make it, unless the cache has it; its folder."""
        return self.entry.ensure(self.fill)


def recipe(folder: str, *more: str) -> str:
    """All that decides what comes out of a tool's folder: its files, the platform, and ``more``.

    Go's own version is no part of it: a newer one is no reason to build it all again.
    """
    at = FOLDERS / folder
    contents = [
        f"{file.relative_to(at)} {hashlib.sha256(file.read_bytes()).hexdigest()}"
        for file in sorted(at.rglob("*"))
        if file.is_file()
    ]
    return "\n".join((platform.system(), platform.machine(), *contents, *more))
