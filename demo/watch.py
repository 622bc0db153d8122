"""Asks again and again while something changes, and measures how long the change took to act."""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from queue import Empty, SimpleQueue
from threading import Event, Thread
from typing import Generic, TypeVar

from sandbox.errors import SandboxError

_PATIENCE = 30.0
"""Seconds that a change may take to act: many times what it takes."""
_PAUSE = 0.002
"""Seconds between an answer and the next question."""
_LOOK_AGAIN = 0.2
"""Seconds between two looks at what takes longer."""

T = TypeVar("T")


@dataclass(frozen=True)
class Effect(Generic[T]):
    """How a change came into effect.

    Attributes:
        seconds: From the moment that the change was accepted to the first changed answer; below 0
            where that answer came even before.
        before: The answers up to then, in order and without repetitions; what they have in common
            is that none of them shows the change.
        after: The first changed answer.
        asked: How many questions were answered meanwhile.
    """

    seconds: float
    before: list[T]
    after: T
    asked: int


def until_effect(
    change: Callable[[], object],
    ask: Callable[[], T],
    shows: Callable[[T], bool],
    patience: float = _PATIENCE,
) -> Effect[T]:
    """Make a change while questions are asked, and wait for the first answer that shows it.

    Args:
        change: Makes it; returns when it was accepted.
        ask: Asks one question and gives the answer.
        shows: Whether an answer shows the change.
        patience: Seconds to wait once it was accepted.

    Raises:
        SandboxError: No answer showed the change.
    """
    with _asking(ask) as answers:
        first = answers(patience)  # from here on requests run
        if first is None:
            raise SandboxError(f"no question was answered within {patience:.0f} s")
        before, asked = [first.said], 1
        change()
        accepted = time.monotonic()
        while answer := answers(accepted + patience - time.monotonic()):
            asked += 1
            if shows(answer.said):
                return Effect(answer.at - accepted, before, answer.said, asked)
            if answer.said != before[-1]:
                before.append(answer.said)
    raise SandboxError(
        f"the change did not act within {patience:.0f} s; "
        f"the last of {asked} answers was: {before[-1]}"
    )


def eventually(
    look: Callable[[], T], shows: Callable[[T], bool], what: str, patience: float = _PATIENCE
) -> T:
    """Look until there is to see what will be there in a moment; give what was seen.

    Args:
        look: Takes a look.
        shows: Whether it is there.
        what: What is waited for, for the person who waits in vain.
        patience: Seconds.

    Raises:
        SandboxError: It was not to be seen.
    """
    give_up_at = time.monotonic() + patience
    while not shows(seen := look()):
        if time.monotonic() > give_up_at:
            raise SandboxError(f"{what}: not within {patience:.0f} s; what is seen: {seen}")
        time.sleep(_LOOK_AGAIN)
    return seen


@dataclass(frozen=True)
class _Answered(Generic[T]):
    at: float
    said: T


@contextmanager
def _asking(ask: Callable[[], T]) -> Iterator[Callable[[float], _Answered[T] | None]]:
    """Ask in a thread for as long as it lasts.

    Gives a function that waits so many seconds for the next answer; None where there was none.
    """
    answered: SimpleQueue[_Answered[T] | Exception] = SimpleQueue()
    enough = Event()

    def ask_on() -> None:
        while not enough.wait(_PAUSE):
            try:
                said = ask()
            except Exception as error:  # noqa: BLE001 - it is raised where answers are waited for
                answered.put(error)
                return
            answered.put(_Answered(time.monotonic(), said))

    def next_answer(patience: float) -> _Answered[T] | None:
        if patience <= 0:
            return None
        try:
            answer = answered.get(timeout=patience)
        except Empty:
            return None
        if isinstance(answer, Exception):
            raise answer
        return answer

    thread = Thread(target=ask_on, daemon=True)
    thread.start()
    try:
        yield next_answer
    finally:
        enough.set()
        thread.join()
