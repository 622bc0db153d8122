"""Two ways to do one thing, each on the clock, pair by pair."""

from __future__ import annotations

from dataclasses import dataclass
from statistics import median
from typing import Any

from rich.table import Table

_SHORT = 0.1
"""Seconds: less is shown in milliseconds."""


@dataclass(frozen=True)
class Comparison:
    """What was measured.

    Attributes:
        name: What was done.
        one: Seconds that the one way took, run by run.
        other: Seconds that the other way took, each right after its twin in `one`.
        most: The highest ratio that is good enough; None where nothing is asked.
    """

    name: str
    one: list[float]
    other: list[float]
    most: float | None = None

    @property
    def ratio(self) -> float:
        """The median of the ratios within the pairs: what slows both down is in neither."""
        return median(a / b for a, b in zip(self.one, self.other, strict=True))

    @property
    def is_met(self) -> bool | None:
        """Whether the ratio is good enough; None where nothing is asked."""
        return None if self.most is None else self.ratio <= self.most

    def as_json(self) -> dict[str, Any]:
        """Write it for a machine; seconds."""
        return {
            "name": self.name,
            "one": self.one,
            "other": self.other,
            "ratio": self.ratio,
            "most": self.most,
            "met": self.is_met,
        }


def table(title: str, one: str, other: str, comparisons: list[Comparison]) -> Table:
    """Show comparisons side by side: medians in seconds, and whether the target is met."""
    shown = Table(title=title, title_justify="left")
    for heading in ("", one, other, "ratio", "at most", ""):
        shown.add_column(heading, justify="left" if heading == "" else "right")
    for c in comparisons:
        shown.add_row(
            c.name,
            _shown(median(c.one)),
            _shown(median(c.other)),
            f"{c.ratio:.2f}",
            "" if c.most is None else f"{c.most:.2f}",
            {True: "[green]met", False: "[red]missed", None: ""}[c.is_met],
        )
    return shown


def _shown(seconds: float) -> str:
    return f"{seconds:.2f} s" if seconds >= _SHORT else f"{1000 * seconds:.1f} ms"
