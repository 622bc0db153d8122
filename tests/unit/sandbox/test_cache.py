"""What is kept in the cache is complete, whatever happened while it was made."""

from __future__ import annotations

import fcntl
import shutil
from concurrent.futures import ThreadPoolExecutor
from pathlib import Path
from threading import Event

import pytest

from sandbox.cache import Entry, locked


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


def test_a_lock_that_was_removed_while_it_was_waited_for_is_taken_anew(
    cache: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file, opened, flock = cache / "folder" / "lock", Event(), fcntl.flock

    def locks(lock: int, operation: int) -> None:
        opened.set()
        flock(lock, operation)

    def takes_it() -> bool:
        with locked(file):
            return file.exists()

    with ThreadPoolExecutor() as pool:
        with locked(file):
            monkeypatch.setattr(fcntl, "flock", locks)
            waits = pool.submit(takes_it)
            opened.wait()
            shutil.rmtree(file.parent)
        assert waits.result()
