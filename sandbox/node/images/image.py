"""An image: files, and what its Dockerfile ends with."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """One image: its files and the configuration that its Dockerfile ends with.

    Attributes:
        command: CMD.
        user: USER, numeric.
        working_dir: WORKDIR.
        files: path in the container -> file or folder of this machine, shown there read-only.
        environment: ENV.
        entrypoint: ENTRYPOINT.
    """

    command: tuple[str, ...]
    user: int
    working_dir: str
    files: Mapping[str, Path]
    environment: Mapping[str, str] = field(default_factory=dict)
    entrypoint: tuple[str, ...] = ()

    def run_with(
        self, command: Sequence[str] | None, args: Sequence[str] | None
    ) -> tuple[str, ...]:
        """The command line of a container: its ``args`` replace CMD, its ``command`` both.

        https://kubernetes.io/docs/tasks/inject-data-application/define-command-argument-container/
        """
        if command:
            return (*command, *(args or ()))
        return (*self.entrypoint, *(args or self.command))
