"""A stack's lock: whose it is, and whether that one still runs.

A run writes it when it begins and removes it when it ends; one that was killed leaves it, and it
has no end of its own. It says process, host and time (`lockContent` in `pkg/backend/diy/lock.go` of
pulumi/pulumi).
"""

from __future__ import annotations

import json
from dataclasses import dataclass
from datetime import datetime
from typing import Self

import psutil

_SLACK = 2.0
"""Seconds by which a process may seem to be younger than the lock it wrote: clocks are set."""


@dataclass(frozen=True)
class Lock:
    """One lock.

    Attributes:
        key: Where it is.
        pid: The process that wrote it.
        user: As whom that ran.
        host: Where that ran; in a container, the container's.
        since: When it was written.
    """

    key: str
    pid: int
    user: str
    host: str
    since: datetime

    @classmethod
    def parse(cls, key: str, content: bytes) -> Self:
        """Read one.

        Raises:
            ValueError: It is none.
        """
        try:
            said = json.loads(content)
            # Go writes nanoseconds, of which Python reads six digits.
            since = datetime.fromisoformat(_with_microseconds(said["timestamp"]))
            return cls(key, int(said["pid"]), said["username"], said["hostname"], since)
        except (KeyError, TypeError) as error:
            raise ValueError(f"{key} is no lock") from error

    @property
    def owner(self) -> str:
        """Give what names it on the command line: `PID@HOST`."""
        return f"{self.pid}@{self.host}"

    def __str__(self) -> str:
        """Name it for a person."""
        since = self.since.strftime("%Y-%m-%d %H:%M:%S %z")
        return f"the lock of {self.user}@{self.host}, process {self.pid}, since {since}"

    def runs(self) -> bool:
        """Say whether the process that wrote it runs on this machine.

        One with the same number that began later is another one.
        """
        try:
            began = psutil.Process(self.pid).create_time()
        except psutil.NoSuchProcess:
            return False
        return began <= self.since.timestamp() + _SLACK


def _with_microseconds(timestamp: str) -> str:
    head, dot, rest = timestamp.partition(".")
    digits = rest[: len(rest) - len(rest.lstrip("0123456789"))]
    return f"{head}{dot}{digits[:6].ljust(6, '0')}{rest[len(digits) :]}" if dot else timestamp
