"""A stack's lock: whose it is, and whether that one still runs.

A run writes it when it begins and removes it when it ends; one that was killed leaves it, and it
has no end of its own. It says process, host and time (`lockContent` in `pkg/backend/diy/lock.go` of
pulumi/pulumi).
"""

from __future__ import annotations

import psutil
from pydantic import AwareDatetime, BaseModel, ConfigDict

_SLACK = 2.0
"""Seconds by which a process may seem to be younger than the lock it wrote: clocks are set."""


class Lock(BaseModel):
    """One lock.

    Attributes:
        pid: The process that wrote it.
        username: As whom that ran.
        hostname: Where that ran; in a container, the container's.
        timestamp: When it was written.
    """

    model_config = ConfigDict(frozen=True)

    pid: int
    username: str
    hostname: str
    timestamp: AwareDatetime

    @property
    def owner(self) -> str:
        """Give what names it on the command line: `PID@HOST`."""
        return f"{self.pid}@{self.hostname}"

    def __str__(self) -> str:
        """Name it for a person."""
        since = self.timestamp.strftime("%Y-%m-%d %H:%M:%S %z")
        return f"the lock of {self.username}@{self.hostname}, process {self.pid}, since {since}"

    def runs(self) -> bool:
        """Say whether the process that wrote it runs on this machine.

        One with the same number that began later is another one; one that is dead and not yet
        waited for by its parent runs no longer.
        """
        try:
            process = psutil.Process(self.pid)
            if process.status() == psutil.STATUS_ZOMBIE:
                return False
            return process.create_time() <= self.timestamp.timestamp() + _SLACK
        except psutil.NoSuchProcess:
            return False
