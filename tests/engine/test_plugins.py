"""The engine's plugins end with it, also where it is killed or where SIGINT is ignored."""

from __future__ import annotations

import os
import select
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack import in_sandbox
from tests.engine.blocked import Program

ENDS_IN = 10
"""Seconds until a process counts as one that stays."""
CUT_OFF = 5
"""Seconds that the engine gives a plugin to end, before it kills it."""


@pytest.fixture
def environment(tmp_path: Path) -> dict[str, str]:
    return {
        **in_sandbox(),
        "PULUMI_BACKEND_URL": f"file://{tmp_path}",
        "PULUMI_CONFIG_PASSPHRASE": "plugin tests",
    }


@pytest.fixture
def program(tmp_path: Path, environment: dict[str, str]) -> Program:
    return Program.make(tmp_path, environment)


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from descendants(child)


def test_nothing_outlives_an_engine_that_is_killed(program: Program) -> None:
    with program.blocked() as (engine, _):
        watched = {os.pidfd_open(pid): pid for pid in descendants(engine.pid)}
        assert len(watched) > 2, "language host, program, dynamic provider"
        engine.kill()
        engine.wait()
        for end, pid in watched.items():
            assert select.select([end], [], [], ENDS_IN)[0], f"{pid} stays"
            os.close(end)


def test_no_plugin_is_waited_for_where_sigint_is_ignored(program: Program) -> None:
    def seconds(shell: str) -> float:
        start = time.monotonic()
        program.run("sh", "-c", f"{shell} exec pulumi preview --non-interactive", check=True)
        return time.monotonic() - start

    pairs = [(seconds(""), seconds("trap '' INT;")) for _ in range(2)]
    assert min(ignored - usual for usual, ignored in pairs) < CUT_OFF / 2
