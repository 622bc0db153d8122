"""The article's table `ratings` in SQL: what it should be, what it is, and the way between.

https://github.com/istio/istio/blob/master/samples/bookinfo/src/mysql/mysqldb-init.sql
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from components._admin import Connection
from components._identifiers import quote
from components._rows import Change, Rows

TABLE = "ratings"
KEY = "ReviewID"

#: Column -> type, as `SHOW CREATE TABLE` writes it.
COLUMNS = {KEY: "int NOT NULL", "Rating": "int"}

# MySQL before 8.0.19 shows a display width, which changes nothing.
_DISPLAY_WIDTH = re.compile(r"\(\d+\)")


@dataclass(frozen=True)
class Table:
    """The ratings table of one database, as it is."""

    columns: Mapping[str, str]
    rows: Rows


def create(connection: Connection, database: str) -> None:
    """Create the table."""
    columns = ", ".join(f"{quote(name)} {kind}" for name, kind in COLUMNS.items())
    with connection.cursor() as cursor:
        cursor.execute(
            f"CREATE TABLE {_qualified(database)} ({columns}, PRIMARY KEY ({quote(KEY)})) "
            "ENGINE=InnoDB"
        )


def drop(connection: Connection, database: str) -> None:
    """Drop the table, if it is there."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP TABLE IF EXISTS {_qualified(database)}")


def read(connection: Connection, database: str) -> Table | None:
    """Read columns and rows; None where there is no such table."""
    columns = _read_columns(connection, database)
    if not columns:
        return None
    rows = _read_rows(connection, database) if COLUMNS.keys() <= columns.keys() else {}
    return Table(columns, rows)


def repair(connection: Connection, database: str, held: Mapping[str, str]) -> None:
    """Give the table its columns again; what somebody added stays."""
    steps = [
        f"{'MODIFY' if name in held else 'ADD'} COLUMN {quote(name)} {kind}"
        for name, kind in COLUMNS.items()
        if held.get(name) != kind
    ]
    if steps:
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER TABLE {_qualified(database)} {', '.join(steps)}")


def apply(connection: Connection, database: str, change: Change) -> None:
    """Write a change of rows in one transaction."""
    table = _qualified(database)
    with connection.cursor() as cursor:
        cursor.executemany(
            f"INSERT INTO {table} (ReviewID, Rating) VALUES (%s, %s) "  # noqa: S608 - quoted
            "ON DUPLICATE KEY UPDATE Rating = VALUES(Rating)",
            list(change.upsert.items()),
        )
        cursor.executemany(
            f"DELETE FROM {table} WHERE ReviewID = %s",  # noqa: S608 - quoted
            [(review,) for review in change.delete],
        )
    connection.commit()


def _read_columns(connection: Connection, database: str) -> dict[str, str]:
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE FROM information_schema.COLUMNS "
            "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION",
            (database, TABLE),
        )
        return {
            name: _DISPLAY_WIDTH.sub("", kind) + ("" if nullable == "YES" else " NOT NULL")
            for name, kind, nullable in cursor.fetchall()
        }


def _read_rows(connection: Connection, database: str) -> dict[int, int | None]:
    with connection.cursor() as cursor:
        cursor.execute(f"SELECT ReviewID, Rating FROM {_qualified(database)} ORDER BY ReviewID")  # noqa: S608
        return dict(cursor.fetchall())


def _qualified(database: str) -> str:
    return f"{quote(database)}.{quote(TABLE)}"
