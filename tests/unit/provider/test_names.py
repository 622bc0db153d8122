"""The names on a server: what is taken is said before anything is changed, a line each."""

from __future__ import annotations

import pytest

from mysql.mark import Mark
from provider.names import taken, words
from provider.protocol.values import Properties
from tests.unit.provider.fake_accounts import Accounts
from tests.unit.provider.fakes import OWNER, Answer

ENDPOINT = "mysql.example.com:3306"
WANTED: Properties = {
    "database": "test",
    "rows": {"1": 5, "2": 4},
    "reader": "bookinfo",
    "readerHost": "%",
    "adopt": [],
}
ADOPTING: Properties = {**WANTED, "adopt": ["Database/test"]}
SCHEMATA = "SELECT 1 FROM information_schema.SCHEMATA"
MARK = Mark(OWNER, "some-resource")
OURS, THEIRS = ("bookinfo", "%", MARK.attribute), ("bookinfo", "%", None)


def server(
    *accounts: tuple[str, str, str | None],
    database: bool = False,
    table: str | None = None,
    attributes: bool = True,
) -> Accounts:
    """A server with these accounts, perhaps the database, perhaps the table with a comment."""
    connection = Accounts(*accounts, attributes=attributes)
    answers: dict[str, Answer] = {SCHEMATA: [(1,)]} if database else {}
    if table is not None:
        answers["SELECT TABLE_COMMENT"] = [(table,)]
    connection.answers.update(answers)
    return connection


def said(
    connection: Accounts, before: Properties | None = None, wanted: Properties = WANTED
) -> list[str]:
    """Give what each line is about."""
    lines = taken(connection, before or {}, wanted, {OWNER}, ENDPOINT)  # type: ignore[arg-type]
    assert connection.changes() == []
    assert all(line.startswith("external-mysql:adopt: ") for line in lines)
    assert not any("\n" in line for line in lines)
    return [line.removeprefix("external-mysql:adopt: ").partition(" exists")[0] for line in lines]


def test_names_that_are_free_are_had() -> None:
    assert said(server()) == []


def test_what_is_this_stacks_by_its_mark_is_no_obstacle() -> None:
    assert said(server(OURS, database=True, table=MARK.comment)) == []


def test_each_name_that_others_have_is_said() -> None:
    database, account = "the database test", "the account 'bookinfo'@'%'"
    assert said(server(THEIRS, database=True, table="")) == [database, account]
    assert said(server(THEIRS)) == [account]
    assert said(server(database=True)) == [database]


def test_the_table_of_others_in_a_database_that_is_adopted_is_said() -> None:
    assert said(server(database=True), wanted=ADOPTING) == []
    for comment in ("", Mark("another-stack", "some-resource").comment):
        found = said(server(database=True, table=comment), wanted=ADOPTING)
        assert found == ["the table test.ratings"]


def test_a_table_that_can_be_adopted_is_no_obstacle_and_one_that_cannot_is_said() -> None:
    wanted = {**ADOPTING, "adopt": ["Database/test", "Table/ratings"]}
    connection = server(database=True, table="theirs")
    columns = [("ReviewID", "int", "NO", "PRI"), ("Rating", "int", "YES", "")]
    connection.answers["SELECT COLUMN_NAME, COLUMN_TYPE"] = columns
    assert said(connection, wanted=wanted) == []
    columns[1] = ("Rating", "bigint", "YES", "")
    (line,) = said(connection, wanted=wanted)
    assert line.startswith("the table test.ratings cannot be adopted, for it would have to be ")


def test_a_database_that_is_adopted_has_to_be_there() -> None:
    (line,) = taken(server(), {}, ADOPTING, {OWNER}, ENDPOINT)  # type: ignore[arg-type]
    assert "there is no database test" in line


def test_nobody_is_asked_about_what_the_stack_stands_on_already() -> None:
    connection = server(THEIRS, database=True, table="")
    assert said(connection, WANTED) == said(connection, ADOPTING, ADOPTING) == []
    assert connection.statements == []


@pytest.mark.parametrize(
    ("changed", "about"),
    [
        ({"database": "books"}, ["the database books"]),
        ({"reader": "librarian"}, ["the account 'librarian'@'%'"]),
        ({"readerHost": "10.%"}, ["the account 'bookinfo'@'%'"]),
    ],
)
def test_another_name_is_looked_for_though_the_stack_stands(
    changed: Properties, about: list[str]
) -> None:
    connection = server(THEIRS, ("librarian", "%", None), database=True)
    assert said(connection, WANTED, {**WANTED, **changed}) == about


def test_a_database_that_was_adopted_is_not_made_while_it_is_there() -> None:
    connection = server(database=True, table=MARK.comment)
    (line,) = taken(connection, ADOPTING, WANTED, {OWNER}, ENDPOINT)  # type: ignore[arg-type]
    assert "was adopted" in line
    assert said(server(), ADOPTING) == []


def test_a_state_from_before_these_names_were_looked_at_is_looked_at_once() -> None:
    old: Properties = {"database": "test"}
    assert said(server(OURS, database=True, table=MARK.comment), old) == []
    assert said(server(THEIRS, database=True, table=MARK.comment), old) == [
        "the account 'bookinfo'@'%'"
    ]


def test_without_marks_on_accounts_the_table_says_that_the_account_may_be_ours() -> None:
    old: Properties = {"database": "test"}
    there = server(THEIRS, database=True, table=MARK.comment, attributes=False)
    assert said(there, old) == []
    assert said(server(THEIRS, attributes=False)) == ["the account 'bookinfo'@'%'"]


def test_what_is_adopted_is_written_as_the_setting_has_it() -> None:
    assert words(["Database/test"]) == ["Database/test"]
    for wrong in ("Database/test", ["database/test"], ["VirtualService/ratings"], [1]):
        with pytest.raises(ValueError, match=r"is no list|is nothing that can be adopted here"):
            words(wrong)
