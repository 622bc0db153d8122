"""Brings the parts up: each as soon as what it needs is ready, side by side where it can be."""

from __future__ import annotations

import time
from collections.abc import Sequence
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from dataclasses import dataclass, field
from graphlib import TopologicalSorter
from threading import Event
from typing import Final

from sandbox.errors import SandboxError
from sandbox.layout import Paths
from sandbox.parts import Part
from sandbox.processes import Supervisor, tail
from sandbox.progress import Progress, Step

PATIENCE: Final = 120
"""Seconds that a part may take: many times what it takes on two idle cores."""
_PAUSE: Final = 0.1


def bring_up(parts: Sequence[Part], paths: Paths, progress: Progress) -> None:
    """Starts what does not run and waits until every part is ready.

    Args:
        parts: The parts, whose needs name each other; supervisord knows their programs.
        paths: Where the sandbox keeps its files.
        progress: Shows each part while it is not ready yet.

    Raises:
        SandboxError: If a part does not get ready: which, what it still lacked, its last words.
    """
    by_name = {part.name: part for part in parts}
    order = TopologicalSorter({part.name: part.needs for part in parts})
    order.prepare()
    attempt = _Attempt(paths, Supervisor(paths), progress)
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        under_way: dict[Future[None], str] = {}
        try:
            while order.is_active():
                for name in order.get_ready():
                    under_way[pool.submit(attempt.make_ready, by_name[name])] = name
                done, _ = wait(under_way, return_when=FIRST_COMPLETED)
                for work in done:
                    work.result()
                    order.done(under_way.pop(work))
        finally:
            attempt.is_over.set()


@dataclass(frozen=True)
class _Attempt:
    paths: Paths
    supervisor: Supervisor
    progress: Progress
    is_over: Event = field(default_factory=Event)
    """Set when nobody waits for the parts any longer: one failed, or the person gave up."""

    def make_ready(self, part: Part) -> None:
        with self.progress.step(part.name) as step:
            is_up = part.program is None or self.supervisor.states()[part.name].is_up
            step.changed = not is_up or part.missing() is not None
            if not step.changed:
                return
            if not is_up or part.program is None:
                part.begin()
            if not is_up:
                self.supervisor.start(part.name)
            self._wait(part, step)

    def _wait(self, part: Part, step: Step) -> None:
        give_up_at = time.monotonic() + PATIENCE
        while missing := part.missing():
            step.waits_for(missing)
            if part.program and self.supervisor.states()[part.name].has_given_up:
                raise self._not_ready(part, "it ends as soon as it is started")
            if time.monotonic() > give_up_at:
                raise self._not_ready(part, f"after {PATIENCE} s: {missing}")
            if self.is_over.wait(_PAUSE):
                raise self._not_ready(part, f"not waited for any longer: {missing}")

    def _not_ready(self, part: Part, why: str) -> SandboxError:
        if not part.program:
            return SandboxError(f"{part.name} is not ready; {why}")
        log = self.paths.log(part.name)
        return SandboxError(
            f"{part.name} is not ready; {why}",
            *(f"  | {line}" for line in tail(log)),
            f"its log: {log}",
            "once what it complains of is put right, run the same again: what stands is kept",
        )
