"""Two environments with one server and one cluster: the second is refused before it changes any."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database, refused


@pytest.fixture
def second(tmp_path: Path, environment: dict[str, str], settings: dict[str, Any]) -> Stack:
    """Another stack of the program, in a namespace where nothing of the first one is."""
    elsewhere = {**settings, "namespace": "kube-public"}  # every cluster has it
    return Stack.make(tmp_path, environment, elsewhere, "second")


def test_a_second_stack_on_the_server_is_refused_before_its_first_change(
    stack: Stack, second: Stack, environment: dict[str, str], database: Database
) -> None:
    line = refused(second.preview_and_up(ok=False), second)
    assert "external-mysql:adopt: the database test exists already" in line
    assert Kubectl(environment, "kube-public").names("serviceentry") == set()
    assert database.rows() == {1: 5, 2: 4}


def test_a_second_stack_in_the_namespace_is_refused_before_its_first_change(
    stack: Stack, second: Stack, cluster: Kubectl
) -> None:
    second.set(namespace=cluster.namespace)
    run = second.preview_and_up(ok=False)
    assert second.resources() == []
    assert [error for error in run.errors if "exists already" in error]
    stack.up("--refresh", "--expect-no-changes")
