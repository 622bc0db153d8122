"""What a rule says: how bad it is, what is so, and what to do about it."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum
from string import Formatter


class Severity(StrEnum):
    """How bad it is."""

    OK = "ok"
    """As it should be."""

    UNSEEN = "not seen"
    """It could not be looked at; the finding says why."""

    WARNING = "warning"
    """It works otherwise than one may think; nothing is stopped."""

    FAILURE = "failure"
    """It cannot work: nothing is changed."""


@dataclass(frozen=True)
class Finding:
    """One thing that a rule has found.

    Attributes:
        severity: How bad it is.
        says: What is so, in words.
        todo: What to do; empty where there is nothing to be done.
    """

    severity: Severity
    says: str
    todo: str = ""

    def __str__(self) -> str:
        """Write it as the one line that a run says."""
        return f"{self.says}; {self.todo}" if self.todo else self.says


@dataclass(frozen=True)
class Message:
    """What a rule may say, with `{names}` for what it finds.

    Attributes:
        severity: As in the finding.
        says: Likewise.
        todo: Likewise.
    """

    severity: Severity
    says: str
    todo: str = ""

    def __call__(self, **found: object) -> Finding:
        """Say it of what was found."""
        return Finding(self.severity, self.says.format(**found), self.todo.format(**found))

    def names(self) -> frozenset[str]:
        """Give the names that it has places for."""
        return frozenset(
            name
            for text in (self.says, self.todo)
            for _, name, _, _ in Formatter().parse(text)
            if name
        )


def ok(says: str) -> Message:
    """Word what is said of a thing that is as it should be."""
    return Message(Severity.OK, says)


def warning(says: str, todo: str) -> Message:
    """Word a warning."""
    return Message(Severity.WARNING, says, todo)


def failure(says: str, todo: str) -> Message:
    """Word a failure."""
    return Message(Severity.FAILURE, says, todo)
