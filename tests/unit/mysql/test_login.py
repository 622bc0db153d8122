"""What somebody changed about a login is said in words, and put right by few statements."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import pytest

from mysql.account import Account
from mysql.login import Login, changed, kept, mend

READER = Account("bookinfo", "%")
LEFT = Login(plugin="caching_sha2_password", digest="5f2a")


def said(**changes: Any) -> dict[str, str]:
    return changed(replace(LEFT, **changes), kept(LEFT), tls=False)


def mended(*, over_tls: bool = False, account: Account = READER, **changes: Any) -> list[str]:
    return mend(account, replace(LEFT, **changes), plugin=LEFT.plugin, tls=over_tls)


def test_of_a_login_only_plugin_and_digest_are_kept_and_no_hash() -> None:
    assert kept(LEFT) == {"plugin": "caching_sha2_password", "digest": "5f2a"}


@pytest.mark.parametrize("tls", [True, False])
def test_a_login_that_is_as_it_was_left_is_no_difference(*, tls: bool) -> None:
    left = replace(LEFT, tls="SSL" if tls else "")
    assert changed(left, kept(left), tls=tls) == {}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"digest": "77"}, {"password": "set by somebody else"}),
        (
            {"plugin": "mysql_native_password"},
            {"plugin": "caching_sha2_password -> mysql_native_password"},
        ),
        ({"locked": True}, {"locked": "nobody can log in"}),
        ({"expired": True}, {"expired": "a login may do nothing but set a new password"}),
        ({"tls": "X509"}, {"tls": "NONE -> X509"}),
        (
            {"limits": {"max_questions": 1, "max_updates": 2}},
            {"limits": "max_questions 1, max_updates 2"},
        ),
        ({"more": ("additional_password",)}, {"more": "additional_password"}),
        (
            {"locked": True, "digest": "77"},
            {"password": "set by somebody else", "locked": "nobody can log in"},
        ),
    ],
    ids=str,
)
def test_each_change_is_said_in_words(changes: dict[str, Any], words: dict[str, str]) -> None:
    assert said(**changes) == words


def test_a_login_that_no_longer_demands_tls_is_said() -> None:
    assert changed(LEFT, kept(LEFT), tls=True) == {"tls": "SSL -> NONE"}


def test_the_words_hold_neither_password_nor_digest() -> None:
    assert "77" not in str(said(digest="77"))


@pytest.mark.parametrize(
    "changes",
    [
        {"digest": "77"},
        {"plugin": "mysql_native_password"},
        {"locked": True, "expired": True},
        {"tls": "X509"},
        {"limits": {"max_questions": 1}},
    ],
    ids=str,
)
def test_one_statement_puts_right_whatever_it_is(changes: dict[str, Any]) -> None:
    (statement,) = mended(**changes)
    assert statement == (
        "ALTER USER 'bookinfo'@'%%' IDENTIFIED WITH 'caching_sha2_password' BY %s REQUIRE NONE "
        "WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 "
        "MAX_USER_CONNECTIONS 0 PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK"
    )


def test_an_account_that_has_to_use_tls_is_told_so_anew() -> None:
    (statement,) = mended(over_tls=True)
    assert " REQUIRE SSL " in statement


@pytest.mark.parametrize(
    ("more", "clauses"),
    [
        (("additional_password",), ["DISCARD OLD PASSWORD"]),
        (("Password_locking",), ["FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0"]),
        (
            ("Password_locking", "additional_password"),
            ["DISCARD OLD PASSWORD", "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0"],
        ),
        # What takes it away is not known here: the caller sees that it is still there.
        (("multi_factor_authentication",), []),
    ],
)
def test_what_else_somebody_added_takes_a_statement_of_its_own(
    more: tuple[str, ...], clauses: list[str]
) -> None:
    _, *rest = mended(more=more)
    assert rest == [f"ALTER USER 'bookinfo'@'%' {clause}" for clause in clauses]


@pytest.mark.parametrize("account", [READER, Account("o'brien", "10.0.%"), Account("a%s", "%")])
def test_the_password_is_the_one_value_of_the_first_statement_whatever_the_account(
    account: Account,
) -> None:
    first, second = mended(account=account, more=("additional_password",))
    ready = first % ("'s3cret'",)
    assert ready.startswith(f"ALTER USER {account} IDENTIFIED WITH 'caching_sha2_password' BY 's3")
    assert second == f"ALTER USER {account} DISCARD OLD PASSWORD"  # run without values
