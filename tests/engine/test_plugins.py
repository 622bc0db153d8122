"""The engine's plugins end with it, also where it is killed or where SIGINT is ignored."""

from __future__ import annotations

import os
import select
import subprocess
import time
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.stack import in_sandbox

PROGRAM = """\
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Blocked(ResourceProvider):
    def create(self, props):
        open(props["pipe"]).read()
        return CreateResult("blocked", props)


class Block(Resource):
    def __init__(self):
        super().__init__(Blocked(), "block", {"pipe": "PIPE"})


Block()
"""
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
def pipe(tmp_path: Path) -> Path:
    """What the program's one resource reads while it is made."""
    path = tmp_path / "pipe"
    os.mkfifo(path)
    return path


@pytest.fixture
def folder(tmp_path: Path, environment: dict[str, str], pipe: Path) -> Path:
    """A program with a stack."""
    (tmp_path / "Pulumi.yaml").write_text("name: blocked\nruntime: python\n")
    (tmp_path / "__main__.py").write_text(PROGRAM.replace("PIPE", str(pipe)))
    pulumi = ["pulumi", "stack", "init", "test"]
    subprocess.run(pulumi, cwd=tmp_path, env=environment, check=True, capture_output=True)
    return tmp_path


def descendants(pid: int) -> Iterator[int]:
    for task in Path(f"/proc/{pid}/task").iterdir():
        for child in map(int, (task / "children").read_text().split()):
            yield child
            yield from descendants(child)


def test_nothing_outlives_an_engine_that_is_killed(
    folder: Path, environment: dict[str, str], pipe: Path
) -> None:
    engine = subprocess.Popen(
        ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive"],
        cwd=folder,
        env=environment,
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    with pipe.open("w"):  # from here on the resource is being made
        watched = {os.pidfd_open(pid): pid for pid in descendants(engine.pid)}
        assert len(watched) > 2, "language host, program, dynamic provider"
        engine.kill()
        engine.wait()
        for end, pid in watched.items():
            assert select.select([end], [], [], ENDS_IN)[0], f"{pid} stays"
            os.close(end)


def test_no_plugin_is_waited_for_where_sigint_is_ignored(
    folder: Path, environment: dict[str, str]
) -> None:
    def seconds(shell: str) -> float:
        start = time.monotonic()
        command = ["sh", "-c", f"{shell} exec pulumi preview --non-interactive"]
        subprocess.run(command, cwd=folder, env=environment, check=True, capture_output=True)
        return time.monotonic() - start

    pairs = [(seconds(""), seconds("trap '' INT;")) for _ in range(2)]
    assert min(ignored - usual for usual, ignored in pairs) < CUT_OFF / 2
