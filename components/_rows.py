"""The rows of the ratings table: what differs, said in words."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass, field

#: ReviewID -> Rating, both MySQL INT; a Rating may be NULL.
Rows = Mapping[int, int | None]

INT_RANGE = range(-(2**31), 2**31)


@dataclass(frozen=True)
class Change:
    """What turns the rows that are there into those that are wanted."""

    upsert: Rows = field(default_factory=dict)
    delete: tuple[int, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is anything to do."""
        return bool(self.upsert or self.delete)


def plan(held: Rows, wanted: Rows, deletable: frozenset[int]) -> Change:
    """Plan the fewest statements: rows that are right stay untouched.

    Args:
        held: The rows in the table.
        wanted: The rows of the settings.
        deletable: ReviewIDs that may go: those this stack made, or all where the table is its own.
    """
    return Change(
        upsert={i: r for i, r in sorted(wanted.items()) if i not in held or held[i] != r},
        delete=tuple(sorted((held.keys() & deletable) - wanted.keys())),
    )


def in_words(old: Rows, new: Rows) -> list[str]:
    """Say row by row what changes: `ReviewID 1: 5 -> 1`."""
    return [
        f"ReviewID {review}: {_rating(old, review)} -> {_rating(new, review)}"
        for review in sorted(old.keys() | new.keys())
        if _rating(old, review) != _rating(new, review)
    ]


def _rating(rows: Rows, review: int) -> str:
    if review not in rows:
        return "no row"
    rating = rows[review]
    return "NULL" if rating is None else str(rating)
