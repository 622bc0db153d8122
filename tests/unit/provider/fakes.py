"""What a resource of the provider talks to: a server that answers as told, and people."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import Any, cast

import pymysql

from mysql.admin import Admin
from provider.configuration import Configuration
from provider.protocol.engine import Engine

URN = "urn:pulumi:dev::external-mysql::mysql-extra:index:Any::it"
SERVER = "7e7a9c1e-aa2c-11f0-8c1f-0242ac110002"
OWNER = "0f3b1a52-7c1d-4c59-9a53-2f1a6d6c7e11"
HOLDER = "5f2a3c1e-0b7d-4a6f-8d0e-6f1b2c3d4e5f"
ADMIN = Admin("mysql.example.com:3306", "admin", "s3cret", "true")

Answer = Sequence[Sequence[object]] | pymysql.MySQLError


def error(number: int, text: str = "as MySQL says") -> pymysql.MySQLError:
    return pymysql.err.OperationalError(number, text)


class Answers:
    """A connection, and its cursor: what starts so is answered so, everything else by nothing.

    Args:
        answers: Start of a statement -> rows, or the error; of several the first counts.
    """

    def __init__(self, answers: Mapping[str, Answer] | None = None) -> None:
        self.answers = dict(answers or {})
        self.statements: list[str] = []
        self.values: list[Any] = []
        self._rows: list[Sequence[object]] = []

    @contextmanager
    def cursor(self, *_: object) -> Iterator[Answers]:
        yield self

    def execute(self, statement: str, values: object = None) -> int:
        self.statements.append(statement)
        self.values.append(values)
        answer = self.answer(statement, values)
        if isinstance(answer, pymysql.MySQLError):
            raise answer
        self._rows = list(answer)
        return len(self._rows)

    def answer(self, statement: str, _values: object) -> Answer:
        """Say what a statement is answered by."""
        answers = (each for start, each in self.answers.items() if statement.startswith(start))
        return next(answers, ())

    def executemany(self, statement: str, values: Sequence[object]) -> None:
        for each in values:
            self.execute(statement, each)

    def fetchone(self) -> Sequence[object] | None:
        return self._rows[0] if self._rows else None

    def fetchall(self) -> Sequence[Sequence[object]]:
        return self._rows

    def commit(self) -> None:
        self.statements.append("COMMIT")

    def rollback(self) -> None:
        self.statements.append("ROLLBACK")

    def changes(self) -> list[str]:
        """Give the statements that change something, with their values in."""
        return [
            statement % values if values else statement
            for statement, values in zip(self._executed(), self.values, strict=True)
            if not statement.startswith(("SELECT", "SHOW"))
        ]

    def _executed(self) -> list[str]:
        return [each for each in self.statements if each not in ("COMMIT", "ROLLBACK")]


class At:
    """A configuration whose logins lead to connections like these.

    Args:
        admin: The admin's connection.
        others: User name -> connection, or why there is none.
    """

    def __init__(
        self, admin: Answers, others: Mapping[str, Answers | Exception] | None = None
    ) -> None:
        self.admin = ADMIN
        self.expected: list[str] = []
        self.logins: list[tuple[str, str]] = []
        self._connection = admin
        self._others = others or {}

    @contextmanager
    def connect(self, expected: str = "") -> Iterator[Answers]:
        self.expected.append(expected)
        yield self._connection

    @contextmanager
    def connect_as(self, user: str, password: str) -> Iterator[Answers]:
        self.logins.append((user, password))
        other = self._others[user]
        if isinstance(other, Exception):
            raise other
        yield other

    def configuration(self) -> Configuration:
        return cast("Configuration", self)


class Said:
    """An engine that writes down what people are told."""

    def __init__(self) -> None:
        self.infos: list[str] = []
        self.warnings: list[str] = []

    def info(self, _urn: str, line: str) -> None:
        self.infos.append(line)

    def warn(self, _urn: str, line: str) -> None:
        self.warnings.append(line)

    def engine(self) -> Engine:
        return cast("Engine", self)
