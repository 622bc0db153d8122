"""Table and rows as a dynamic resource, which pulumi-mysql has no resource for.

The engine runs it in a process of its own, on destroy from the state alone: so the class is
importable, and the admin account comes from the provider's configuration, never from properties.
https://www.pulumi.com/docs/iac/concepts/resources/dynamic-providers/
"""

from __future__ import annotations

import os
import sys
import traceback
from collections.abc import Mapping
from typing import Any

import pymysql
from pulumi.dynamic import (
    ConfigureRequest,
    CreateResult,
    DiffResult,
    ReadResult,
    ResourceProvider,
    UpdateResult,
)

from components import _ratings_table as table
from components._admin import Admin, Connection, DatabaseProblem
from components._rows import Rows, plan

#: What the engine hands over: protocol buffers know string keys and floating point only.
Properties = dict[str, Any]


class RatingsProvider(ResourceProvider):
    """Creates, reads, updates and deletes `ratings` in one database.

    Properties: `database`; `columns`, name -> type; `rows`, ReviewID as text -> Rating;
    `exclusive`, whether rows of others go; and, as output only, `unmanaged`, those rows.
    """

    _admin: Admin

    def configure(self, req: ConfigureRequest) -> None:
        """Take the admin account from `mysql:*` configuration or the plugin's own variables."""
        _say_problems_in_one_line()
        self._admin = Admin.read(lambda key: req.config.get(f"mysql:{key}"), os.environ)

    def diff(self, _id: str, _olds: Properties, _news: Properties) -> DiffResult:
        """Compare what was last seen with what is wanted; another database is another table."""
        same = ("columns", "exclusive")
        moved = _olds["database"] != _news["database"]
        return DiffResult(
            changes=moved
            or rows_of(_olds) != rows_of(_news)
            or any(_olds.get(key) != _news.get(key) for key in same),
            replaces=["database"] if moved else [],
        )

    def create(self, props: Properties) -> CreateResult:
        """Create the table and its rows, or neither."""
        database = props["database"]
        with self._admin.connect() as connection:
            table.create(connection, database)
            try:
                outs = _write(connection, props, deletable=frozenset())
            except (pymysql.MySQLError, DatabaseProblem):
                table.drop(connection, database)  # DDL has no rollback
                raise
        return CreateResult(f"{database}.{table.TABLE}", outs)

    def read(self, id_: str, props: Properties) -> ReadResult:
        """Report columns and rows as they are, so that the next diff names each drifted row."""
        with self._admin.connect() as connection:
            held = table.read(connection, props["database"])
        if held is None:
            return ReadResult(None, {})
        columns = {name: held.columns[name] for name in table.COLUMNS if name in held.columns}
        seen = _seen({**props, "columns": columns}, held.rows, ours=frozenset(rows_of(props)))
        return ReadResult(id_, seen, {key: seen[key] for key in seen if key != "unmanaged"})

    def update(self, _id: str, _olds: Properties, _news: Properties) -> UpdateResult:
        """Mend columns, then write exactly the rows that differ."""
        with self._admin.connect() as connection:
            return UpdateResult(_write(connection, _news, deletable=frozenset(rows_of(_olds))))

    def delete(self, _id: str, _props: Properties) -> None:
        """Drop the table, unless it holds rows that somebody else put there."""
        database = _props["database"]
        with self._admin.connect() as connection:
            held = table.read(connection, database)
            if held is None:
                return
            others = sorted(held.rows.keys() - rows_of(_props).keys())
            if others and not _props.get("exclusive"):
                raise DatabaseProblem(
                    f"{database}.{table.TABLE} holds rows that this stack did not make (ReviewID "
                    f"{', '.join(map(str, others))}); remove them, or set exclusiveRows to true "
                    "and run `pulumi up`, then destroy again"
                )
            table.drop(connection, database)


def _write(connection: Connection, props: Properties, deletable: frozenset[int]) -> Properties:
    database, wanted = props["database"], rows_of(props)
    held = table.read(connection, database)
    if held is None:
        raise DatabaseProblem(
            f"the table {database}.{table.TABLE} is gone; "
            "run `pulumi up --refresh` to make it again"
        )
    table.repair(connection, database, held.columns)
    if props.get("exclusive"):
        deletable = frozenset(held.rows)
    table.apply(connection, database, plan(held.rows, wanted, deletable))
    now = table.read(connection, database)
    return _seen(props, now.rows if now else {}, ours=frozenset(wanted))


def _seen(props: Properties, held: Rows, ours: frozenset[int]) -> Properties:
    exclusive = bool(props.get("exclusive"))
    managed = {i: rating for i, rating in held.items() if exclusive or i in ours}
    return {
        "database": props["database"],
        "columns": props["columns"],
        "exclusive": exclusive,
        "rows": _as_properties(managed),
        "unmanaged": _as_properties({i: r for i, r in held.items() if i not in managed}),
    }


def rows_of(props: Mapping[str, Any]) -> dict[int, int | None]:
    """Read the property `rows`."""
    return {int(i): None if r is None else int(r) for i, r in (props.get("rows") or {}).items()}


def _as_properties(rows: Rows) -> dict[str, int | None]:
    return {str(i): rating for i, rating in sorted(rows.items())}


def _say_problems_in_one_line() -> None:
    """Keep tracebacks from people.

    The SDK's host of dynamic providers sends `traceback.format_exc()` for whatever is raised.
    """
    whole = traceback.format_exc

    def one_line(limit: int | None = None, chain: bool = True) -> str:  # noqa: FBT001, FBT002
        problem = sys.exc_info()[1]
        return str(problem) if isinstance(problem, DatabaseProblem) else whole(limit, chain)

    traceback.format_exc = one_line
