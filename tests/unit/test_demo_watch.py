"""A change is measured from its acceptance to the first answer that shows it."""

from __future__ import annotations

import threading
import time
from itertools import count

import pytest

from demo.watch import eventually, until_effect
from sandbox.errors import SandboxError


class Switch:
    """Something that answers off or on, and can be switched to act later."""

    def __init__(self) -> None:
        self.acts_at: float | None = None
        self.asked = 0

    def switch(self, delay: float = 0.0) -> None:
        self.acts_at = time.monotonic() + delay

    def ask(self) -> str:
        self.asked += 1
        return "on" if self.acts_at and time.monotonic() >= self.acts_at else "off"


def is_on(answer: str) -> bool:
    return answer == "on"


def test_the_first_changed_answer_counts() -> None:
    it = Switch()
    effect = until_effect(lambda: it.switch(delay=0.05), it.ask, is_on)
    assert effect.before == ["off"]
    assert effect.after == "on"
    # From the acceptance on, so never before the change acts.
    assert effect.seconds >= 0.05
    assert effect.asked <= it.asked


def test_questions_are_asked_before_the_change_is_made() -> None:
    it = Switch()
    asked_before: list[int] = []

    def change() -> None:
        asked_before.append(it.asked)
        it.switch()

    until_effect(change, it.ask, is_on)
    assert asked_before[0] > 0


def test_all_answers_up_to_the_change_are_kept_once() -> None:
    answers = (["one", "one", "two", "one", "three"][min(number, 4)] for number in count())
    effect = until_effect(lambda: None, lambda: next(answers), lambda said: said == "three")
    assert effect.before == ["one", "two", "one"]
    assert effect.asked == 5


def test_a_change_without_effect_is_said_with_the_last_answer() -> None:
    with pytest.raises(
        SandboxError, match=r"did not act within 0 s; the last of \d+ answers was: off"
    ):
        until_effect(lambda: None, Switch().ask, is_on, patience=0.05)


def test_a_question_that_is_never_answered_is_said() -> None:
    never = threading.Event()

    def ask() -> str:
        never.wait(0.2)
        return "on"

    with pytest.raises(SandboxError, match="no question was answered within 0 s"):
        until_effect(lambda: None, ask, is_on, patience=0.05)


def test_a_question_that_fails_ends_the_watch_with_its_own_error() -> None:
    def ask() -> str:
        raise ZeroDivisionError

    with pytest.raises(ZeroDivisionError):
        until_effect(lambda: None, ask, is_on)


def test_nobody_asks_any_longer_once_it_is_over() -> None:
    it = Switch()
    until_effect(it.switch, it.ask, is_on)
    asked = it.asked
    time.sleep(0.05)
    assert it.asked == asked


def test_what_comes_in_a_moment_is_waited_for() -> None:
    it = Switch()
    it.switch(delay=0.05)
    assert eventually(it.ask, is_on, "it") == "on"


def test_what_does_not_come_is_named_with_what_is_there() -> None:
    with pytest.raises(SandboxError, match="the switch: not within 0 s; what is seen: off"):
        eventually(Switch().ask, is_on, "the switch", patience=0)
