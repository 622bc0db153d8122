"""Rows of the ratings table: the fewest statements between what is held and what is wanted."""

from __future__ import annotations

import re

from hypothesis import given
from hypothesis import strategies as st

from components._rows import INT_RANGE, Change, in_words, plan

# Few ReviewIDs, so that tables meet in some rows and differ in others.
ROWS = st.dictionaries(st.integers(-3, 5), st.one_of(st.none(), st.integers(0, 3)), max_size=9)
OURS = st.frozensets(st.integers(-3, 5))

Table = dict[int, int | None]


def applied(held: Table, change: Change) -> Table:
    """Give the table after a change, as MySQL has it after upsert and delete."""
    kept = {i: rating for i, rating in held.items() if i not in change.delete}
    return kept | dict(change.upsert)


@given(ROWS, ROWS, OURS)
def test_every_wanted_row_is_there_afterwards(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    assert wanted.items() <= applied(held, plan(held, wanted, ours)).items()


@given(ROWS, ROWS)
def test_a_table_that_is_ours_alone_is_exactly_what_is_wanted(held: Table, wanted: Table) -> None:
    assert applied(held, plan(held, wanted, frozenset(held))) == wanted


@given(ROWS, ROWS, OURS)
def test_rows_of_others_are_left_alone(held: Table, wanted: Table, ours: frozenset[int]) -> None:
    after = applied(held, plan(held, wanted, ours))
    others = held.keys() - ours - wanted.keys()
    assert {i: after.get(i, "gone") for i in others} == {i: held[i] for i in others}
    assert after.keys() == wanted.keys() | others


@given(ROWS, ROWS, OURS)
def test_rows_that_are_right_are_not_touched(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    change = plan(held, wanted, ours)
    right = {i for i in wanted if i in held and held[i] == wanted[i]}
    assert not right & (change.upsert.keys() | set(change.delete))
    assert not change.upsert.keys() & set(change.delete)
    assert set(change.delete) <= held.keys()


@given(ROWS, ROWS, OURS)
def test_what_was_applied_needs_no_second_time(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    after = applied(held, plan(held, wanted, ours))
    assert not plan(after, wanted, ours)


@given(ROWS)
def test_no_change_is_false(rows: Table) -> None:
    assert not plan(rows, rows, frozenset())
    assert plan(rows, rows, frozenset()) == Change()


def test_null_is_a_rating_and_not_the_lack_of_a_row() -> None:
    assert plan({}, {1: None}, frozenset()).upsert == {1: None}
    assert plan({1: None}, {1: None}, frozenset()) == Change()
    assert plan({1: 5}, {1: None}, frozenset()).upsert == {1: None}
    assert plan({1: None}, {}, frozenset({1})).delete == (1,)


def test_the_order_of_statements_is_the_order_of_reviews() -> None:
    change = plan({9: 1, 8: 1}, {3: 1, 1: 1, 2: 1}, frozenset({8, 9}))
    assert list(change.upsert) == [1, 2, 3]
    assert change.delete == (8, 9)


def test_a_change_is_said_row_by_row() -> None:
    assert in_words({1: 5, 2: 4, 3: None, 4: 1}, {1: 1, 2: 4, 3: 2, 5: None}) == [
        "ReviewID 1: 5 -> 1",
        "ReviewID 3: NULL -> 2",
        "ReviewID 4: 1 -> no row",
        "ReviewID 5: no row -> NULL",
    ]


@given(ROWS, ROWS)
def test_the_words_name_exactly_the_rows_that_differ(old: Table, new: Table) -> None:
    absent = "absent"
    differ = [
        i for i in sorted(old.keys() | new.keys()) if old.get(i, absent) != new.get(i, absent)
    ]
    lines = in_words(old, new)
    assert [int(re.findall(r"-?\d+", line)[0]) for line in lines] == differ
    assert in_words(old, old) == []


def test_the_range_is_that_of_a_mysql_int() -> None:
    assert (INT_RANGE[0], INT_RANGE[-1]) == (-2147483648, 2147483647)
