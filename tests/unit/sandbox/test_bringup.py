"""Parts come up in the order of their needs; one that does not is named with its last words."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

import pytest
from rich.console import Console

from sandbox import bringup
from sandbox.bringup import bring_up
from sandbox.errors import SandboxError
from sandbox.layout import Paths
from sandbox.parts import Part
from sandbox.processes import Program, Supervisor
from sandbox.progress import Progress


class Steps:
    """Steps that are done once, and the order in which they were."""

    def __init__(self) -> None:
        self.done: list[str] = []

    def step(self, name: str, *needs: str) -> Part:
        return Part(
            name,
            lambda: None if name in self.done else "not done yet",
            begin=lambda: self.done.append(name),
            needs=needs,
        )


@pytest.fixture
def steps() -> Steps:
    return Steps()


@pytest.fixture
def progress() -> Progress:
    return Progress(Console(quiet=True))


@pytest.fixture
def paths(tmp_path: Path) -> Iterator[Paths]:
    paths = Paths(tmp_path)
    paths.run.mkdir()
    paths.logs.mkdir()
    yield paths
    Supervisor(paths).shutdown()


def test_what_is_needed_comes_first(steps: Steps, progress: Progress, paths: Paths) -> None:
    bring_up(
        [steps.step("roof", "walls"), steps.step("walls", "ground"), steps.step("ground")],
        paths,
        progress,
    )
    assert steps.done == ["ground", "walls", "roof"]
    assert progress.changes == len(steps.done)


def test_what_is_ready_is_left_alone(steps: Steps, progress: Progress, paths: Paths) -> None:
    steps.done.append("ground")
    bring_up([steps.step("ground")], paths, progress)
    assert steps.done == ["ground"]
    assert progress.changes == 0


def test_a_part_that_never_gets_ready_is_named_with_what_it_lacks(
    steps: Steps, progress: Progress, paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(bringup, "PATIENCE", 0)
    stuck = Part("stuck", lambda: "no answer from 127.0.0.1:1")
    with pytest.raises(SandboxError, match=r"stuck is not ready; .* no answer from 127.0.0.1:1"):
        bring_up([stuck, steps.step("after", "stuck")], paths, progress)
    assert steps.done == []


def test_a_server_that_ends_at_once_is_named_with_its_last_words(
    progress: Progress, paths: Paths
) -> None:
    broken = Program("broken", ("sh", "-c", "echo no such flag; exit 2"))
    Supervisor(paths).ensure([broken])
    with pytest.raises(SandboxError, match="broken is not ready") as error:
        bring_up([Part("broken", lambda: "no answer", program=broken)], paths, progress)
    hints = "\n".join(error.value.hints)
    assert "no such flag" in hints
    assert str(paths.log("broken")) in hints


def test_a_dead_server_is_started_again(progress: Progress, paths: Paths) -> None:
    sleeper = Program("sleeper", ("sleep", "600"))
    part = Part("sleeper", lambda: None, program=sleeper)
    supervisor = Supervisor(paths)
    supervisor.ensure([sleeper])
    bring_up([part], paths, progress)
    supervisor.stop("sleeper")
    bring_up([part], paths, progress)
    assert supervisor.states()["sleeper"].is_up
    assert progress.changes == 2
