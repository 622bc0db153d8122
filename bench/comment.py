"""What the comment of a pull request costs over the preview that it tells of."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from rich.table import Table

from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT
from sandbox.stack import Stack

MOST = 0.3
"""Seconds, of the median."""
ONE_ROW = {"1": 1}


@dataclass(frozen=True)
class Cost:
    """Seconds of both commands, run by run, each right after its twin."""

    preview: Sequence[float]
    comment: Sequence[float]

    @property
    def seconds(self) -> float:
        """The median of the differences within the pairs."""
        return median(b - a for a, b in zip(self.preview, self.comment, strict=True))

    def as_json(self) -> dict[str, Any]:
        """Write it for a machine; seconds."""
        return {
            "name": "comment",
            "preview": list(self.preview),
            "comment": list(self.comment),
            "over": self.seconds,
            "most": MOST,
            "met": self.seconds <= MOST,
        }


def measure(environment: Mapping[str, str], settings: Mapping[str, Any], pairs: int) -> Cost:
    """Bring a stack up, change one row, and preview it with and without the comment.

    Args:
        environment: Of the CLI.
        settings: Of the stack.
        pairs: How often each is run; one pair more goes first and is not counted.
    """
    with TemporaryDirectory(prefix="bench-comment-") as folder:
        stack = Stack.make(Path(folder), environment, settings, name="bench")
        stack.up()
        try:
            stack.set(ratings=ONE_ROW)
            output = Path(folder, "comment.md")
            with_it = [sys.executable, "-m", "pull_request", "preview", "--stack=bench"]
            found = [
                (
                    _timed(stack, ["pulumi", "preview", "--diff", "--non-interactive"]),
                    _timed(stack, [*with_it, f"--output={output}"]),
                )
                for _ in range(pairs + 1)
            ]
        finally:
            stack.destroy()
    return Cost([a for a, _ in found[1:]], [b for _, b in found[1:]])


def _timed(stack: Stack, command: Sequence[str]) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        command,
        cwd=stack.folder,
        env={**stack.environment, "PYTHONPATH": str(CHECKOUT)},
        capture_output=True,
        text=True,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise SandboxError(f"`{' '.join(command)}` failed", *done.stderr.splitlines()[-3:])
    return seconds


def table(cost: Cost) -> Table:
    """Show the medians, and whether the target is met."""
    shown = Table(title="A pull request's comment", title_justify="left")
    for heading in ("", "preview", "comment", "over", "at most", ""):
        shown.add_column(heading, justify="left" if heading == "" else "right")
    shown.add_row(
        "one changed row",
        *(f"{median(each):.2f} s" for each in (cost.preview, cost.comment)),
        f"{cost.seconds:.2f} s",
        f"{MOST:.2f} s",
        "[green]met" if cost.seconds <= MOST else "[red]missed",
    )
    return shown
