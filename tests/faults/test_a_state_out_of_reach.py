"""The bucket with the state is gone in the middle of a run, for longer than the engine waits."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.stack import Stack
from tests.engine.bucket import Bucket, bucket
from tests.engine.parts import Database
from tests.engine.running import running


@pytest.fixture
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with bucket(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture
def stack(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any], s3: Bucket
) -> Stack:
    at = s3.environment("program")
    return Stack.make(tmp_path, {**environment, **at}, settings, backend=at["PULUMI_BACKEND_URL"])


@pytest.mark.parametrize("last", ["owner", "database-ratings", "ratings-v2-mysql"])
def test_a_run_that_lost_its_state_is_told_and_the_next_one_goes_on_from_there(
    last: str, stack: Stack, s3: Bucket, database: Database
) -> None:
    with running(stack) as first:
        first.until("resOutputsEvent", f"::{last}")
        s3.stop()
        code, said = first.end()
        s3.start()
    assert code != 0
    assert "failed to save snapshot" in said

    assert "currently locked by 1 lock(s)" in stack.up(ok=False).text
    unlocked = stack.module("recover", "unlock", "--stack", stack.name)
    assert unlocked.returncode == 0, unlocked.stderr
    assert unlocked.stdout.startswith("removed the lock of ")

    stack.up()
    stack.up("--refresh", "--expect-no-changes")
    assert database.rows() == {1: 5, 2: 4}
    stack.destroy()
    assert "test" not in database.schemas()
    assert "bookinfo" not in database.accounts()
