"""Who waits sees what is being done, on a terminal and in a log."""

from __future__ import annotations

import io

import pytest
from rich.console import Console

from sandbox import progress
from sandbox.progress import Progress

CURSOR_BACK = "\x1b[?25h"
"""What a terminal is told when the live lines go."""


@pytest.fixture
def console() -> Console:
    return Console(file=io.StringIO(), width=80)


def lines(console: Console) -> list[str]:
    assert isinstance(console.file, io.StringIO)
    return console.file.getvalue().splitlines()


def test_a_log_has_a_line_now_and_then(console: Console, monkeypatch: pytest.MonkeyPatch) -> None:
    shown = Progress(console)
    with shown.shown(), shown.step("building thing") as step:
        step.waits_for("too soon")
        monkeypatch.setattr(progress, "HEARTBEAT", 0.0)
        step.waits_for("k8s.io/api [core]")
    assert [" ".join(line.split()) for line in lines(console)] == [
        "building thing 0.0 s so far: k8s.io/api [core]",
        "✓ building thing 0.0 s",
    ]


def test_what_was_in_place_is_not_worth_a_line(console: Console) -> None:
    shown = Progress(console)
    with shown.shown(), shown.step("network") as step:
        step.changed = False
    assert lines(console) == []
    assert shown.changes == 0


def test_what_is_shown_in_one_thread_stays_where_another_one_ends() -> None:
    drawn = io.StringIO()
    shown = Progress(Console(file=drawn, force_terminal=True, width=80))
    with shown.shown():
        with shown.shown(), shown.step("short"):
            pass
        assert CURSOR_BACK not in drawn.getvalue()
    assert CURSOR_BACK in drawn.getvalue()
