"""The provider against the real server: what somebody else made is never lost, whatever it is."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mysql.mark import Mark
from provider.protocol.service import RefusedError
from tests.engine.parts import Database
from tests.engine.stand import Stand


@pytest.fixture
def stand(database: Database, environment: dict[str, str]) -> Iterator[Stand]:
    yield Stand(database, environment)
    database("DROP DATABASE IF EXISTS test")


OTHERS = {
    "table theirs": "CREATE TABLE test.theirs (i INT)",
    "view theirs": "CREATE VIEW test.theirs AS SELECT 1",
    "routine theirs": "CREATE PROCEDURE test.theirs() DO 1",
    "event theirs": "CREATE EVENT test.theirs ON SCHEDULE EVERY 1 YEAR DO SET @a = 1",
    "column theirs": "ALTER TABLE test.ratings ADD COLUMN theirs INT",
    "ReviewID 7": "INSERT INTO test.ratings VALUES (7, 3)",
    "trigger theirs": "CREATE TRIGGER test.theirs BEFORE INSERT ON test.ratings "
    "FOR EACH ROW SET @a = 1",
    "foreign key of test.theirs": "CREATE TABLE test.theirs "
    "(i INT, FOREIGN KEY (i) REFERENCES test.ratings (ReviewID))",
    "view test.theirs": "CREATE VIEW test.theirs AS SELECT * FROM test.ratings",
}


def test_what_is_the_stacks_alone_goes_without_a_word(stand: Stand) -> None:
    assert stand.take_back(stand.make()) == ""
    assert "test" not in stand.database.schemas()


@pytest.mark.parametrize(("named", "make"), OTHERS.items(), ids=list(OTHERS))
def test_what_somebody_else_made_stays_and_is_named(stand: Stand, named: str, make: str) -> None:
    state = stand.make()
    stand.database(make)
    said = stand.take_back(state)
    assert named in said
    assert "test" in stand.database.schemas()
    ours = {"1", "2"} & {
        str(review)
        for (review,) in (
            stand.database("SELECT ReviewID FROM test.ratings")
            if "ratings" in _tables(stand)
            else ()
        )
    }
    assert ours == set()


def _tables(stand: Stand) -> set[str]:
    return {name for (name,) in stand.database("SHOW TABLES FROM test")}


COUNTS_ON = (
    "CREATE TABLE test.theirs (i INT, FOREIGN KEY (i) REFERENCES test.ratings (ReviewID) "
    "ON DELETE {})"
)


@pytest.mark.parametrize("rule", ["CASCADE", "SET NULL", "RESTRICT"])
def test_no_row_of_others_goes_with_one_of_ours(stand: Stand, rule: str) -> None:
    state = stand.make()
    stand.database(COUNTS_ON.format(rule))
    stand.database("INSERT INTO test.theirs VALUES (2)")
    fewer = {**stand.of_table, "rows": {"1": 5}}
    with pytest.raises(RefusedError, match="cannot go, for rows of others count on it"):
        stand.table.update("", state, fewer)
    if rule != "RESTRICT":  # whether there is a row of theirs, the server alone sees
        with pytest.raises(RefusedError, match=f"ON DELETE {rule}"):
            stand.table.plan("", state, fewer)
    assert "foreign key of test.theirs" in stand.take_back(state)
    assert stand.database("SELECT i FROM test.theirs") == [(2,)]
    assert stand.database.rows() == {1: 5, 2: 4}


def test_a_table_in_the_place_of_ours_is_not_ours(stand: Stand) -> None:
    state = stand.make()
    stand.database("DROP TABLE test.ratings")
    stand.database("CREATE TABLE test.ratings (ReviewID INT PRIMARY KEY, Rating INT)")
    stand.database("INSERT INTO test.ratings VALUES (1, 5)")
    assert stand.table.read("", state, stand.of_table) is None
    with pytest.raises(RefusedError, match="this stack did not make it"):
        stand.table.plan("", None, stand.of_table)
    stand.take_back(state)
    assert stand.database.rows() == {1: 5}


def test_a_create_that_was_cut_off_is_taken_up_again(stand: Stand) -> None:
    stand.make()
    stand.database("DELETE FROM test.ratings WHERE ReviewID = 2")  # and its state is lost
    _, state = stand.table.create("", stand.of_table)
    assert stand.database.rows() == {1: 5, 2: 4}
    assert stand.take_back(state) == ""


def test_what_a_create_left_that_was_cut_off_goes_with_the_database(stand: Stand) -> None:
    stand.make()
    unfinished = Mark(stand.of_table["owner"], "nobody").comment
    stand.database(f"ALTER TABLE test.ratings COMMENT = '{unfinished}'")
    stand.database("DELETE FROM test.ratings")
    stand.schema.delete("", stand.free)
    assert "test" not in stand.database.schemas()


def test_a_row_that_somebody_adds_at_the_wrong_moment_is_not_written_over(
    stand: Stand,
) -> None:
    state = stand.make()
    stand.database("INSERT INTO test.ratings VALUES (3, 1)")
    with pytest.raises(RefusedError, match="is a row that this stack did not make"):
        stand.table.update("", state, {**stand.of_table, "rows": {"1": 5, "2": 4, "3": 9}})
    assert stand.database.rows() == {1: 5, 2: 4, 3: 1}


def test_nobody_adds_a_row_between_the_last_look_and_the_drop(stand: Stand) -> None:
    state = stand.make()
    with stand.database.server.connect() as theirs, theirs.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("INSERT INTO test.ratings VALUES (9, 1)")  # not yet to be seen
        with pytest.raises(RefusedError, match="another session holds a lock") as refusal:
            stand.table.delete("", state)
        assert "no MySQL server answers" not in str(refusal.value)
        theirs.commit()
    assert "ReviewID 9" in stand.take_back(state)
    assert stand.database.rows() == {9: 1}


# --- one resource in another one's place, as `--replace` makes it


def test_a_table_whose_resource_is_replaced_stays_as_it_is(stand: Stand) -> None:
    old = stand.make()
    _, new = stand.table.create("", stand.of_table)
    stand.table.delete("", old)
    assert stand.database.rows() == {1: 5, 2: 4}
    assert stand.take_back(new) == ""


def test_a_database_whose_resource_is_replaced_stays_as_it_is(stand: Stand) -> None:
    state = stand.make()
    for inputs in (stand.free, stand.made):
        stand.schema.create("", inputs)
        stand.schema.delete("", inputs)
    assert stand.database.rows() == {1: 5, 2: 4}
    assert stand.take_back(state) == ""
