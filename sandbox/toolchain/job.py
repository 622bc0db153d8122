"""Long commands: their progress is shown, their output goes to a log, several run at once."""

from __future__ import annotations

import os
import signal
import subprocess
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor, as_completed
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event
from typing import Final

from rich.console import Console

from sandbox import layout
from sandbox.errors import SandboxError
from sandbox.processes import DIES_WITH_PARENT
from sandbox.progress import Progress, Step

TICK: Final = 0.5
"""Seconds between two looks at how far a command has come."""
LAST_LINES: Final = 15
"""How much of a log a person sees when a command has failed."""
END: Final = 10.0
"""Seconds that a command has to end in when it is told to."""
AT_ONCE: Final = 3
"""Jobs that run side by side: while one waits for downloads or links, others use the cores."""

PROGRESS: Final = Progress(Console(stderr=True))
"""Standard output is for what was asked for."""

_COMMAND: Final = "$ "
"""What a log has before a command."""
_given_up = Event()
"""Set where nobody waits any more for what the threads of :func:`at_once` make."""


def at_once(makers: Iterable[Callable[[], object]]) -> None:
    """Make several things side by side; where one fails, or at Ctrl-C, the others are given up.

    Args:
        makers: What makes them, by jobs.

    Raises:
        SandboxError: What the first that failed said.
    """
    with ThreadPoolExecutor(AT_ONCE) as pool:
        made = [pool.submit(maker) for maker in makers]
        try:
            for each in as_completed(made):
                each.result()
        except BaseException:
            _given_up.set()
            pool.shutdown(cancel_futures=True)
            _given_up.clear()
            raise


@dataclass(frozen=True)
class Job:
    """Several commands that together make one thing.

    Args:
        title: What they do, such as ``building pulumi``.
        log: Gets what they say.
        step: Its line of the progress.
    """

    title: str
    log: Path
    step: Step

    @classmethod
    @contextmanager
    def shown(cls, title: str, more: str = "") -> Iterator[Job]:
        """A job with its progress shown.

        Args:
            title: What it does.
            more: What a person may want to know besides.
        """
        log = layout.cache() / "logs" / f"{title.replace(' ', '-')}.log"
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_bytes(b"")
        with PROGRESS.shown(), PROGRESS.step(f"{title} ({more})" if more else title) as step:
            yield cls(title, log, step)

    def say(self, line: str) -> None:
        """Tell the person who waits something that does not end the job."""
        PROGRESS.say(line)

    def run(self, command: Sequence[Path | str], at: Path, variables: Mapping[str, str]) -> str:
        """Run a command to its end.

        Args:
            command: The program and its arguments.
            at: The folder to run it in.
            variables: Its environment.

        Returns:
            What it wrote to standard output.

        Raises:
            SandboxError: It failed, or nobody waits for it any more.
        """
        with self.log.open("ab") as log, self.log.with_suffix(".out").open("w+b") as output:
            log.write(f"{_COMMAND}{' '.join(map(str, command))}\n".encode())
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
                if _given_up.is_set():
                    raise SandboxError(f"{self.title} was given up") from None
                self.step.waits_for(_last_line(self.log))
            else:
                return

    def _failed(self, code: int, said: str) -> SandboxError:
        lines = [*self.log.read_text(errors="replace").splitlines(), *said.splitlines()]
        return SandboxError(
            f"{self.title} failed with exit code {code}",
            *lines[-LAST_LINES:],
            f"The whole log: {self.log}",
        )


def _last_line(log: Path) -> str:
    """The last that a command has said to its log."""
    last = log.read_text(errors="replace").splitlines()[-1]
    return "" if last.startswith(_COMMAND) else last


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
