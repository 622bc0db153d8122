"""Spans and moments of time, as people write them."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

_UNITS = {"d": 86400, "h": 3600, "m": 60, "s": 1}
_SPAN = re.compile(r"(?P<number>\d{1,9})(?P<unit>[smhd])", re.ASCII)
_LONGEST = timedelta(days=365)


def parse_span(text: str) -> timedelta:
    """Read `90s`, `30m`, `1h` or `2d`.

    Raises:
        ValueError: The text is none of these, or longer than a year.
    """
    match = _SPAN.fullmatch(text.strip())
    if not match:
        raise ValueError(f"{text!r} is no time; write it as in 90s, 30m, 1h or 2d")
    span = timedelta(seconds=int(match["number"]) * _UNITS[match["unit"]])
    if span > _LONGEST:
        raise ValueError(f"{text!r} is longer than a year; give a shorter time")
    return span


def span_in_words(span: timedelta) -> str:
    """Write a span in the largest unit that it is a whole number of."""
    seconds = int(span.total_seconds())
    size, unit = (
        next(
            (size, unit) for unit, size in _UNITS.items() if seconds % size == 0 and seconds >= size
        )
        if seconds
        else (1, "s")
    )
    return f"{seconds // size}{unit}"


def now() -> datetime:
    """Give this moment, in whole seconds."""
    return datetime.now(UTC).replace(microsecond=0)


def parse_moment(text: str) -> datetime:
    """Read what :func:`moment_in_words` writes."""
    return datetime.fromisoformat(text)


def moment_in_words(moment: datetime) -> str:
    """Write a moment as ISO 8601 has it: `2026-11-29T07:00:00Z`."""
    return moment.astimezone(UTC).isoformat().replace("+00:00", "Z")
