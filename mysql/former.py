"""What an adopted table was before: taken over row by row, and given back as it was found.

Its structure is never changed. Of its rows those alone are that are wanted: what they were, and
which ones were not there, is written into the table's mark before a row is. So whatever run is cut
off, the next one finds it there.
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mysql.rows import Change, Rows

LONGEST_COMMENT = 2048
"""https://dev.mysql.com/doc/refman/9.7/en/create-table.html"""


#: ReviewID -> each Rating that it may have been given.
Added = Mapping[int, tuple[int | None, ...]]


@dataclass(frozen=True)
class Former:
    """What an adopted table was.

    Attributes:
        comment: Its COMMENT.
        rows: Of the rows that were written over, what they were.
        added: Of the rows that were not there, what they were given: more than one rating where a
            run may have been cut off before the last one.
    """

    comment: str
    rows: Rows = field(default_factory=dict)
    added: Added = field(default_factory=dict)

    def __str__(self) -> str:
        """Write it for the mark."""
        said = {
            "comment": self.comment,
            "rows": {str(review): rating for review, rating in sorted(self.rows.items())},
            "added": {str(review): ratings for review, ratings in sorted(self.added.items())},
        }
        return json.dumps(said, ensure_ascii=False, separators=(",", ":"))

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        said: dict[str, Any] = json.loads(text)
        return cls(
            str(said["comment"]),
            {int(review): rating for review, rating in said["rows"].items()},
            {int(review): tuple(ratings) for review, ratings in said["added"].items()},
        )


@dataclass(frozen=True)
class Plan:
    """What is done with an adopted table.

    Attributes:
        first: What its mark is to hold before its rows are written.
        change: What its rows are changed by.
        then: What its mark is to hold after it.
    """

    first: Former
    change: Change
    then: Former


def plan(held: Rows, wanted: Rows, known: Collection[int], was: Former) -> Plan:
    """Plan the fewest statements, so that all that it was comes back one day.

    | row was             | wanted                     | not wanted                |
    |---------------------|----------------------------|---------------------------|
    | not there           | insert                     | -                         |
    | added by us         | update, where it differs   | delete                    |
    | written over by us  | update, where it differs   | update to what it was     |
    | of others           | update; what it was is kept | -                        |

    Args:
        held: The rows in the table.
        wanted: The rows of the settings; none to give it back.
        known: ReviewIDs that this stack's state has. A row that it does not have was added by us
            if it is as it was to be added.
        was: What the table was.
    """
    added = {
        review: ratings
        for review, ratings in was.added.items()
        if review not in was.rows
        and (review not in held or review in known or held[review] in ratings)
    }
    own = held.keys() & (added.keys() | was.rows.keys())
    over = {**{i: held[i] for i in wanted if i in held and i not in own}, **was.rows}
    given = {
        i: (*(r for r in added.get(i, ()) if r != rating), rating)
        for i, rating in wanted.items()
        if i in added or (i not in held and i not in over)
    }
    back = {i: r for i, r in was.rows.items() if i not in wanted and i in held}
    targets = {**{i: r for i, r in wanted.items() if i in held}, **back}
    return Plan(
        first=Former(was.comment, over, {**added, **given}),
        change=Change(
            insert={i: r for i, r in sorted(wanted.items()) if i not in held},
            update={i: r for i, r in sorted(targets.items()) if held[i] != r},
            delete=tuple(sorted((held.keys() & added.keys()) - wanted.keys())),
        ),
        then=Former(
            was.comment,
            {i: r for i, r in over.items() if i in wanted},
            {i: (wanted[i],) for i in given},
        ),
    )
