"""Brings the parts up: each as soon as what it needs is ready, side by side where it can be."""

from __future__ import annotations

import time
from concurrent.futures import FIRST_COMPLETED, Future, ThreadPoolExecutor, wait
from graphlib import TopologicalSorter
from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError
from sandbox.processes import Supervisor, tail

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.layout import Paths
    from sandbox.parts import Part
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
    supervisor = Supervisor(paths)
    by_name = {part.name: part for part in parts}
    order = TopologicalSorter({part.name: part.needs for part in parts})
    order.prepare()
    with ThreadPoolExecutor(max_workers=len(parts)) as pool:
        under_way: dict[Future[None], str] = {}
        while order.is_active():
            for name in order.get_ready():
                work = pool.submit(_make_ready, by_name[name], supervisor, paths, progress)
                under_way[work] = name
            done, _ = wait(under_way, return_when=FIRST_COMPLETED)
            for work in done:
                work.result()
                order.done(under_way.pop(work))


def _make_ready(part: Part, supervisor: Supervisor, paths: Paths, progress: Progress) -> None:
    with progress.step(part.name) as step:
        if part.program is None:
            step.changed = part.missing() is not None
            if step.changed:
                part.begin()
        else:
            state = supervisor.states()[part.name]
            step.changed = not state.is_up
            if not state.is_up:
                part.begin()
                supervisor.start(part.name)
        _wait_until_ready(part, supervisor, paths, step)


def _wait_until_ready(part: Part, supervisor: Supervisor, paths: Paths, step: Step) -> None:
    give_up_at = time.monotonic() + PATIENCE
    while missing := part.missing():
        step.waits_for(missing)
        if part.program and supervisor.states()[part.name].has_given_up:
            raise _not_ready(part, paths, "it ends as soon as it is started")
        if time.monotonic() > give_up_at:
            raise _not_ready(part, paths, f"after {PATIENCE} s: {missing}")
        time.sleep(_PAUSE)


def _not_ready(part: Part, paths: Paths, why: str) -> SandboxError:
    if not part.program:
        return SandboxError(f"{part.name} is not ready; {why}")
    log = paths.log(part.name)
    return SandboxError(
        f"{part.name} is not ready; {why}",
        *(f"  | {line}" for line in tail(log)),
        f"its log: {log}",
        "once what it complains of is put right, run the same again: what stands is kept",
    )
