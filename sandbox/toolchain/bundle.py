"""Programs of several tools in one folder."""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path

from sandbox import cache
from sandbox.toolchain.golang import GoProgram
from sandbox.toolchain.wheels import WheelProgram


@dataclass(frozen=True)
class Bundle:
    """A folder with programs, for a container that wants them side by side.

    A container sees the machine's ``/usr`` read-only, so a program cannot be put into its
    ``/usr/local/bin``; a folder can be shown in its place.

    Args:
        name: What it is asked for by.
        programs: What is in it. It takes no room: they are the same files.
    """

    name: str
    programs: tuple[GoProgram | WheelProgram, ...]

    @property
    def needs(self) -> tuple[str, ...]:
        """The tools that it is made with."""
        return tuple(program.name for program in self.programs)

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return cache.Entry(self.name, "\n".join(each.entry.recipe for each in self.programs))

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - takes no time
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return self.entry.ensure(partial(self._link, ready))

    def _link(self, ready: Mapping[str, Path], into: Path) -> None:
        for name in self.needs:
            os.link(ready[name], into / name)
