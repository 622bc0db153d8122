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


def entry(name: str, recipe: str, make: Callable[[Path], None]) -> Path:
    """The cache's folder for a thing made by a recipe; made now if it is not there.

    It is made under another name and renamed when it is complete: what an interrupted run leaves
    is never taken for the thing. Another process that wants the same one waits for it.

    Args:
        name: What the thing is called.
        recipe: All that decides what comes out; another recipe is another entry.
        make: Makes the thing in the empty folder that it is given.
    """
    digest = hashlib.sha256(recipe.encode()).hexdigest()[:16]
    folder = layout.cache() / f"{name}-{digest}"
    if folder.exists():
        return folder
    unfinished = folder.with_name(f".{folder.name}.unfinished")
    with locked(folder.with_name(f".{folder.name}.lock")):
        if not folder.exists():
            if unfinished.exists():
                shutil.rmtree(unfinished)
            unfinished.mkdir()
            make(unfinished)
            unfinished.rename(folder)
    return folder


@contextmanager
def locked(file: Path) -> Iterator[None]:
    """Holds a lock that is shared by all processes, and ends with the process that holds it."""
    file.parent.mkdir(parents=True, exist_ok=True)
    with file.open("w") as lock:
        fcntl.flock(lock, fcntl.LOCK_EX)
        yield
