"""Shows which parts are being made ready, and how long each has taken so far."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Self

from rich.console import Console
from rich.progress import Progress as Bars
from rich.progress import SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator


class Step:
    """One line of the progress: a part, and what it is waiting for."""

    def __init__(self, bars: Bars, name: str) -> None:
        self._bars = bars
        self._task = bars.add_task("", name=name, total=None)
        self.changed = True
        """Whether anything was done; set it to False where all was in place."""

    def waits_for(self, what: str) -> None:
        """Says what is missing still."""
        self._bars.update(self._task, description=what)

    def close(self) -> None:
        """Takes the line away."""
        self._bars.remove_task(self._task)


class Progress:
    """Progress of several steps side by side, on a terminal live, elsewhere a line each.

    What was in place already is not worth a line.
    """

    def __init__(self, console: Console | None = None) -> None:
        self._console = console or Console()
        self._bars = Bars(
            SpinnerColumn(),
            TextColumn("{task.fields[name]:<26}"),
            TimeElapsedColumn(),
            TextColumn("[dim]{task.description}"),
            console=self._console,
            transient=True,
            disable=not self._console.is_terminal,
        )
        self.changes = 0
        """How many steps changed something."""

    @contextmanager
    def shown(self) -> Iterator[Self]:
        """Shows the live lines for as long as it lasts."""
        with self._bars:
            yield self

    @contextmanager
    def step(self, name: str) -> Iterator[Step]:
        """Shows a step while it lasts, and that it is done unless it had nothing to do."""
        started = time.monotonic()
        step = Step(self._bars, name)
        try:
            yield step
        finally:
            step.close()
        if step.changed:
            self.changes += 1
            seconds = time.monotonic() - started
            self._console.print(f"[green]✓[/] {name:<26} [dim]{seconds:6.1f} s")

    def say(self, line: str) -> None:
        """Prints a line above the live ones."""
        self._console.print(line)
