"""What others have on the server: refused by a line that names the setting, adopted, given back."""

from __future__ import annotations

import json
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database

ON_SERVER = ["Database/test", "Table/ratings"]
FAST = {"egress": "off", "routing": False, "destinationRules": False}
"""Without a way out nobody waits for pods; that the reader reads is proven all the same."""


@pytest.fixture
def stack(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any], database: Database
) -> Iterator[Stack]:
    stack = Stack.make(tmp_path, environment, {**settings, **FAST})
    yield stack
    if stack.resources():
        stack.destroy()
    database("DROP DATABASE IF EXISTS test")


def theirs(database: Database) -> None:
    """Make what a DBA made who followed the article by hand, and some more."""
    database("CREATE DATABASE test CHARACTER SET latin1")
    database("CREATE TABLE test.orders (i INT PRIMARY KEY)")
    database(
        "CREATE TABLE test.ratings (ReviewID INT NOT NULL PRIMARY KEY, Rating INT, note TEXT) "
        "COMMENT 'the DBA''s'"
    )
    database("INSERT INTO test.ratings VALUES (1, 3, 'theirs'), (7, 2, 'theirs')")


def found(database: Database) -> list[tuple[Any, ...]]:
    """Give all that there is to be seen of it."""
    return [
        *database("SHOW CREATE DATABASE test"),
        *database("SHOW TABLES FROM test"),
        *database("SHOW CREATE TABLE test.ratings"),
        *database("SELECT * FROM test.ratings ORDER BY ReviewID"),
    ]


def refusals(stack: Stack) -> list[str]:
    """Update without a preview, in vain; gives the lines that say why."""
    lines = [line for error in stack.up(ok=False).errors for line in error.splitlines()]
    return sorted({line for line in lines if line.startswith("external-mysql:")})


def forget(stack: Stack, *names: str) -> None:
    """Take resources out of the state, as if their run had been killed before it was written."""
    exported = json.loads(stack.state())
    lost = {each["urn"] for each in stack.exported() if each["urn"].rpartition("::")[2] in names}

    def without(value: Any) -> Any:
        if isinstance(value, list):
            return [without(each) for each in value if not (isinstance(each, str) and each in lost)]
        if isinstance(value, dict):
            return {key: without(each) for key, each in value.items()}
        return value

    resources = exported["deployment"]["resources"]
    exported["deployment"]["resources"] = [
        without(resource) for resource in resources if resource["urn"] not in lost
    ]
    file = stack.folder / "state.json"
    file.write_text(json.dumps(exported))
    stack.run("stack", "import", "--force", "--file", str(file))


def test_what_is_there_is_refused_before_the_first_change_and_each_line_names_the_setting(
    stack: Stack, database: Database, cluster: Kubectl
) -> None:
    theirs(database)
    database("CREATE USER bookinfo")
    try:
        before = found(database)
        stack.set(egress=None, destinationRules=True)  # what is made at once in the cluster
        first, second = refusals(stack)
        assert first.startswith("external-mysql:adopt: the account 'bookinfo'@'%' exists already")
        assert second.startswith("external-mysql:adopt: the database test exists already")
        assert "add Database/test there" in second
        stack.set(adopt=["Database/test"])
        _, second = refusals(stack)
        assert second.startswith("external-mysql:adopt: the table test.ratings exists already")
        assert "add Table/ratings there" in second
        assert found(database) == before
        assert cluster.names("serviceentries") == cluster.names("destinationrules") == set()
    finally:
        database("DROP USER bookinfo")


EVERYTHING = [*ON_SERVER, "Account/bookinfo"]
PASSWORD = "Th3irs:the-DBA's+own"  # noqa: S105


@pytest.fixture
def account(database: Database) -> Iterator[str]:
    """What a DBA made who followed the article by hand: its user, who may do some more."""
    theirs(database)
    database("CREATE USER bookinfo IDENTIFIED BY %s COMMENT 'the DBA''s'", PASSWORD)
    database("GRANT SELECT ON test.ratings TO bookinfo")
    database("GRANT INSERT, UPDATE ON test.* TO bookinfo")
    yield "bookinfo"
    for name in sorted(database.accounts()):
        if name.startswith("bookinfo"):
            database(f"DROP USER {name}")


def account_found(database: Database) -> list[tuple[Any, ...]]:
    return [
        *database("SHOW CREATE USER bookinfo"),
        *sorted(database("SHOW GRANTS FOR bookinfo")),
    ]


def test_what_is_adopted_is_used_and_given_back_as_it_was_found(
    stack: Stack, database: Database, account: str
) -> None:
    before = [*found(database), *account_found(database)]
    stack.set(adopt=ON_SERVER)
    (line,) = refusals(stack)
    assert "the account 'bookinfo'@'%' exists already" in line
    assert "add Account/bookinfo there" in line
    assert [*found(database), *account_found(database)] == before
    stack.set(adopt=EVERYTHING)
    said = stack.preview().text
    assert "test.ratings has a row of others, ReviewID 1: 3 -> 5 until it is given back" in said
    assert "'bookinfo'@'%' is taken over: whoever uses it goes on logging in" in said
    stack.up()
    assert stack.outputs()["ratings"] == {"1": 5, "2": 4}
    assert database.rows() == {1: 5, 2: 4, 7: 2}
    assert "UPDATE" in str(stack.outputs()["refused"])
    assert database("SHOW GRANTS FOR bookinfo")[1:] == [
        ("GRANT SELECT ON `test`.`ratings` TO `bookinfo`@`%`",)
    ]
    database.connect_as(account, PASSWORD).close()
    stack.up("--refresh", "--expect-no-changes")
    stack.run("stack", "rename", "renamed")
    stack.name = "renamed"
    stack.up("--refresh", "--expect-no-changes")
    stack.set(ratings={"2": None})
    stack.up()
    assert database.rows() == {1: 5, 7: 2}
    assert "stays" not in stack.destroy().text
    assert [*found(database), *account_found(database)] == before


def test_a_rotation_gives_an_adopted_account_back_and_so_does_to_adopt_it_no_more(
    stack: Stack, database: Database, account: str
) -> None:
    before = account_found(database)
    stack.set(adopt=EVERYTHING)
    stack.up()
    stack.set(rotation="2")
    stack.up()
    assert account_found(database) == before
    assert {"bookinfo", "bookinfo_2"} <= database.accounts()
    stack.set(adopt=ON_SERVER)
    stack.up()
    assert account_found(database) == before
    assert database.accounts() & {"bookinfo_2", "bookinfo_3"} == {"bookinfo_3"}
    stack.up("--refresh", "--expect-no-changes")
    stack.destroy()
    assert account_found(database) == before
    assert not {"bookinfo_2", "bookinfo_3"} & database.accounts()


def test_a_run_that_was_killed_before_its_state_was_written_is_gone_on_with(
    stack: Stack, database: Database, account: str
) -> None:
    before = [*found(database), *account_found(database)]
    stack.set(adopt=EVERYTHING)
    stack.up()
    forget(stack, "database-ratings", "reader-account", "reader-rights")
    stack.up()
    stack.up("--refresh", "--expect-no-changes")
    database.connect_as(account, PASSWORD).close()
    forget(stack, "database-free", "database-made", "database-ratings", "reader-account")
    stack.destroy()
    assert [*found(database), *account_found(database)] == before


def test_a_database_that_is_not_there_is_not_adopted(stack: Stack, database: Database) -> None:
    stack.set(adopt=["Database/test"])
    (line,) = refusals(stack)
    assert line.startswith("external-mysql:adopt: Database/test is there, and there is no database")
    assert "test" not in database.schemas()


def test_what_this_stack_made_stays_its_own_but_a_database_that_is_given_up(
    stack: Stack, database: Database
) -> None:
    stack.up()
    stack.set(adopt=EVERYTHING)
    stack.up()
    stack.up("--refresh", "--expect-no-changes")
    assert database.rows() == {1: 5, 2: 4}
    assert "bookinfo_2" not in database.accounts()
    stack.set(adopt=["Table/ratings", "Account/bookinfo"])
    (line,) = refusals(stack)
    assert "the database test at " in line
    assert "was adopted" in line
    assert database.rows() == {1: 5, 2: 4}
    stack.set(adopt=EVERYTHING)
    stack.destroy()
    assert database("SHOW TABLES FROM test") == []
    assert "bookinfo" not in database.accounts()
