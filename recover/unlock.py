"""Removes the lock of a run that has ended, and no other one."""

from __future__ import annotations

import socket
from collections.abc import Callable
from dataclasses import dataclass

from pydantic import ValidationError

from recover.engine import Target
from recover.lock import Lock
from recover.problem import RecoverProblem
from recover.store import Store

_LOCKS = ".pulumi/locks"


@dataclass(frozen=True)
class Verdict:
    """What is to become of a lock.

    Attributes:
        stale: Whether it goes.
        why: Said of it.
    """

    stale: bool
    why: str


def judge(lock: Lock, host: str, runs: Callable[[Lock], bool], even: str | None) -> Verdict:
    """Decide about a lock.

    Args:
        lock: The lock.
        host: This machine's name.
        runs: Says whether the process that wrote a lock runs on this machine.
        even: The lock that is to go whatever is known of it, `PID@HOST`.
    """
    if lock.owner == even:
        return Verdict(stale=True, why="which was named by --even")
    if lock.hostname != host:
        return Verdict(stale=False, why="which is another machine: it cannot be seen from here")
    if runs(lock):
        return Verdict(stale=False, why="which still runs")
    return Verdict(stale=True, why="which has ended")


def unlock(target: Target, store: Store, even: str | None) -> list[str]:
    """Remove the locks of a stack whose runs have ended; gives what was done.

    Raises:
        RecoverProblem: One stays, or the one that was named is not there.
    """
    locks = _locks(target, store)
    if even is not None and even not in {lock.owner for lock in locks.values()}:
        there = ", ".join(lock.owner for lock in locks.values()) or "none"
        raise RecoverProblem(f"--even {even}: there is no such lock of {target.stack}; of: {there}")
    done, stay = [], []
    for key, lock in locks.items():
        verdict = judge(lock, socket.gethostname(), Lock.runs, even)
        if verdict.stale:
            store.remove(key)
            done.append(f"removed {lock}, {verdict.why}")
        else:
            stay.append(
                f"{lock}, {verdict.why}; wait for it or, if you know that it has ended, "
                f"`python -m recover unlock --stack {target.stack} --even {lock.owner}`"
            )
    if stay:
        raise RecoverProblem("\n".join([*done, *stay]))
    return done or [f"the stack {target.stack} is not locked"]


def _locks(target: Target, store: Store) -> dict[str, Lock]:
    """Give the locks of a stack by their keys; in a state of old there are no projects."""
    locks = {}
    for folder in (f"organization/{target.project}/{target.stack}", target.stack):
        for key in store.keys(f"{_LOCKS}/{folder}"):
            content = store.read(key)
            if content is None:
                continue
            try:
                locks[key] = Lock.model_validate_json(content)
            except ValidationError:
                raise RecoverProblem(
                    f"{key} is no lock as Pulumi writes it; look at it, and remove it yourself"
                ) from None
    return locks
