"""Programs that Debian's own packages bring."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from pathlib import Path

from sandbox.errors import SandboxError

PROGRAMS = Path("/usr/bin")
"""Where packages put programs, and where containers see them; not what a version manager has."""


@dataclass(frozen=True)
class Installed:
    """A program of the machine, which is not made here.

    Args:
        name: Its name.
        package: The Debian package that brings it.
    """

    name: str
    package: str
    needs: tuple[str, ...] = ()

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        program = PROGRAMS / self.name
        return program if program.exists() else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - it makes nothing
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        raise SandboxError(
            f"{PROGRAMS / self.name} is missing",
            f"install it: apt-get install --no-install-recommends {self.package}",
        )
