"""Logs of containers: kept in the format of the container runtimes, read for ``kubectl logs``.

One file a run, ``<namespace>_<pod>_<uid>/<container>/<restarts>.log``, each line
``<time> <stdout|stderr> <F|P> <text>`` (P: the line goes on in the next one).
"""

from __future__ import annotations

import asyncio
import shutil
from collections.abc import AsyncIterator, Callable, Collection, Iterable
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from pathlib import Path

_LONGEST_LINE = 16 * 1024
_LOOK_AGAIN = 0.3
"""Seconds between two looks at a log that is followed."""


def path(folder: Path, container: str, restarts: int) -> Path:
    """The file of one run of a container."""
    return folder / container / f"{restarts}.log"


def sweep(folder: Path, pods: Collection[str]) -> None:
    """Remove the logs of pods that are no more.

    Args:
        folder: of all pods' logs.
        pods: the uids of those that are.
    """
    for logs in folder.glob("*_*_*"):
        if logs.name.rpartition("_")[2] not in pods:
            shutil.rmtree(logs)


async def keep(stream: asyncio.StreamReader, name: str, file: Path) -> None:
    """Append what a stream says to a file, line by line, until it ends."""
    rest = b""
    with file.open("ab", buffering=0) as log:
        while chunk := await stream.read(_LONGEST_LINE):
            *lines, rest = (rest + chunk).split(b"\n")
            for line in lines:
                log.write(_entry(name, "F", line))
            if len(rest) >= _LONGEST_LINE:
                log.write(_entry(name, "P", rest))
                rest = b""
        if rest:
            log.write(_entry(name, "F", rest))


def _entry(stream: str, tag: str, text: bytes) -> bytes:
    now = datetime.now(UTC).isoformat(timespec="microseconds").replace("+00:00", "Z")
    return f"{now} {stream} {tag} ".encode() + text + b"\n"


@dataclass(frozen=True)
class Selection:
    """What ``kubectl logs`` asks for.

    Attributes:
        tail: that many last lines only.
        since: lines from then on only.
        timestamps: whether each line begins with its time.
    """

    tail: int | None = None
    since: datetime | None = None
    timestamps: bool = False

    def of(self, entries: Iterable[bytes]) -> list[bytes]:
        """The entries asked for, as they are shown."""
        chosen = [entry for entry in entries if self._late_enough(entry)]
        if self.tail is not None:
            chosen = chosen[-self.tail :] if self.tail else []
        return [self._shown(entry) for entry in chosen]

    def _late_enough(self, entry: bytes) -> bool:
        if self.since is None:
            return True
        return datetime.fromisoformat(entry.split(b" ", 1)[0].decode()) >= self.since

    def _shown(self, entry: bytes) -> bytes:
        time, _, tag, text = entry.split(b" ", 3)
        if tag == b"P":
            text = text.removesuffix(b"\n")
        return time + b" " + text if self.timestamps else text


async def read(
    file: Path, selection: Selection, *, follow: bool, running: Callable[[], bool]
) -> AsyncIterator[bytes]:
    """The lines asked for; with ``follow`` also those to come, until the container has ended."""
    with file.open("rb") as log:
        for line in selection.of(log.readlines()):
            yield line
        later = Selection(timestamps=selection.timestamps)
        while follow:
            ended = not running()
            for line in later.of(log.readlines()):
                yield line
            if ended:
                return
            await asyncio.sleep(_LOOK_AGAIN)
