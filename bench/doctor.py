"""How long `python -m checks` takes, for a stack that has made nothing yet."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

from sandbox.errors import SandboxError
from sandbox.stack import Stack

MOST = 1.5
"""Seconds that all rules take, side by side."""


def measure(environment: Mapping[str, str], settings: Mapping[str, Any], rounds: int) -> float:
    """Give the seconds that it says it took, as a median.

    Args:
        environment: Of the CLI.
        settings: Of the stack, which has made nothing.
        rounds: How often it is asked.
    """
    with TemporaryDirectory(prefix="bench-doctor-") as folder:
        stack = Stack.make(Path(folder), environment, settings, name="bench")
        return median(_asked(stack) for _ in range(rounds))


def line(seconds: float) -> str:
    """Say it in a line."""
    met = "[green]met" if seconds <= MOST else "[red]missed"
    return f"the doctor: {seconds:.1f} s, at most {MOST} s: {met}"


def _asked(stack: Stack) -> float:
    done = stack.module("checks")
    if done.returncode:
        raise SandboxError("the doctor found something", *done.stdout.splitlines()[-3:])
    return float(done.stdout.split()[-2])
