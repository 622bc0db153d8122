"""A table of the comment, and what the line on top says of it."""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from enum import Enum
from typing import Any

from pull_request.steps import Fate, Step

#: Stands where there is nothing.
NONE = "—"


class What(Enum):
    """What becomes of something that is counted."""

    CHANGES = "changes"
    COMES = "comes"
    GOES = "goes"
    ROLL = "roll"


@dataclass(frozen=True)
class Count:
    """How many of something come, go or change."""

    number: int
    noun: str
    what: What


@dataclass(frozen=True)
class Section:
    """A table of the comment.

    Attributes:
        lines: Its cells, in Markdown.
        counts: What the line on top says of it.
    """

    title: str
    heads: tuple[str, ...]
    lines: tuple[tuple[str, ...], ...]
    counts: tuple[Count, ...] = ()


def changing(steps: Sequence[Step], kind: str) -> Iterator[Step]:
    """Give the resources of a kind of which something becomes something else."""
    return (step for step in steps if step.kind == kind and step.fate is not Fate.STAYS)


def counts(noun: Mapping[What, str], counted: Iterable[What]) -> tuple[Count, ...]:
    """Count what comes, goes and changes."""
    found = list(counted)
    return tuple(Count(found.count(what), noun[what], what) for what in What if found.count(what))


def mapping(value: object) -> Mapping[str, Any]:
    """Give a map, or an empty one where there is none."""
    return value if isinstance(value, Mapping) else {}


def becomes(before: Mapping[str, Any], after: Mapping[str, Any], key: str) -> What | None:
    """Say what becomes of one entry of a map; None where it stays as it is."""
    if key in before and key in after:
        return What.CHANGES if before[key] != after[key] else None
    return What.COMES if key in after else What.GOES


def text(value: object) -> str:
    """Write a value of JSON as a person would."""
    match value:
        case None:
            return ""
        case str():
            return value
        case bool() | int() | float():
            return json.dumps(value)
        case list():
            return ", ".join(map(text, value))
        case dict():
            return ", ".join(f"{key}: {text(inner)}" for key, inner in value.items())
        case _:
            return str(value)
