"""The article's table `ratings` in SQL: what it is to be, and the way there from what it is.

https://github.com/istio/istio/blob/master/samples/bookinfo/src/mysql/mysqldb-init.sql
"""

from __future__ import annotations

import re
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Any

from mysql.identifiers import quote
from mysql.mark import Mark

TABLE = "ratings"
KEY = ["ReviewID"]

#: Column -> type, as `SHOW CREATE TABLE` writes it.
COLUMNS = {"ReviewID": "int NOT NULL", "Rating": "int"}

READ_COLUMNS = (
    "SELECT COLUMN_NAME, COLUMN_TYPE, IS_NULLABLE, COLUMN_KEY FROM information_schema.COLUMNS "
    "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s ORDER BY ORDINAL_POSITION"
)
#: Columns of others that an added row has to have a value for.
READ_REQUIRED = (
    "SELECT COLUMN_NAME FROM information_schema.COLUMNS WHERE TABLE_SCHEMA = %s "
    "AND TABLE_NAME = %s AND IS_NULLABLE = 'NO' AND COLUMN_DEFAULT IS NULL "
    "AND EXTRA NOT REGEXP 'auto_increment|GENERATED' "
    "AND COLUMN_NAME NOT IN ('ReviewID', 'Rating')"
)
_NULLABLE = "YES"
_PRIMARY = "PRI"
# MySQL before 8.0.19 shows a display width, which changes nothing.
_DISPLAY_WIDTH = re.compile(r"(?<=int)\(\d+\)")


@dataclass(frozen=True)
class Definition:
    """The columns of a table, and its primary key.

    Attributes:
        columns: Ours, as far as they are there: name -> type.
        key: Names of the columns of the primary key.
        others: Names of columns that somebody added.
    """

    columns: Mapping[str, str]
    key: Sequence[str]
    others: Sequence[str] = ()

    @classmethod
    def of(cls, answer: Sequence[Sequence[Any]]) -> Definition:
        """Read the answer to `READ_COLUMNS`."""
        columns = {
            name: _DISPLAY_WIDTH.sub("", kind) + ("" if nullable == _NULLABLE else " NOT NULL")
            for name, kind, nullable, _ in answer
        }
        return cls(
            {name: columns[name] for name in COLUMNS if name in columns},
            [name for name, _, _, key in answer if key == _PRIMARY],
            [name for name in columns if name not in COLUMNS],
        )


def qualified(database: str) -> str:
    """Name the table of a database."""
    return f"{quote(database)}.{quote(TABLE)}"


def create(database: str, mark: Mark) -> str:
    """Make the table, with the mark of whose it is."""
    columns = ", ".join(f"{quote(name)} {kind}" for name, kind in COLUMNS.items())
    key = ", ".join(map(quote, KEY))
    return (
        f"CREATE TABLE {qualified(database)} ({columns}, PRIMARY KEY ({key})) "
        f"ENGINE=InnoDB COMMENT='{mark.comment}'"
    )


def comment(database: str) -> str:
    """Give the table another COMMENT, which is the statement's one value."""
    return f"ALTER TABLE {qualified(database)} COMMENT = %s"


def repair(database: str, held: Definition) -> str | None:
    """Give the table its columns and its key again; what somebody added stays."""
    steps = [
        f"{'MODIFY' if name in held.columns else 'ADD'} COLUMN {quote(name)} {kind}"
        for name, kind in COLUMNS.items()
        if held.columns.get(name) != kind
    ]
    if list(held.key) != KEY:
        steps += ["DROP PRIMARY KEY"] if held.key else []
        steps.append(f"ADD PRIMARY KEY ({', '.join(map(quote, KEY))})")
    return f"ALTER TABLE {qualified(database)} {', '.join(steps)}" if steps else None


def in_words(held: Definition) -> list[str]:
    """Say what `repair` mends: `column Rating: varchar(7) -> int`."""
    said = [
        f"column {name}: {held.columns.get(name, 'gone')} -> {kind}"
        for name, kind in COLUMNS.items()
        if held.columns.get(name) != kind
    ]
    if list(held.key) != KEY:
        said.append(f"primary key: {', '.join(held.key) or 'gone'} -> {', '.join(KEY)}")
    return said
