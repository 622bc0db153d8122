"""Accounts as SQL writes them, and the names of those that stand in for one for a moment."""

from __future__ import annotations

import re

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.account import Account, twin_of
from mysql.identifiers import account_name

USERS = st.text("abc_$", min_size=1, max_size=32)
WHICH = st.text("0123456789abcdef", min_size=8, max_size=8)
"""What tells twins apart, see `provider.rights`."""


def is_like(name: str, pattern: str) -> bool:
    """Match as MySQL's LIKE does."""
    signs = {"%": ".*", "_": "."}
    return bool(re.fullmatch("".join(signs.get(s, re.escape(s)) for s in pattern), name))


@pytest.mark.parametrize(
    ("account", "sql"),
    [
        (Account("bookinfo"), "'bookinfo'@'%'"),
        (Account("bookinfo", "10.0.%"), "'bookinfo'@'10.0.%'"),
        (Account("", "localhost"), "''@'localhost'"),
        (Account("o'brien"), "'o''brien'@'%'"),
        (Account("a\\"), "'a\\\\'@'%'"),
    ],
)
def test_an_account_is_written_as_sql_writes_it(account: Account, sql: str) -> None:
    assert str(account) == sql


@given(USERS, WHICH)
def test_the_name_of_a_twin_is_one_that_mysql_takes(user: str, which: str) -> None:
    twin = twin_of(user, which)
    assert account_name(twin) == twin


@given(USERS, WHICH, WHICH)
def test_an_account_may_have_several_twins(user: str, one: str, other: str) -> None:
    assert (twin_of(user, one) == twin_of(user, other)) == (one == other)


@given(USERS, WHICH)
def test_all_twins_of_an_account_are_found_by_one_pattern(user: str, which: str) -> None:
    assert is_like(twin_of(user, which), twin_of(user, "%"))


@pytest.mark.parametrize("name", ["bookinfo", "bookinfo_reader", "book_twin_0f3b1a52", "twin"])
def test_the_pattern_finds_no_account_of_another_name(name: str) -> None:
    assert is_like(twin_of("bookinfo", "0f3b1a52"), twin_of("bookinfo", "%"))
    assert not is_like(name, twin_of("bookinfo", "%"))
