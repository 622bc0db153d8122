"""What somebody changes by hand is seen by a refresh and put right by the next up."""

from __future__ import annotations

from sandbox.stack import Stack
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


def test_a_lost_column_comes_back_with_its_rows(stack: Stack, database: Database) -> None:
    database("ALTER TABLE test.ratings DROP COLUMN Rating")
    stack.up("--refresh")
    assert database.rows() == {1: 5, 2: 4}


def test_a_dropped_table_is_made_again(stack: Stack, database: Database) -> None:
    database("DROP TABLE test.ratings")
    stack.up("--refresh")
    assert database.rows() == {1: 5, 2: 4}


def test_a_dropped_user_is_made_again(stack: Stack, database: Database) -> None:
    database("DROP USER bookinfo")
    stack.up("--refresh")
    assert "bookinfo" in database.accounts()
    assert stack.outputs()["ratings"] == {"1": 5, "2": 4}


def test_a_dropped_database_is_made_again(stack: Stack, database: Database) -> None:
    database("DROP DATABASE test")
    stack.up("--refresh")
    assert database.rows() == {1: 5, 2: 4}


def test_rows_of_others_are_reported_and_left_alone(stack: Stack, database: Database) -> None:
    database("INSERT INTO test.ratings VALUES (7, 3)")
    said = "test.ratings has ReviewID 7 that this stack did not make, and leaves alone"
    assert said in stack.up("--refresh").text
    stack.set(ratings={"1": 2})
    stack.up()
    assert database.rows() == {1: 2, 2: 4, 7: 3}

    stack.set(ratings=None, exclusiveRows=True)
    stack.up()
    assert database.rows() == {1: 5, 2: 4}

    stack.set(exclusiveRows=None)
    stack.up()
