"""What was seen, or why it was not."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TypeAlias, TypeVar

T = TypeVar("T")


@dataclass(frozen=True)
class Unseen:
    """Something that could not be looked at.

    Attributes:
        reason: Why, in one line.
        todo: What to do about it.
        is_final: Whether the change that is to come would not get there either.
    """

    reason: str
    todo: str = ""
    is_final: bool = True


Seen: TypeAlias = T | Unseen


class NotSeen(Exception):
    """A rule wants what could not be looked at."""

    def __init__(self, unseen: Unseen) -> None:
        super().__init__(unseen.reason)
        self.unseen = unseen


def seen(value: Seen[T]) -> T:
    """Give what was seen.

    Raises:
        NotSeen: It was not; whoever judges goes on with the next rule.
    """
    if isinstance(value, Unseen):
        raise NotSeen(value)
    return value
