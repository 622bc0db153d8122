"""A long command: its progress is shown, its output goes to a log."""

from __future__ import annotations

import os
import signal
import subprocess
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from sandbox import layout
from sandbox.errors import SandboxError
from sandbox.processes import DIES_WITH_PARENT
from sandbox.toolchain.report import Report, on

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping, Sequence
    from pathlib import Path

TICK: Final = 0.5
"""Seconds between two looks at how far a command has come."""
LAST_LINES: Final = 15
"""How much of a log a person sees when a command has failed."""
END: Final = 10.0
"""Seconds that a command has to end in when it is told to."""


class Job:
    """Several commands that together make one thing.

    Args:
        title: What they do, such as ``building pulumi``.
        log: Gets what they say.
        report: Where progress is shown.
    """

    def __init__(self, title: str, log: Path, report: Report) -> None:
        self._title = title
        self._log = log
        self._report = report

    @classmethod
    @contextmanager
    def shown(cls, title: str, position: str) -> Iterator[Job]:
        """A job with its progress shown.

        Args:
            title: What it does.
            position: Which of how many jobs it is, such as ``2 of 9``.
        """
        log = layout.cache() / "logs" / f"{title.replace(' ', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        with on(f"{title} ({position})") as report:
            yield cls(title, log, report)

    def counts(self, total: int) -> None:
        """Say that each line of the log is one step of so many."""
        self._report.total = total

    def run(self, command: Sequence[Path | str], at: Path, variables: Mapping[str, str]) -> str:
        """Run a command to its end.

        Args:
            command: The program and its arguments.
            at: The folder to run it in.
            variables: Its environment.

        Returns:
            What it wrote to standard output.

        Raises:
            SandboxError: It failed.
        """
        with self._log.open("ab") as log, self._log.with_suffix(".out").open("w+b") as output:
            log.write(f"$ {' '.join(map(str, command))}\n".encode())
            log.flush()
            process = subprocess.Popen(
                [*DIES_WITH_PARENT, *command],
                cwd=at,
                env=variables,
                stdin=subprocess.DEVNULL,
                stdout=output,
                stderr=log,
                start_new_session=True,
            )
            try:
                self._watch(process)
            finally:
                _end(process)
            output.seek(0)
            said = output.read().decode()
        if process.returncode:
            raise self._failed(process.returncode, said)
        return said

    def _watch(self, process: subprocess.Popen[bytes]) -> None:
        while True:
            try:
                process.wait(TICK)
            except subprocess.TimeoutExpired:
                self._report.tick(self._log.read_bytes().count(b"\n"))
            else:
                return

    def _failed(self, code: int, said: str) -> SandboxError:
        lines = [*self._log.read_text(errors="replace").splitlines(), *said.splitlines()]
        return SandboxError(
            f"{self._title} failed with exit code {code}",
            *lines[-LAST_LINES:],
            f"The whole log: {self._log}",
        )


def _end(process: subprocess.Popen[bytes]) -> None:
    """End a command that still runs, and all that it has started."""
    if process.poll() is not None:
        return
    os.killpg(process.pid, signal.SIGTERM)
    try:
        process.wait(END)
    except subprocess.TimeoutExpired:
        os.killpg(process.pid, signal.SIGKILL)
        process.wait()
