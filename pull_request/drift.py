"""Drift: the two questions, each with a command of its own."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from pull_request.engine import run
from pull_request.report import Report, report

REALITY = "Is all as the state says?"
PROGRAM = "Is the state as the program says?"


def answers(
    stack: str, folder: Path | None = None, environment: Mapping[str, str] | None = None
) -> list[tuple[str, Report]]:
    """Ask whether reality is as the state says, and whether the state is as the program says.

    Nothing is changed by either, the state neither.
    """
    look = run(stack, "refresh", "--preview-only", folder=folder, environment=environment)
    compare = run(stack, "preview", folder=folder, environment=environment)
    return [(REALITY, report(look, found=True)), (PROGRAM, report(compare))]
