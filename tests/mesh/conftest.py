"""The stage of the story: Bookinfo in a real mesh, two databases outside it, and our stacks."""

from __future__ import annotations

from collections.abc import Iterator

import pytest
from rich.console import Console

from demo.stage import TESTS, standing
from demo.story import Story
from tests.mesh.collided import OURS, Ground


@pytest.fixture(scope="package")
def story() -> Iterator[Story]:
    """Nothing of it is there before, and nothing after."""
    with standing(TESTS, Console(quiet=True), keep=False) as stage:
        yield Story(stage)


@pytest.fixture(scope="module")
def ground(story: Story) -> Iterator[Ground]:
    story.elsewhere.destroy()
    story.home.settle()
    with story.visitor("dialler", story.home) as dialler:
        ground = Ground(story, dialler)
        ground.comes_to(OURS)
        yield ground


def pytest_terminal_summary(terminalreporter: pytest.TerminalReporter) -> None:
    """Print what tests have measured; how long something takes is no reason to fail."""
    for report in terminalreporter.getreports("passed"):
        for name, value in report.user_properties:
            terminalreporter.write_line(f"{name}: {value}")
