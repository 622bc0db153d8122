"""What is slow to make is made once a machine, in a folder that all clones share."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from typing import TYPE_CHECKING

from sandbox import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


def folder(name: str, recipe: str) -> Path:
    """The folder of a thing made by a recipe; it exists once the thing is complete.

    Args:
        name: What the thing is called.
        recipe: All that decides what comes out; another recipe is another folder.
    """
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    return layout.cache() / f"{name}-{digest}"


def entry(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The folder of a thing made by a recipe, made now if it is not there.

    It is made under another name and renamed when it is complete: what an interrupted run leaves
    is never taken for the thing. Another process that wants the same one waits for it.

    Args:
        name: What the thing is called.
        recipe: All that decides what comes out.
        make: Makes the thing in the empty folder that it is given.
    """
    complete = folder(name, recipe)
    if complete.exists():
        return complete
    unfinished = complete.with_name(f".{complete.name}.unfinished")
    with locked(complete.with_name(f".{complete.name}.lock")):
        if not complete.exists():
            if unfinished.exists():
                shutil.rmtree(unfinished)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(complete)
    return complete


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Holds a lock that is shared by all processes, and ends with the process that holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
