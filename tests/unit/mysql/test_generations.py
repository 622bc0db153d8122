"""The names of an account's generations: none twice, none too long, and each is read back."""

from __future__ import annotations

import string

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mysql.generations import OF_BASE, generation_of, name_of, next_name
from mysql.identifiers import account_name

_LONGEST_USER = 32
"""https://dev.mysql.com/doc/refman/9.7/en/user-names.html"""

SIGNS = string.ascii_letters + string.digits + "_$"
PLAIN = st.text(SIGNS, min_size=1, max_size=_LONGEST_USER)
ENDING_IN_A_NUMBER = st.builds("{}_{}".format, st.text(SIGNS, max_size=24), st.integers(0, 10**6))
BASES = st.one_of(PLAIN, ENDING_IN_A_NUMBER)
GENERATIONS = st.integers(1, 999_999)

FULL = "a_reader_of_ratings_in_bookinfo1"
LIKE_ANOTHER = "the_reader_of_bookinfo_rating__2"
"""A first name that its second generation would have, too."""


@pytest.mark.parametrize(
    ("base", "generation", "name"),
    [
        ("bookinfo", 1, "bookinfo"),
        ("bookinfo", 2, "bookinfo_2"),
        ("bookinfo", 10, "bookinfo_10"),
        ("bookinfo_2", 2, "bookinfo_2_2"),
        (FULL, 1, FULL),
        (FULL, 2, "a_reader_of_ratings_in_bookinf_2"),
        (FULL, 100, "a_reader_of_ratings_in_booki_100"),
    ],
)
def test_each_generation_has_a_number_but_the_first(base: str, generation: int, name: str) -> None:
    assert name_of(base, generation) == name
    assert generation_of(base, name) == generation


@pytest.mark.parametrize(
    "name",
    [
        *("", "Bookinfo", "bookinf", "bookinfo2", "bookinfo_", "bookinfo_0", "bookinfo_1"),
        *("bookinfo_02", "bookinfo_-2", "bookinfo_2 ", "bookinfo_2\n", "bookinfo_\u0662"),
        *("bookinfo_2_3", "other_2", "bookinfo_twin_12345678", "bookinfo_1000000"),
    ],
)
def test_what_is_no_generation_is_none(name: str) -> None:
    assert generation_of("bookinfo", name) is None


@pytest.mark.parametrize(
    ("names", "name"),
    [
        ([], "bookinfo"),
        (["other", "bookinfo_twin_12345678", "bookinfo_1"], "bookinfo"),
        (["bookinfo"], "bookinfo_2"),
        (["bookinfo_2", "bookinfo"], "bookinfo_3"),
        # What is gone has had its name.
        (["bookinfo_7"], "bookinfo_8"),
        (["bookinfo_9", "bookinfo_10"], "bookinfo_11"),
        (["bookinfo_999999"], "bookinfo_1000000"),
        (["bookinfo_999999", "bookinfo_1000000"], "bookinfo_1000001"),
    ],
)
def test_the_next_name_comes_after_all_that_there_are(names: list[str], name: str) -> None:
    assert next_name("bookinfo", names) == name


def test_a_first_name_that_looks_like_its_second_generation_is_followed_by_the_third() -> None:
    assert name_of(LIKE_ANOTHER, 2) == LIKE_ANOTHER
    assert next_name(LIKE_ANOTHER, [LIKE_ANOTHER]) == "the_reader_of_bookinfo_rating__3"


@given(BASES, GENERATIONS)
@example(LIKE_ANOTHER, 2)
def test_a_generation_is_read_from_its_name(base: str, generation: int) -> None:
    name = name_of(base, generation)
    assert generation_of(base, name) == (1 if name == base else generation)


@given(BASES, GENERATIONS)
def test_every_name_is_one_that_mysql_takes_and_that_is_asked_for(
    base: str, generation: int
) -> None:
    name = name_of(base, generation)
    assert len(name) <= _LONGEST_USER
    assert name.startswith(base[:OF_BASE])
    if name.lower() != "root":
        assert account_name(name) == name


@given(BASES, st.lists(st.one_of(GENERATIONS, st.integers(1, 5)), max_size=8), st.lists(PLAIN))
@example(LIKE_ANOTHER, [1], [])
def test_the_next_name_is_never_one_that_is_there(
    base: str, generations: list[int], others: list[str]
) -> None:
    there = [name_of(base, generation) for generation in generations] + others
    for _ in range(3):
        name = next_name(base, there)
        assert name not in there
        assert len(name) <= _LONGEST_USER
        there.append(name)
