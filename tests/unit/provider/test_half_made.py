"""What a killed update left: what is ours without a doubt goes, anything else is refused."""

from __future__ import annotations

import pytest

from mysql.account import Account
from mysql.mark import Mark
from provider.connection import DatabaseProblem, LoginRefused
from provider.half_made import ANOTHER, clear_account, clear_database
from tests.unit.provider.fake_accounts import Accounts
from tests.unit.provider.fakes import HOLDER, OWNER, Answer, Answers, At

PASSWORD = "s3cret"  # noqa: S105
MADE = Account("bookinfo_2")
OURS = Answers({"SELECT CURRENT_USER()": [("bookinfo_2@%",)]})
DROP = "DROP USER 'bookinfo_2'@'%'"
THERE: dict[str, Answer] = {"SELECT 1 FROM information_schema.SCHEMATA": [(1,)]}


def clear(server: Accounts, reader: Answers | Exception) -> None:
    clear_account(At(server, {"bookinfo_2": reader}).configuration(), MADE, PASSWORD)


def test_where_there_is_none_nothing_is_done() -> None:
    server = Accounts(("bookinfo", "%", Mark(OWNER, HOLDER).attribute))
    clear(server, LoginRefused("not asked"))
    assert server.changes() == []


def test_an_account_without_a_mark_that_the_new_password_opens_goes() -> None:
    server = Accounts(("bookinfo_2", "%", None))
    clear(server, OURS)
    assert server.changes() == [DROP]


@pytest.mark.parametrize(
    "reader", [LoginRefused("no"), Answers({"SELECT CURRENT_USER()": [("bookinfo_2@10.%",)]})]
)
def test_one_that_it_does_not_open_is_somebody_elses(reader: Answers | Exception) -> None:
    server = Accounts(("bookinfo_2", "%", None))
    with pytest.raises(DatabaseProblem, match="exists already") as refused:
        clear(server, reader)
    assert DROP in str(refused.value)
    assert PASSWORD not in str(refused.value)
    assert server.changes() == []


def test_one_that_stands_is_not_made_once_more_and_the_way_to_another_is_named() -> None:
    server = Accounts(("bookinfo_2", "%", Mark(OWNER, HOLDER).attribute))
    with pytest.raises(DatabaseProblem, match="stands") as refused:
        clear(server, OURS)
    assert str(refused.value).endswith(f"for another one, `{ANOTHER}`")
    assert server.changes() == []


@pytest.mark.parametrize(("answers", "changes"), [({}, []), (THERE, ["DROP DATABASE `test`"])])
def test_a_database_with_nothing_in_it_is_made_once_more(
    answers: dict[str, Answer], changes: list[str]
) -> None:
    server = Answers(answers)
    clear_database(At(server).configuration(), "test")
    held = ["LOCK INSTANCE FOR BACKUP"] if answers else []
    assert server.changes() == [*held, *changes]


def test_a_database_with_something_in_it_is_left_and_said() -> None:
    tables = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND "
    server = Answers({**THERE, f"{tables}TABLE_TYPE <> 'VIEW'": [("orders",)]})
    with pytest.raises(DatabaseProblem, match="table orders"):
        clear_database(At(server).configuration(), "test")
    assert server.changes() == ["LOCK INSTANCE FOR BACKUP"]
