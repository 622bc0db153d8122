"""The rows of the ratings table: whose they are, what differs, said in words."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Collection, Iterable, Mapping
from dataclasses import dataclass, field

#: ReviewID -> Rating, both MySQL INT; a Rating may be NULL.
Rows = Mapping[int, int | None]

#: The one spelling of a whole number: 01, or 1 in other digits, would be another row.
PLAIN_INT = re.compile(r"0|-?[1-9][0-9]*", re.ASCII)
INT_RANGE = range(-(2**31), 2**31)
_NAMED = 5
"""How many rows are named one by one; the rest is counted."""


@dataclass(frozen=True)
class Change:
    """What turns the rows that are there into those that are wanted.

    Attributes:
        insert: Rows to add.
        update: Rows to give another rating.
        delete: ReviewIDs to delete.
        taken: ReviewIDs that are wanted, and that somebody else has a row of: nothing may be done.
    """

    insert: Rows = field(default_factory=dict)
    update: Rows = field(default_factory=dict)
    delete: tuple[int, ...] = ()
    taken: tuple[int, ...] = ()


def plan(held: Rows, wanted: Rows, ours: Collection[int], *, exclusive: bool = False) -> Change:
    """Plan the fewest statements: rows that are right stay untouched.

    | row is      | wanted, other value | wanted, same value | not wanted |
    |-------------|---------------------|--------------------|------------|
    | not there   | insert              | insert             | -          |
    | ours        | update              | -                  | delete     |
    | of others   | taken               | taken              | -          |

    Args:
        held: The rows in the table.
        wanted: The rows of the settings.
        ours: ReviewIDs of the rows that this stack made.
        exclusive: Whether every row counts as ours.
    """
    own = held.keys() if exclusive else held.keys() & set(ours)
    return Change(
        insert={i: r for i, r in sorted(wanted.items()) if i not in held},
        update={i: r for i, r in sorted(wanted.items()) if i in own and held[i] != r},
        delete=tuple(sorted(own - wanted.keys())),
        taken=tuple(sorted((held.keys() & wanted.keys()) - own)),
    )


def twice(reviews: Iterable[int]) -> list[int]:
    """Give the ReviewIDs that are there more than once, as can be where the key was lost."""
    return sorted(review for review, times in Counter(reviews).items() if times > 1)


def in_words(old: Rows, new: Rows) -> list[str]:
    """Say row by row what changes: `ReviewID 1: 5 -> 1`."""
    return [
        f"ReviewID {review}: {_rating(old, review)} -> {_rating(new, review)}"
        for review in sorted(old.keys() | new.keys())
        if _rating(old, review) != _rating(new, review)
    ]


def named(reviews: Iterable[int]) -> str:
    """Name rows, the first few of many: `200 rows (ReviewID 7, 8, 9, 10, 11 and others)`."""
    reviews = sorted(reviews)
    first = ", ".join(map(str, reviews[:_NAMED]))
    if len(reviews) > _NAMED:
        return f"{len(reviews)} rows (ReviewID {first} and others)"
    return f"ReviewID {first}"


def _rating(rows: Rows, review: int) -> str:
    if review not in rows:
        return "no row"
    rating = rows[review]
    return "NULL" if rating is None else str(rating)
