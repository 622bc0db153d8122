"""What is kept in the cache is complete, whatever happened while it was made."""

from __future__ import annotations

from concurrent.futures import ThreadPoolExecutor
from pathlib import Path

import pytest

from sandbox.cache import Entry


@pytest.fixture(autouse=True)
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(tmp_path))
    return tmp_path


def interrupted(folder: Path) -> None:
    (folder / "half").touch()
    raise KeyboardInterrupt


def test_a_thing_is_made_once() -> None:
    made: list[Path] = []
    entries = [Entry("tool", "recipe").ensure(made.append) for _ in range(2)]
    assert len(made) == 1
    assert entries[0] == entries[1]
    assert entries[0].is_dir()


def test_another_recipe_is_another_thing() -> None:
    assert Entry("tool", "one").folder != Entry("tool", "two").folder


def test_an_interrupted_make_leaves_nothing_that_is_taken_for_the_thing() -> None:
    entry = Entry("tool", "recipe")
    with pytest.raises(KeyboardInterrupt):
        entry.ensure(interrupted)
    assert not entry.is_there
    entry.ensure(lambda folder: (folder / "whole").touch())
    assert [file.name for file in entry.folder.iterdir()] == ["whole"]


def test_two_that_want_it_at_once_make_it_once() -> None:
    made: list[Path] = []
    entry = Entry("tool", "recipe")
    with ThreadPoolExecutor() as pool:
        list(pool.map(lambda _: entry.ensure(made.append), range(8)))
    assert len(made) == 1
