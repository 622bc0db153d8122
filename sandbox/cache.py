"""What is slow to make is made once a machine, in a folder that all clones share."""

from __future__ import annotations

import fcntl
import hashlib
import shutil
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING

from sandbox import layout

if TYPE_CHECKING:
    from collections.abc import Callable, Iterator
    from pathlib import Path


@dataclass(frozen=True)
class Entry:
    """A thing in the cache.

    Args:
        name: What it is called.
        recipe: All that decides what comes out; another recipe is another entry.
    """

    name: str
    recipe: str

    @property
    def folder(self) -> Path:
        """Where it is, once it is complete."""
        digest = hashlib.sha256(self.recipe.encode()).hexdigest()[:16]
        return layout.cache() / f"{self.name}-{digest}"

    @property
    def is_there(self) -> bool:
        """Whether it is complete."""
        return self.folder.exists()

    def ensure(self, make: Callable[[Path], None]) -> Path:
        """Makes it unless it is there; another process that wants it too waits.

        It is made under another name and renamed when it is complete, so that what an
        interrupted run leaves is never taken for the thing.

        Args:
            make: Makes it in the empty folder that it is given.

        Returns:
            Its folder.
        """
        folder = self.folder
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
    """Holds a lock that is shared by all processes, and ends with the process that holds it.

    Who waited while its folder was removed waits for the new one: a file that is gone locks nobody.
    """
    while True:
        file.parent.mkdir(parents=True, exist_ok=True)
        with file.open("w") as lock:
            fcntl.flock(lock, fcntl.LOCK_EX)
            if file.exists() and file.samefile(f"/proc/self/fd/{lock.fileno()}"):
                yield
                return
