"""Spans and moments of time."""

from __future__ import annotations

import re
from datetime import UTC, datetime, timedelta

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.times import moment_in_words, now, parse_moment, parse_span, span_in_words

A_YEAR = timedelta(days=365)


@pytest.mark.parametrize(
    ("text", "span"),
    [
        ("0s", timedelta()),
        ("90s", timedelta(seconds=90)),
        ("30m", timedelta(minutes=30)),
        (" 1h ", timedelta(hours=1)),
        ("365d", A_YEAR),
    ],
)
def test_a_time_has_one_unit(text: str, span: timedelta) -> None:
    assert parse_span(text) == span


@pytest.mark.parametrize(
    "text", ["", "h", "1", "1 h", "1.5h", "-1h", "1h30m", "1w", "1H", "٣h", "1h\n2"]
)
def test_whatever_else_is_no_time(text: str) -> None:
    with pytest.raises(ValueError, match=rf"^{re.escape(repr(text))} is no time; write it as in"):
        parse_span(text)


def test_a_time_is_at_most_a_year() -> None:
    with pytest.raises(ValueError, match=r"^'366d' is longer than a year"):
        parse_span("366d")


@given(st.timedeltas(timedelta(), A_YEAR).map(lambda span: timedelta(seconds=int(span.seconds))))
def test_a_time_in_words_is_read_back(span: timedelta) -> None:
    assert parse_span(span_in_words(span)) == span


@pytest.mark.parametrize("text", ["0s", "61s", "90m", "25h", "2d"])
def test_a_time_is_written_in_its_largest_unit(text: str) -> None:
    assert span_in_words(parse_span(text)) == text


def test_a_moment_is_written_in_utc_and_read_back() -> None:
    moment = datetime(2026, 11, 29, 7, tzinfo=UTC)
    assert moment_in_words(moment) == "2026-11-29T07:00:00Z"
    assert parse_moment(moment_in_words(moment)) == moment
    assert parse_moment(moment_in_words(now())) <= now()
