"""Shows what is being made or made ready, and how long each has taken so far."""

from __future__ import annotations

import time
from contextlib import contextmanager
from threading import Lock
from typing import TYPE_CHECKING, Final, Self

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

if TYPE_CHECKING:
    from collections.abc import Iterator


HEARTBEAT: Final = 30.0
"""Seconds between two lines about a step where there is no terminal."""


class Step:
    """One line of the progress: a part, and what it is waiting for."""

    def __init__(self, console: Console, bars: Bars, name: str) -> None:
        self._console = console
        self._bars = bars
        self._name = name
        self._task = bars.add_task("", name=name, total=None)
        self._started = self._said = time.monotonic()
        self.changed = True
        """Whether anything was done; set it to False where all was in place."""

    @property
    def seconds(self) -> float:
        """How long it has taken so far."""
        return time.monotonic() - self._started

    def waits_for(self, what: str) -> None:
        """Says what is missing still, or how far it has come."""
        self._bars.update(self._task, description=escape(what))
        if not self._console.is_terminal and time.monotonic() - self._said >= HEARTBEAT:
            self._said = time.monotonic()
            line = f"  {self._name:<26} {self.seconds:6.1f} s so far{f': {what}' if what else ''}"
            self._console.print(line, highlight=False, markup=False, soft_wrap=True)

    def close(self) -> None:
        """Takes the line away."""
        self._bars.remove_task(self._task)


class Progress:
    """Progress of several steps side by side, on a terminal live, elsewhere a line now and then.

    What was in place already is not worth a line.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.fields[name]:<26}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.description}", table_column=Column(no_wrap=True)),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self._watchers = 0
        self._lock = Lock()
        self.changes = 0
        """How many steps changed something."""

    @contextmanager
    def shown(self) -> Iterator[Self]:
        """Shows the live lines for as long as it lasts, in whichever threads."""
        with self._lock:
            self._watchers += 1
            self._bars.start()
        try:
            yield self
        finally:
            with self._lock:
                self._watchers -= 1
                if not self._watchers:
                    self._bars.stop()

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Shows a step while it lasts, and that it is done unless it had nothing to do."""
        step = Step(self._console, self._bars, name)
        try:
            yield step
        finally:
            step.close()
        if step.changed:
            self.changes += 1
            self._console.print(f"[green]✓[/] {escape(name):<26} [dim]{step.seconds:6.1f} s")

    def say(self, line: str) -> None:
        """Prints a line above the live ones."""
        self._console.print(line)
