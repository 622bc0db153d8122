"""Two stacks with one server come up at the same moment: neither is there when the other looks."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.stack import Run, Stack
from tests.engine.parts import Database


@pytest.fixture
def elsewhere(environment: dict[str, str]) -> Iterator[Kubectl]:
    with Kubectl(environment, "engine-elsewhere").fresh_namespace() as elsewhere:
        yield elsewhere


def test_one_stands_at_most_and_the_other_leaves_it_alone(
    tmp_path: Path,
    environment: dict[str, str],
    settings: dict[str, Any],
    elsewhere: Kubectl,
    database: Database,
) -> None:
    stacks = []
    for name, namespace in (("one", settings["namespace"]), ("other", elsewhere.namespace)):
        (tmp_path / name).mkdir()
        own = {**settings, "namespace": namespace}
        stacks.append(Stack.make(tmp_path / name, environment, own, name))

    def up(stack: Stack) -> Run | None:
        try:
            return stack.up()
        except SandboxError:
            return None

    with ThreadPoolExecutor(len(stacks)) as pool:
        runs = list(pool.map(up, stacks))
    stand = [stack for stack, run in zip(stacks, runs, strict=True) if run]
    assert len(stand) <= 1
    for stack in stacks:
        if stack not in stand and stack.resources():
            stack.destroy()
    for stack in stand:
        stack.up("--refresh", "--expect-no-changes")
        assert database.rows() == {1: 5, 2: 4}
        stack.destroy()
    assert "test" not in database.schemas()
    assert "bookinfo" not in database.accounts()
