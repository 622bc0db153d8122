"""A server that has accounts, as far as this provider looks at them and changes them."""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from typing import Any

from mysql.account import Account
from mysql.mark import Mark
from provider.connection import LoginRefused
from tests.unit.provider.fakes import Answer, Answers, At, error

_SELECT = re.compile(
    r"SELECT User, Host, (?P<column>NULL|User_attributes->'\$\.metadata') FROM mysql\.user "
    r"WHERE User (?P<how>=|LIKE) %s"
)
_MARK = re.compile(r"ALTER USER '(?P<user>.*)'@'(?P<host>.*)' ATTRIBUTE '(?P<attribute>.*)'")
_DROP = re.compile(r"DROP USER '(?P<user>.*)'@'(?P<host>.*)'")
_NO_SUCH_USER, _SYNTAX = 1396, 1064
OWN, OTHERS, GONE = 7, (5, 9), 11
"""Sessions: of who looks, of who has the password too, and of one that ends meanwhile."""


class Accounts(Answers):
    """A connection to it; what it is not asked for here it answers as it is told.

    Args:
        there: User name, host and attribute of each account.
        attributes: Whether it has a place for attributes: since 8.0.21.
    """

    def __init__(self, *there: tuple[str, str, str | None], attributes: bool = True) -> None:
        super().__init__()
        self.there: dict[Account, dict[str, Any]] = {
            Account(user, host): json.loads(attribute) if attribute else {}
            for user, host, attribute in there
        }
        self._attributes = attributes

    def answer(self, statement: str, values: Any) -> Answer:
        """See :meth:`Answers.answer`."""
        if told := super().answer(statement, values):
            return told
        if statement.startswith("SHOW COLUMNS"):
            return [("User_attributes",)] if self._attributes else []
        if match := _SELECT.fullmatch(statement):
            assert (match["column"] != "NULL") == self._attributes
            return self._select(match["how"], *values)
        if match := _MARK.fullmatch(statement):
            return self._merge(Account(match["user"], match["host"]), match["attribute"])
        if match := _DROP.fullmatch(statement):
            return self._drop(Account(match["user"], match["host"]))
        return ()

    def _select(self, how: str, name: str) -> Sequence[Sequence[object]]:
        pattern = re.escape(name)
        if how == "LIKE":
            pattern = pattern.replace("%", ".*").replace("_", ".")
        return [
            (account.user, account.host, json.dumps(attribute) if attribute else None)
            for account, attribute in self.there.items()
            if re.fullmatch(pattern, account.user)
        ]

    def _merge(self, account: Account, attribute: str) -> Answer:
        """Merge as MySQL does: objects into objects.

        https://dev.mysql.com/doc/refman/9.7/en/alter-user.html
        """
        if not self._attributes:
            return error(_SYNTAX)
        if account not in self.there:
            return error(_NO_SUCH_USER)
        there = self.there[account]
        for key, value in json.loads(attribute).items():
            there[key] = {**there.get(key, {}), **value}
        return ()

    def _drop(self, account: Account) -> Answer:
        if account not in self.there:
            return error(_NO_SUCH_USER)
        del self.there[account]
        return ()


class Session(Answers):
    """A login that ends the other ones of its user; another could follow while it may log in."""

    def __init__(self, account: Account, accounts: Accounts) -> None:
        super().__init__(
            {
                "SELECT CURRENT_USER()": [(f"{account.user}@{account.host}",)],
                "SELECT CONNECTION_ID()": [(OWN,)],
                "SHOW PROCESSLIST": [(each, account.user) for each in (*OTHERS, OWN, GONE)],
                f"KILL {GONE}": error(1094, "Unknown thread id"),
            }
        )
        self._account = account
        self._accounts = accounts

    def answer(self, statement: str, values: object) -> Answer:
        assert not (statement.startswith("KILL") and self._account in self._accounts.there)
        return super().answer(statement, values)


class Server(At):
    """The server, on which accounts log in too.

    Attributes:
        passwords: Those of accounts that have none after their name.
        changed_by_hand: Accounts of which nobody here knows the password any more.
    """

    def __init__(self, *, attributes: bool = True) -> None:
        self.passwords: dict[str, str] = {}
        self.accounts = Accounts(attributes=attributes)
        self.sessions: list[Answers] = []
        self.changed_by_hand: set[str] = set()
        super().__init__(self.accounts)

    @contextmanager
    def connect_as(self, user: str, password: str) -> Iterator[Answers]:
        wrong = (
            password != self.passwords.get(user, f"s3cret-{user}") or user in self.changed_by_hand
        )
        if wrong or Account(user) not in self.accounts.there:
            raise LoginRefused("no")
        session = Session(Account(user), self.accounts)
        self.sessions.append(session)
        yield session

    def mark(self, user: str) -> Mark | None:
        return Mark.of_attribute(self.accounts.there[Account(user)])

    def users(self) -> set[str]:
        return {account.user for account in self.accounts.there}
