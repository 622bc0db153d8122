"""The tests' MySQL server, looked at from beside the program."""

from __future__ import annotations

from typing import Any

import pymysql

from sandbox.database import Server
from sandbox.stack import Run, Stack


class Database:
    """The tests' MySQL server, looked at as its admin."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values or None)
            connection.commit()
            return list(cursor.fetchall())

    def rows(self) -> dict[int, int | None]:
        return dict(self("SELECT ReviewID, Rating FROM test.ratings"))

    def schemas(self) -> set[str]:
        return {name for (name,) in self("SHOW DATABASES")}

    def accounts(self) -> set[str]:
        return {user for (user,) in self("SELECT User FROM mysql.user")}

    def connect_as(self, user: str, password: str) -> pymysql.Connection[Any]:
        at = self.server.at
        return pymysql.connect(host=str(at.ipv4), port=at.port, user=user, password=password)


def refused(run: Run, stack: Stack) -> str:
    """Give the one line of a run that was refused before it made anything."""
    assert stack.resources() == []
    return only(told(run))


def told(run: Run, *besides: str) -> list[str]:
    """Give what was said to be wrong, each once, besides the engine's own words around it.

    Args:
        run: What was said in it.
        besides: How lines begin that are not wanted either.
    """
    assert "Traceback" not in run.text
    # A plugin that the engine was loading when it ended was not told so, and is blamed; of one
    # that broke, what it was asked for says so too.
    own = ("preview f", "update f", "before hook", "Detected that ", *besides)
    said = dict.fromkeys(line.removeprefix("Preview failed: ") for line in run.errors)
    return [line for line in said if not line.startswith(own)]


def only(lines: list[str]) -> str:
    """Give the one line; where there are others, they are shown."""
    assert len(lines) == 1, "\n".join(lines)
    return lines[0]
