"""How much memory the sandbox takes while the story is told by the tests of the mesh."""

from __future__ import annotations

import subprocess
import sys
import time
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from threading import Event, Thread

from sandbox.layout import CHECKOUT

_EVERY = 2.0
"""Seconds between two looks."""
_MIB = 1024


@dataclass
class Peak:
    """The most that was seen.

    Attributes:
        mib: Mebibytes: the proportional set size of all processes of the machine, those that
            test included. Memory that processes share counts once.
    """

    mib: int = 0


@dataclass(frozen=True)
class Suite:
    """A run of the tests of the mesh.

    Attributes:
        seconds: How long it took.
        mib: The peak of memory meanwhile, see :class:`Peak`.
    """

    seconds: float
    mib: int


def of_mesh_suite() -> Suite:
    """Run the tests of the mesh and watch.

    Raises:
        subprocess.CalledProcessError: They did not pass.
    """
    begun = time.monotonic()
    with watched() as peak:
        tests = [sys.executable, "-m", "pytest", "-q", "tests/mesh"]
        subprocess.run(tests, cwd=CHECKOUT, check=True, stdout=subprocess.DEVNULL)
    return Suite(time.monotonic() - begun, peak.mib)


@contextmanager
def watched() -> Iterator[Peak]:
    """Look again and again for as long as it lasts."""
    peak, enough = Peak(), Event()

    def watch() -> None:
        while True:
            peak.mib = max(peak.mib, _in_use())
            if enough.wait(_EVERY):
                return

    watcher = Thread(target=watch, daemon=True)
    watcher.start()
    try:
        yield peak
    finally:
        enough.set()
        watcher.join()


def _in_use() -> int:
    return sum(map(_proportional, Path("/proc").glob("[0-9]*/smaps_rollup"))) // _MIB


def _proportional(smaps: Path) -> int:
    """A process's part of the memory, in KiB.

    https://man7.org/linux/man-pages/man5/proc_pid_smaps.5.html
    """
    try:
        lines = smaps.read_text().splitlines()
    except OSError:  # it has ended, or is the kernel's
        return 0
    return next((int(line.split()[1]) for line in lines if line.startswith("Pss:")), 0)
