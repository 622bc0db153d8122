"""Shows that something long is under way: live on a terminal, elsewhere now and then a line."""

from __future__ import annotations

import time
from contextlib import contextmanager
from typing import TYPE_CHECKING, Final

from rich.console import Console
from rich.progress import BarColumn, Progress, SpinnerColumn, TextColumn, TimeElapsedColumn

if TYPE_CHECKING:
    from collections.abc import Iterator

HEARTBEAT: Final = 30.0
"""Seconds between two lines where there is no terminal."""


class Report:
    """How far one thing has come.

    Args:
        title: What is being done.
        console: Where it is shown.
    """

    def __init__(self, title: str, console: Console) -> None:
        self.total: int | None = None
        self._title = title
        self._console = console
        self._started = self._said = time.monotonic()
        self._bars = Progress(
            SpinnerColumn(),
            TextColumn("{task.description}"),
            BarColumn(bar_width=24),
            TimeElapsedColumn(),
            console=console,
            transient=True,
            disable=not console.is_terminal,
        )
        self._task = self._bars.add_task(title, total=None)

    @contextmanager
    def shown(self) -> Iterator[Report]:
        """Shown for as long as it lasts."""
        if not self._console.is_terminal:
            self._console.print(f"{self._title} ...", highlight=False, soft_wrap=True)
        with self._bars:
            yield self
        self._console.print(
            f"{self._title}: done in {self._took()}", highlight=False, soft_wrap=True
        )

    def tick(self, done: int) -> None:
        """Show how far it has come.

        Args:
            done: Steps done, of :attr:`total` where that is known.
        """
        self._bars.update(self._task, completed=done, total=self.total)
        now = time.monotonic()
        if not self._console.is_terminal and now - self._said >= HEARTBEAT:
            self._said = now
            far = f", {min(done, self.total)} of {self.total} packages" if self.total else ""
            self._console.print(
                f"{self._title}: {self._took()} so far{far}", highlight=False, soft_wrap=True
            )

    def _took(self) -> str:
        minutes, seconds = divmod(round(time.monotonic() - self._started), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"


@contextmanager
def on(title: str) -> Iterator[Report]:
    """A report on standard error, which leaves standard output to what was asked for."""
    with Report(title, Console(stderr=True)).shown() as report:
        yield report
