"""The provider against the real server: what it takes over is given back as it was found."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from provider import adopted_table
from provider.protocol.service import RefusedError
from provider.protocol.values import Properties
from tests.engine.parts import Database
from tests.engine.stand import Stand

THEIRS = (
    "CREATE TABLE test.ratings (ReviewID INT NOT NULL, Rating INT, note VARCHAR(9) DEFAULT 'x', "
    "PRIMARY KEY (ReviewID)) COMMENT 'The \"DBA''s\" table: 100 % \\\\ ours, são'"
)
ROWS = {1: 3, 4: None, 7: 2}
ADOPTED = {1: 5, 2: 4, 4: None, 7: 2}


@pytest.fixture
def stand(database: Database, environment: dict[str, str]) -> Iterator[Stand]:
    database("CREATE DATABASE test")
    database(THEIRS)
    for review, rating in ROWS.items():
        database("INSERT INTO test.ratings (ReviewID, Rating) VALUES (%s, %s)", review, rating)
    stand = Stand(database, environment)
    stand.of_table["adopt"] = True
    yield stand
    database("DROP DATABASE test")


def found(stand: Stand) -> tuple[Any, ...]:
    """Give all that there is to be seen of the table."""
    return (*stand.database("SHOW CREATE TABLE test.ratings"), *rows(stand).items())


def rows(stand: Stand) -> dict[int, int | None]:
    return dict(stand.database("SELECT ReviewID, Rating FROM test.ratings"))


def adopted(stand: Stand, **inputs: object) -> Properties:
    """Plan it, then do it; gives its state."""
    stand.of_table.update(inputs)
    stand.table.plan("", None, stand.of_table)
    return stand.table.create("", stand.of_table)[1]


def updated(stand: Stand, state: Properties, **inputs: object) -> Properties:
    stand.of_table.update(inputs)
    stand.table.plan("", state, stand.of_table)
    return stand.table.update("", state, stand.of_table)


# --- the table


def test_a_table_is_taken_over_and_given_back_as_it_was_found(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    assert rows(stand) == ADOPTED
    assert state["rows"] == {"1": 5, "2": 4}
    assert (state["adopted"], state["former"]) == (True, {"1": 3})
    said = "\n".join(stand.said.lines)
    assert "test.ratings is taken over as it is, and given back by `destroy`" in said
    assert "test.ratings has a row of others, ReviewID 1: 3 -> 5 until it is given back" in said
    again = stand.table.read("", state, stand.of_table)
    assert again is not None
    assert stand.table.diff("", again.state, stand.of_table) == []
    stand.said.lines.clear()
    stand.table.delete("", state)
    assert found(stand) == before
    assert stand.said.lines == []
    stand.table.delete("", state)  # as after a run that was cut off
    assert found(stand) == before
    assert stand.said.lines == []


def test_a_row_that_is_wanted_no_more_is_what_it_was(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    state = updated(stand, state, rows={"7": 1})
    assert rows(stand) == {1: 3, 4: None, 7: 1}
    state = updated(stand, state, rows={"1": 2, "4": 4})
    assert rows(stand) == {1: 2, 4: 4, 7: 2}
    stand.table.delete("", state)
    assert found(stand) == before


def test_the_difference_says_what_a_row_becomes_again(stand: Stand) -> None:
    state = adopted(stand)
    stand.said.lines.clear()
    stand.table.diff("", state, {**stand.of_table, "rows": {}})
    assert stand.said.lines == ["ReviewID 1: 5 -> 3", "ReviewID 2: 4 -> no row"]


@pytest.mark.parametrize("wanted", [{"1": 5, "2": 4}, {"2": 1}, {}])
@pytest.mark.parametrize("writes", ["apply", "comment", None])
def test_a_run_that_is_cut_off_anywhere_loses_nothing(
    stand: Stand, monkeypatch: pytest.MonkeyPatch, writes: str | None, wanted: dict[str, int]
) -> None:
    before = found(stand)
    if writes:
        with monkeypatch.context() as patched:
            patched.setattr(adopted_table, writes, cut_off)
            with pytest.raises(KeyboardInterrupt):
                adopted(stand)
    else:
        adopted(stand)  # and its state is lost
    state = adopted(stand, rows=wanted)
    assert rows(stand) == {**ROWS, **{int(review): rating for review, rating in wanted.items()}}
    stand.table.delete("", state)
    assert found(stand) == before


def cut_off(*_: object) -> None:
    raise KeyboardInterrupt


def test_what_no_resource_knows_of_is_given_back_with_the_server(stand: Stand) -> None:
    before = found(stand)
    adopted(stand)  # and its state is lost
    state = {**{name: stand.of_table[name] for name in ("server", "owner", "database")}}
    stand.server.delete("", {**state, "uuid": state["server"], "adopt": ["Table/ratings"]})
    assert found(stand) == before


def test_a_table_whose_resource_is_replaced_stays_adopted(stand: Stand) -> None:
    before = found(stand)
    old = adopted(stand)
    new = adopted(stand)
    stand.said.lines.clear()
    stand.table.delete("", old)
    assert rows(stand) == ADOPTED
    assert stand.said.lines == []
    stand.table.delete("", new)
    assert found(stand) == before


def test_another_mark_of_the_stack_keeps_what_the_table_was(stand: Stand) -> None:
    before = found(stand)
    state = adopted(stand)
    state = updated(stand, state, owner="another-mark")
    stand.table.delete("", state)
    assert found(stand) == before


def test_it_is_refused_where_nobody_said_so_and_where_it_is_another_stacks(stand: Stand) -> None:
    before = found(stand)
    with pytest.raises(RefusedError, match=r"external-mysql:adopt: .* add Table/ratings there to"):
        adopted(stand, adopt=False)
    assert found(stand) == before
    adopted(stand, adopt=True)
    taken = found(stand)
    with pytest.raises(RefusedError, match="is another stack's, by its mark"):
        adopted(stand, owner="another-stack")
    assert found(stand) == taken


@pytest.mark.parametrize(
    ("alter", "inputs", "words"),
    [
        ("MODIFY Rating SMALLINT", {}, r"column Rating: smallint -> int"),
        ("MODIFY ReviewID BIGINT", {}, r"column ReviewID: bigint NOT NULL -> int NOT NULL"),
        ("DROP PRIMARY KEY", {}, r"primary key: gone -> ReviewID"),
        ("DROP COLUMN Rating", {}, r"column Rating: gone -> int"),
        ("ADD COLUMN who INT NOT NULL", {}, r"ReviewID 2 would be added, and its column who takes"),
        (
            "COMMENT 'x'",
            {"rows": {str(i): 5 for i in range(300)}},
            r"has 2048 characters, and what",
        ),
        ("COMMENT 'x'", {"exclusive": True}, r"exclusiveRows: test.ratings was adopted"),
    ],
)
def test_what_could_not_be_given_back_is_refused_in_one_line(
    stand: Stand, alter: str, inputs: Properties, words: str
) -> None:
    stand.database(f"ALTER TABLE test.ratings {alter}")
    before = stand.database("SHOW CREATE TABLE test.ratings")
    wanted = {**stand.of_table, **inputs}
    for change in (partial(stand.table.plan, "", None), partial(stand.table.create, "")):
        with pytest.raises(RefusedError, match=words) as refused:
            change(wanted)
        assert "\n" not in str(refused.value)
    assert stand.database("SHOW CREATE TABLE test.ratings") == before


def test_a_column_that_has_to_have_a_value_is_no_obstacle_where_no_row_is_added(
    stand: Stand,
) -> None:
    stand.database("ALTER TABLE test.ratings ADD COLUMN who INT NOT NULL")
    before = found(stand)
    state = adopted(stand, rows={"1": 5, "7": 5})
    assert rows(stand) == {1: 5, 4: None, 7: 5}
    stand.table.delete("", state)
    assert found(stand) == before


def test_a_view_of_that_name_is_not_taken_over(stand: Stand) -> None:
    stand.database("RENAME TABLE test.ratings TO test.real_ratings")
    stand.database("CREATE VIEW test.ratings AS SELECT ReviewID, Rating FROM test.real_ratings")
    with pytest.raises(RefusedError, match="its structure is not changed"):
        stand.table.create("", stand.of_table)


def test_the_structure_of_an_adopted_table_is_not_mended(stand: Stand) -> None:
    state = adopted(stand)
    stand.database("ALTER TABLE test.ratings MODIFY Rating BIGINT")
    with pytest.raises(RefusedError, match="column Rating: bigint -> int"):
        updated(stand, state, rows={"1": 1})
    assert rows(stand) == ADOPTED


def test_where_there_is_no_table_one_is_made_and_dropped(stand: Stand) -> None:
    stand.database("DROP TABLE test.ratings")
    state = adopted(stand)
    assert state["adopted"] is False
    stand.table.delete("", state)
    assert stand.database("SHOW TABLES FROM test") == []


def test_nobody_writes_a_row_between_look_and_write(stand: Stand) -> None:
    with stand.database.server.connect() as theirs, theirs.cursor() as cursor:
        cursor.execute("BEGIN")
        cursor.execute("UPDATE test.ratings SET Rating = 4 WHERE ReviewID = 1")  # not to be seen
        with pytest.raises(RefusedError, match="another session holds a lock"):
            adopted(stand)
        theirs.commit()
    state = adopted(stand)
    assert state["former"] == {"1": 4}
    stand.table.delete("", state)
    assert rows(stand) == {**ROWS, 1: 4}
