"""Rows of the ratings table: whose they are, and the fewest statements to what is wanted."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.rows import INT_RANGE, Change, in_words, named, plan, twice

# Few ReviewIDs, so that tables meet in some rows and differ in others.
ROWS = st.dictionaries(st.integers(-3, 5), st.one_of(st.none(), st.integers(0, 3)), max_size=9)
OURS = st.frozensets(st.integers(-3, 5))

Table = dict[int, int | None]


def applied(held: Table, change: Change) -> Table:
    """Give the table after a change, as MySQL has it; what MySQL would refuse is an error here."""
    assert not change.insert.keys() & held.keys()
    assert change.update.keys() <= held.keys()
    assert set(change.delete) <= held.keys()
    kept = {review: rating for review, rating in held.items() if review not in change.delete}
    return {**kept, **change.insert, **change.update}


@pytest.mark.parametrize(
    ("held", "ours", "wanted", "change"),
    [
        ({}, (), {1: 5}, Change(insert={1: 5})),
        ({}, (1,), {1: 5}, Change(insert={1: 5})),  # somebody has deleted it
        ({}, (1,), {}, Change()),
        ({1: 4}, (1,), {1: 5}, Change(update={1: 5})),
        ({1: 5}, (1,), {1: 5}, Change()),
        ({1: 5}, (1,), {}, Change(delete=(1,))),
        ({1: 4}, (), {1: 5}, Change(taken=(1,))),
        ({1: 5}, (), {1: 5}, Change(taken=(1,))),
        ({1: 5}, (), {}, Change()),
    ],
    ids=[
        *("missing and wanted", "gone and wanted", "gone and not wanted"),
        *("ours with another value", "ours and right", "ours and not wanted"),
        *("another's with another value", "another's with this value", "another's and not wanted"),
    ],
)
def test_what_becomes_of_a_row_is_decided_by_whose_it_is(
    held: Table, ours: tuple[int, ...], wanted: Table, change: Change
) -> None:
    assert plan(held, wanted, ours) == change


@given(ROWS, ROWS, OURS)
def test_rows_of_others_are_never_touched(held: Table, wanted: Table, ours: frozenset[int]) -> None:
    change = plan(held, wanted, ours)
    others = held.keys() - ours
    assert not others & {*change.insert, *change.update, *change.delete}
    after = applied(held, change)
    assert {review: after[review] for review in others} == {i: held[i] for i in others}


@given(ROWS, ROWS, OURS)
def test_rows_that_somebody_else_has_taken_are_all_named(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    assert set(plan(held, wanted, ours).taken) == (held.keys() & wanted.keys()) - ours


@given(ROWS, ROWS, OURS)
def test_what_is_ours_is_exactly_what_is_wanted_afterwards(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    change = plan(held, wanted, ours)
    others = held.keys() - ours
    after = {i: rating for i, rating in applied(held, change).items() if i not in others}
    assert after == {i: rating for i, rating in wanted.items() if i not in change.taken}


@given(ROWS, ROWS, OURS)
def test_a_table_that_is_ours_alone_is_exactly_what_is_wanted(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    change = plan(held, wanted, ours, exclusive=True)
    assert applied(held, change) == wanted
    assert change.taken == ()


@given(ROWS, ROWS, OURS)
def test_rows_that_are_right_are_not_touched(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    change = plan(held, wanted, ours)
    right = {i for i in wanted if i in held and held[i] == wanted[i]}
    assert not right & {*change.insert, *change.update, *change.delete}


@given(ROWS, ROWS, OURS)
def test_what_was_applied_needs_no_second_time(
    held: Table, wanted: Table, ours: frozenset[int]
) -> None:
    change = plan(held, wanted, ours)
    again = plan(applied(held, change), wanted, wanted.keys() - set(change.taken))
    assert again == Change(taken=change.taken)


def test_null_is_a_rating_and_not_the_lack_of_a_row() -> None:
    assert plan({}, {1: None}, ()) == Change(insert={1: None})
    assert plan({1: None}, {1: None}, (1,)) == Change()
    assert plan({1: 5}, {1: None}, (1,)) == Change(update={1: None})
    assert plan({1: None}, {}, (1,)) == Change(delete=(1,))


def test_the_order_of_statements_is_the_order_of_reviews() -> None:
    change = plan({9: 1, 8: 1, 7: 1, 6: 1}, {3: 1, 1: 1, 7: 2, 6: 2}, (9, 8, 7, 6))
    assert list(change.insert) == [1, 3]
    assert list(change.update) == [6, 7]
    assert change.delete == (8, 9)


def test_a_row_that_is_there_twice_is_found() -> None:
    assert twice([]) == []
    assert twice([2, 1, 3]) == []
    assert twice([3, 1, 2, 3, 1, 3]) == [1, 3]


@pytest.mark.parametrize(
    ("reviews", "words"),
    [
        ([7], "ReviewID 7"),
        ([9, 7, 8], "ReviewID 7, 8, 9"),
        ([5, 4, 3, 2, 1], "ReviewID 1, 2, 3, 4, 5"),
        (range(-1, 5), "6 rows (ReviewID -1, 0, 1, 2, 3 and others)"),
        (range(1000), "1000 rows (ReviewID 0, 1, 2, 3, 4 and others)"),
    ],
    ids=len,
)
def test_of_many_rows_the_first_few_are_named_and_all_are_counted(
    reviews: list[int], words: str
) -> None:
    assert named(reviews) == words


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
