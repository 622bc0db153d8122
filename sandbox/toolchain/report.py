"""Shows what is under way: live and side by side on a terminal, elsewhere a line now and then."""

from __future__ import annotations

import time
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock
from typing import Final

from rich.console import Console
from rich.markup import escape
from rich.progress import Progress, SpinnerColumn, TextColumn, TimeElapsedColumn
from rich.table import Column

HEARTBEAT: Final = 30.0
"""Seconds between two lines where there is no terminal."""

_console: Final = Console(stderr=True)  # standard output is for what was asked for
_bars: Final = Progress(
    SpinnerColumn(),
    TextColumn("{task.fields[title]}"),
    TimeElapsedColumn(),
    TextColumn("[dim]{task.description}", table_column=Column(no_wrap=True)),
    console=_console,
    transient=True,
    disable=not _console.is_terminal,
)
_lock: Final = Lock()
"""Threads show what they do in one place, which is there while anything is shown."""


class Report:
    """How far one thing has come.

    Args:
        title: What is being done.
    """

    def __init__(self, title: str) -> None:
        self._title = title
        self._started = self._said = time.monotonic()
        self._task = _bars.add_task("", title=title, total=None)

    @classmethod
    @contextmanager
    def shown(cls, title: str) -> Iterator[Report]:
        """Shown for as long as it lasts, and that it is done."""
        report = cls(title)
        with _lock:
            _bars.start()
        if not _console.is_terminal:
            report.say(f"{title} ...")
        try:
            yield report
        finally:
            with _lock:
                _bars.remove_task(report._task)
                if not _bars.tasks:
                    _bars.stop()
        report.say(f"{title}: done in {report._took()}")

    def is_at(self, place: str) -> None:
        """Show how far it has come.

        Args:
            place: The last that was said of it, if anything.
        """
        _bars.update(self._task, description=escape(place))
        now = time.monotonic()
        if not _console.is_terminal and now - self._said >= HEARTBEAT:
            self._said = now
            at = f", at {place}" if place else ""
            self.say(f"{self._title}: {self._took()} so far{at}")

    def say(self, line: str) -> None:
        """Show a line that stays."""
        _console.print(line, highlight=False, markup=False, soft_wrap=True)

    def _took(self) -> str:
        minutes, seconds = divmod(round(time.monotonic() - self._started), 60)
        return f"{minutes} min {seconds} s" if minutes else f"{seconds} s"
