"""What somebody changes by hand is seen by a refresh and put right by the next up."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from sandbox.stack import Stack
from tests.engine.by_hand import found
from tests.engine.parts import Database


def test_changed_and_lost_rows_are_named_and_put_right(stack: Stack, database: Database) -> None:
    database("UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 1")
    database("DELETE FROM test.ratings WHERE ReviewID = 2")
    text = stack.up("--refresh").text
    assert "ReviewID 1: 1 -> 5" in text
    assert "ReviewID 2: no row -> 4" in text
    assert database.rows() == {1: 5, 2: 4}


def test_a_changed_column_is_put_right(stack: Stack, database: Database) -> None:
    database("ALTER TABLE test.ratings MODIFY Rating VARCHAR(7) NOT NULL")
    stack.up("--refresh")
    columns = database("SHOW COLUMNS FROM test.ratings")
    assert [column[:4] for column in columns] == [
        ("ReviewID", "int", "NO", "PRI"),
        ("Rating", "int", "YES", ""),
    ]


TABLE, ACCOUNT = "test.ratings", "`'bookinfo'@'%'`"
BY_HAND = {
    "the database": (
        ["DROP DATABASE test"],
        "The database is gone, the table is gone, 2 rows are gone. 1 warning.",
        ["there is no database `test`, and no pod can read", "| 2 | 4 | no row |"],
    ),
    "the table": (
        [f"DROP TABLE {TABLE}"],
        "The table is gone, 2 rows are gone. 1 warning.",
        ["there is no table `test.ratings`, and no pod can read"],
    ),
    "the account and the key": (
        ["DROP USER bookinfo", f"ALTER TABLE {TABLE} DROP PRIMARY KEY"],
        "The account is gone, 1 primary key was changed, 1 right is gone. 1 warning.",
        [f"there is no account {ACCOUNT}", "| primary key | `ReviewID` | — |"],
    ),
    "the login, the right and a column": (
        [
            f"REVOKE SELECT ON {TABLE} FROM bookinfo",
            "ALTER USER bookinfo IDENTIFIED BY 'Somebody-3lses' ACCOUNT LOCK",
            f"ALTER TABLE {TABLE} DROP COLUMN Rating",
        ],
        (
            "2 ratings were changed, 1 column is gone, 1 login was changed, 1 right is gone. "
            "1 warning."
        ),
        [
            "| column `Rating` | `int` | — |",
            f"| {ACCOUNT} | login: locked | as it should be | `nobody can log in` |",
            f"| {ACCOUNT} | login: password | as it should be | `set by somebody else` |",
            f"| {ACCOUNT} | `` SELECT ON `test`.`ratings` `` | held | — |",
        ],
    ),
}


@pytest.mark.parametrize("what", BY_HAND)
def test_what_is_gone_is_said_in_words_and_comes_back(
    what: str, stack: Stack, database: Database, ready: Callable[[], object]
) -> None:
    statements, on_top, words = BY_HAND[what]
    for statement in statements:
        database(statement)
    headline, said = found(stack)
    assert headline == on_top, said
    assert [each for each in words if each not in said] == []
    stack.up("--refresh")
    ready()
    stack.up("--refresh", "--expect-no-changes")
    assert stack.outputs()["ratings"] == {"1": 5, "2": 4}
    assert database.rows() == {1: 5, 2: 4}


def test_rows_of_others_are_reported_and_left_alone(stack: Stack, database: Database) -> None:
    database("INSERT INTO test.ratings VALUES (7, 3)")
    said = "test.ratings has ReviewID 7 that this stack did not make, and leaves alone"
    headline, text = found(stack)
    assert headline == "Nothing was changed by hand. 1 warning."
    assert said in text
    assert said in stack.up("--refresh").text
    stack.set(ratings={"1": 2})
    stack.up()
    assert database.rows() == {1: 2, 2: 4, 7: 3}

    stack.set(ratings=None, exclusiveRows=True)
    stack.up()
    assert database.rows() == {1: 5, 2: 4}

    stack.set(exclusiveRows=None)
    stack.up()
