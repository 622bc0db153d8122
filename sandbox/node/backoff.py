"""How long to wait before a failed container is started again: the kubelet's CrashLoopBackOff."""

from __future__ import annotations

from dataclasses import dataclass
from datetime import datetime, timedelta

FIRST = timedelta(seconds=10)
LONGEST = timedelta(minutes=5)
FORGOTTEN_AFTER = timedelta(minutes=10)


@dataclass
class BackOff:
    """Doubles from 10 s to 5 min; a container that ran for 10 min starts afresh.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#restart-policy
    """

    _delay: timedelta = timedelta()
    _since: datetime | None = None

    def next(self, failed_at: datetime) -> timedelta:
        """The wait, counted from ``failed_at``, before the next start; the first one is nought."""
        forgotten = self._since is not None and failed_at - self._since > FORGOTTEN_AFTER
        if self._since is None or forgotten:
            wait, self._delay = timedelta(), FIRST
        else:
            wait, self._delay = self._delay, min(self._delay * 2, LONGEST)
        self._since = failed_at + wait
        return wait
