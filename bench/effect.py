"""How long a ServiceEntry takes to act: from the API server's answer to the first changed one."""

from __future__ import annotations

from dataclasses import dataclass, field
from statistics import median
from typing import Any

from rich.table import Table

from demo.entry import Entry
from demo.stage import Place
from demo.watch import until_effect
from sandbox.layout import HERE

MOST = 0.5
"""Seconds, of the median."""


@dataclass(frozen=True)
class Effects:
    """Seconds to effect, run by run.

    Attributes:
        off: Until ratings could not be read any more.
        on: Until they could be read again.
    """

    off: list[float] = field(default_factory=list)
    on: list[float] = field(default_factory=list)

    def as_json(self) -> dict[str, Any]:
        """Write it for a machine; seconds."""
        met = all(median(seconds) <= MOST for seconds in (self.off, self.on))
        return {"name": "time to effect", "off": self.off, "on": self.on, "most": MOST, "met": met}


def measure(place: Place, runs: int) -> Effects:
    """Take the ServiceEntry away and put it back, while its pod is asked for ratings."""
    effects, pod = Effects(), place.pod()
    entry = Entry(HERE.kubeconfig, place.kubectl.namespace)
    try:
        for _ in range(runs):
            off = until_effect(entry.delete, pod.ratings, lambda answer: not answer.ratings)
            on = until_effect(entry.apply, pod.ratings, lambda answer: bool(answer.ratings))
            effects.off.append(off.seconds)
            effects.on.append(on.seconds)
    finally:
        entry.close()
    return effects


def table(effects: Effects) -> Table:
    """Show the medians and the extremes in milliseconds, and whether the target is met."""
    shown = Table(title="A ServiceEntry takes effect", title_justify="left")
    for heading in ("", "median", "least", "most", "at most", ""):
        shown.add_column(heading, justify="left" if heading == "" else "right")
    for name, seconds in (("taken away", effects.off), ("put back", effects.on)):
        shown.add_row(
            name,
            *(f"{1000 * each:.0f} ms" for each in (median(seconds), min(seconds), max(seconds))),
            f"{1000 * MOST:.0f} ms",
            "[green]met" if median(seconds) <= MOST else "[red]missed",
        )
    return shown
