"""The rows of the table `ratings`, its columns and its key."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pull_request.markdown import code
from pull_request.sections.section import (
    NONE,
    Section,
    What,
    becomes,
    changing,
    counts,
    mapping,
    text,
)
from pull_request.steps import Step

_NOUNS = {What.CHANGES: "rating", What.COMES: "row", What.GOES: "row"}
_KEY = "primary key"
_COLUMNS = {What.CHANGES: "column", What.COMES: "column", What.GOES: "column"}


def section(steps: Sequence[Step]) -> Section:
    """Name each row that changes, comes or goes."""
    lines: list[tuple[str, ...]] = []
    of_rows: list[What] = []
    of_columns: list[What] = []
    of_key: list[What] = []
    for step in changing(steps, "RatingsTable"):
        before, after = mapping(step.was("rows")), mapping(step.will_be("rows"))
        for review in sorted(before.keys() | after.keys(), key=_number):
            if what := becomes(before, after, review):
                of_rows.append(what)
                lines.append((review, _rating(before, review), _rating(after, review)))
        for name, was, will, what in _columns(step):
            (of_key if name == _KEY else of_columns).append(what)
            lines.append((name, was, will))
    return Section(
        "Rows of `ratings`",
        ("ReviewID", "Rating before", "Rating after"),
        tuple(lines),
        counts(_NOUNS, of_rows)
        + counts(_COLUMNS, of_columns)
        + counts({What.CHANGES: _KEY}, of_key),
    )


def _number(review: str) -> tuple[int, str]:
    return (int(review), "") if review.lstrip("-").isdigit() else (0, review)


def _rating(rows: Mapping[str, Any], review: str) -> str:
    if review not in rows:
        return "no row"
    return "NULL" if rows[review] is None else code(rows[review]).strip("`")


def _columns(step: Step) -> Iterator[tuple[str, str, str, What]]:
    """Give what differs of a table that is there before and after."""
    if step.before is None or step.after is None:
        return
    before, after = mapping(step.was("columns")), mapping(step.will_be("columns"))
    for name in dict.fromkeys([*before, *after]):
        if what := becomes(before, after, name):
            yield (
                f"column {code(name)}",
                code(before.get(name, "")) or NONE,
                code(after.get(name, "")) or NONE,
                what,
            )
    was, will = text(step.was("key")), text(step.will_be("key"))
    if was != will:
        yield _KEY, code(was) or NONE, code(will) or NONE, What.CHANGES
