"""Whether the admin may do enough: it is tried, and what is lacking is said as what to run."""

from __future__ import annotations

from collections.abc import Sequence

import pytest

from mysql.account import Account
from mysql.grant_tables import tables
from provider.admin_rights import grants, lacking
from tests.unit.provider.fakes import Answers, At, error

DEPLOYER = Account("deployer", "10.%")
VERSION = "9.7.4"
ALL = "GRANT ALL ON `test`.* TO 'deployer'@'10.%' WITH GRANT OPTION"
CREATE_USER = "GRANT CREATE USER ON *.* TO 'deployer'@'10.%'"


class Admin(Answers):
    """A server that refuses some statements, and says of all others that there is no such thing."""

    def __init__(self, *refused: str) -> None:
        super().__init__({"SELECT CURRENT_USER()": [("deployer@10.%",)]})
        self.refused = refused

    def execute(self, statement: str, values: object = None) -> int:
        if any(statement.startswith(start) for start in self.refused):
            self.statements.append(statement)
            raise error(1142)
        return super().execute(statement, values)


def lacks(*refused: str, version: str = VERSION) -> Sequence[str]:
    with At(Admin(*refused)).configuration().connect() as connection:
        return lacking(connection, "test", version)


def test_the_smallest_set_is_the_database_accounts_and_the_tables_of_rights() -> None:
    wanted = list(grants(DEPLOYER, "test", VERSION).values())
    assert wanted[:2] == [ALL, CREATE_USER]
    assert wanted[2:] == [
        f"GRANT SELECT ON mysql.{table} TO 'deployer'@'10.%'" for table in tables(VERSION)
    ]


def test_an_admin_who_may_do_all_of_it_lacks_nothing() -> None:
    assert lacks() == []


@pytest.mark.parametrize("refused", ["INSERT INTO", "ALTER TABLE", "SELECT 1 FROM `test`"])
def test_whatever_is_refused_in_the_database_is_one_grant(refused: str) -> None:
    assert lacks(refused) == [ALL]


def test_accounts_are_another_grant() -> None:
    assert lacks("CREATE USER") == [CREATE_USER]


@pytest.mark.parametrize("table", tables(VERSION))
def test_each_table_of_rights_is_named(table: str) -> None:
    assert lacks(f"SELECT 1 FROM mysql.{table} ") == [
        f"GRANT SELECT ON mysql.{table} TO 'deployer'@'10.%'"
    ]


def test_a_server_is_not_asked_for_tables_that_it_does_not_have() -> None:
    assert lacks("SELECT 1 FROM mysql.role_edges", version="5.7.44") == []


def test_nothing_is_changed_by_looking_at_rights_in_other_places() -> None:
    connection = Admin()
    with At(connection).configuration().connect() as admin:
        lacking(admin, "test", VERSION)
    tried = [each for each in connection.statements if each.startswith("GRANT")]
    assert not any(CREATE_USER in each or ALL in each for each in tried)
