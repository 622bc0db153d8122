"""Two environments with one server and one cluster: one stands, the other is refused whole."""

from __future__ import annotations

from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from typing import Any

import pytest

from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.stack import Run, Stack
from tests.engine.parts import Database, refused


@pytest.fixture(scope="module")
def elsewhere(environment: dict[str, str]) -> Iterator[Kubectl]:
    """A namespace of the second stack's own."""
    with Kubectl(environment, "engine-elsewhere").fresh_namespace() as elsewhere:
        yield elsewhere


@pytest.fixture
def second(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any], elsewhere: Kubectl
) -> Iterator[Stack]:
    """Another stack of the program, in that namespace."""
    there = {**settings, "namespace": elsewhere.namespace}
    stack = Stack.make(tmp_path, environment, there, "second")
    yield stack
    if stack.resources():
        stack.destroy()


def test_a_second_stack_on_the_server_is_refused_before_its_first_change(
    stack: Stack, second: Stack, elsewhere: Kubectl, database: Database
) -> None:
    line = refused(second.preview_and_up(ok=False), second)
    assert "database: test exists already" in line
    assert elsewhere.names("serviceentry") == set()
    assert database.rows() == {1: 5, 2: 4}
    stack.up("--refresh", "--expect-no-changes")


def test_a_second_stack_in_the_namespace_is_refused_before_its_first_change(
    stack: Stack, second: Stack, cluster: Kubectl
) -> None:
    second.set(namespace=cluster.namespace)
    run = second.preview_and_up(ok=False)
    assert second.resources() == []
    taken = [each for each in run.errors if "exists already" in each]
    assert taken
    stack.up("--refresh", "--expect-no-changes")


def test_of_two_that_come_up_at_once_one_stands_and_the_other_leaves_it_alone(
    stack: Stack, second: Stack, database: Database
) -> None:
    stack.destroy()
    both = (stack, second)

    def up(each: Stack) -> Run | None:
        try:
            return each.up()
        except SandboxError:
            return None

    with ThreadPoolExecutor(len(both)) as pool:
        runs = list(pool.map(up, both))
    stand = [each for each, run in zip(both, runs, strict=True) if run]
    for each in both:
        if each not in stand and each.resources():
            each.destroy()
    if stand:
        (one,) = stand
        one.up("--refresh", "--expect-no-changes")
        assert database.rows() == {1: 5, 2: 4}
        one.destroy()
    assert "test" not in database.schemas()
    assert "bookinfo" not in database.accounts()
    stack.up()
