"""How long a ServiceEntry takes to act, as step 4 of the story measures it."""

from __future__ import annotations

from statistics import median
from typing import Any

from rich.table import Table

from demo.story import Switched

MOST = 0.5
"""Seconds, of the median."""


def as_json(switched: Switched) -> dict[str, Any]:
    """Write it for a machine; seconds."""
    off, on = _seconds(switched)
    met = all(median(seconds) <= MOST for seconds in (off, on))
    return {"name": "time to effect", "off": off, "on": on, "most": MOST, "met": met}


def table(switched: Switched) -> Table:
    """Show the medians and the extremes in milliseconds, and whether the target is met."""
    shown = Table(title="A ServiceEntry takes effect", title_justify="left")
    for heading in ("", "median", "least", "most", "at most", ""):
        shown.add_column(heading, justify="left" if heading == "" else "right")
    for name, seconds in zip(("taken away", "put back"), _seconds(switched), strict=True):
        shown.add_row(
            name,
            *(f"{1000 * each:.0f} ms" for each in (median(seconds), min(seconds), max(seconds))),
            f"{1000 * MOST:.0f} ms",
            "[green]met" if median(seconds) <= MOST else "[red]missed",
        )
    return shown


def _seconds(switched: Switched) -> tuple[list[float], list[float]]:
    off, on = ([effect.seconds for effect in each] for each in (switched.off, switched.on))
    return off, on
