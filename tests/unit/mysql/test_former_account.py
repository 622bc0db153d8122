"""What an adopted account was: written into its mark, read back, and what stands in the way."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.account import Account
from mysql.former_account import FormerAccount, obstacles
from mysql.grant_tables import Facts
from mysql.login import is_adopted, login
from mysql.mark import Mark
from mysql.rights import Right

ACCOUNT = Account("bookinfo", "%")
SHA2 = "caching_sha2_password"
SELECT = Right("`test`.*", "SELECT")
ROW: dict[str, Any] = {
    "User": "bookinfo",
    "Host": "%",
    "plugin": SHA2,
    "authentication_string": b"$A$005$x",
    "account_locked": "N",
    "password_expired": "N",
    "ssl_type": "",
    "max_user_connections": 0,
    "password_lifetime": None,
    "User_attributes": None,
}


def facts(*roles: dict[str, str], **changes: object) -> Facts:
    return Facts({"user": [{**ROW, **changes}], "role_edges": roles})


def said(*rights: Right, roles: tuple[dict[str, str], ...] = (), **changes: object) -> list[str]:
    known = facts(*roles, **changes)
    there = login(known, ACCOUNT)
    assert there is not None
    return obstacles(known, ACCOUNT, there, rights or (SELECT,), SHA2)


@given(
    st.builds(
        FormerAccount,
        st.lists(st.text(max_size=20), max_size=3).map(tuple),
        st.booleans(),
        st.dictionaries(st.sampled_from(["max_questions", "max_updates"]), st.integers(1, 99)),
        st.one_of(st.none(), st.integers(0, 65535)),
    )
)
def test_what_it_was_is_read_back_from_its_mark(former: FormerAccount) -> None:
    mark = Mark.of_attribute(Mark("0f3b", "5f2a", former=str(former)).attribute)
    assert mark is not None
    assert FormerAccount.parse(mark.former) == former


@pytest.mark.parametrize(
    ("changes", "demands"),
    [
        ({}, "REQUIRE NONE WITH {} PASSWORD EXPIRE DEFAULT"),
        ({"ssl_type": "ANY"}, "REQUIRE SSL WITH {} PASSWORD EXPIRE DEFAULT"),
        ({"password_lifetime": 0}, "REQUIRE NONE WITH {} PASSWORD EXPIRE NEVER"),
        ({"password_lifetime": 90}, "REQUIRE NONE WITH {} PASSWORD EXPIRE INTERVAL 90 DAY"),
    ],
)
def test_what_a_login_had_to_meet_is_demanded_again(
    changes: dict[str, object], demands: str
) -> None:
    known = facts(**changes, max_updates=7)
    there = login(known, ACCOUNT)
    assert there is not None
    (row,) = known.of("user")
    limits = (
        "MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 7 MAX_CONNECTIONS_PER_HOUR 0 "
        "MAX_USER_CONNECTIONS 0"
    )
    assert FormerAccount.of(there, row, [SELECT]).demands == demands.format(limits)


def test_an_account_as_the_article_has_it_is_no_obstacle() -> None:
    assert said() == []
    assert said(ssl_type="ANY", max_user_connections=7, User_attributes='{"metadata": {}}') == []


EDGE = {"FROM_HOST": "%", "User": "them", "Host": "%", "FROM_USER": "bookinfo"}


@pytest.mark.parametrize(
    ("changes", "words"),
    [
        ({"account_locked": "Y"}, "it is locked"),
        ({"password_expired": "Y"}, "its password has expired"),
        ({"authentication_string": b""}, "it has no password"),
        ({"plugin": "auth_socket"}, f"its plugin is auth_socket, and not {SHA2}"),
        ({"ssl_type": "X509"}, "it demands of its client X509"),
        ({"User_attributes": '{"additional_password": "x"}'}, "more to it: additional_password"),
        ({"User_attributes": '{"Restrictions": []}'}, "some of its rights are restricted"),
        ({"roles": (EDGE,)}, "it is a role of 'them'@'%'"),
    ],
)
def test_what_could_not_be_given_back_is_an_obstacle(changes: dict[str, Any], words: str) -> None:
    (line,) = said(**changes)
    assert words in line


@pytest.mark.parametrize(
    "right", [Right("'r'@'%'", "ROLE"), Right("*.*", "PROCESS", via="ROLE 'r'@'%'")]
)
def test_rights_that_are_not_its_own_are_an_obstacle(right: Right) -> None:
    (line,) = said(right)
    assert line.startswith("it has rights by way of ")
    assert "'r'@'%'" in line


def test_the_second_password_of_an_adopted_account_is_nothing_that_somebody_changed() -> None:
    adopted = Mark("0f3b", "5f2a", former=str(FormerAccount(()))).attribute
    for attribute, more in (
        (adopted, ()),
        (Mark("0f3b", "5f2a").attribute, ("additional_password",)),
    ):
        attributes = f'{{"metadata": {attribute}, "additional_password": "x"}}'
        there = login(facts(User_attributes=attributes), ACCOUNT)
        assert there is not None
        assert there.more == more
        assert is_adopted(there) == (not more)
