"""The database: that nobody has one of that name, and that nobody loses what is in it."""

from __future__ import annotations

from collections.abc import Collection, Sequence

import pymysql

from mysql import adoption
from mysql.identifiers import quote
from mysql.table import TABLE
from provider.connection import Connection, DatabaseProblem
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.ratings_table import is_half_made, is_in_use, is_ours
from provider.resource import OnServer, changed, flag, owner, replaced, schema, text

_CONTENTS = {
    "table": "SELECT TABLE_NAME FROM information_schema.TABLES "
    "WHERE TABLE_SCHEMA = %s AND TABLE_TYPE <> 'VIEW'",
    "view": "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s "
    "AND TABLE_TYPE = 'VIEW'",
    "routine": "SELECT ROUTINE_NAME FROM information_schema.ROUTINES WHERE ROUTINE_SCHEMA = %s",
    "event": "SELECT EVENT_NAME FROM information_schema.EVENTS WHERE EVENT_SCHEMA = %s",
}
_EXISTS = "SELECT 1 FROM information_schema.SCHEMATA WHERE SCHEMA_NAME = %s"
# Without BACKUP_ADMIN, and before MySQL 8.
_MAY_NOT_HOLD = {1227, 1064}
_NAMED = 3
"""How many of what others made are named; the rest is counted."""


class Schema(OnServer):
    """A database, to be before and after pulumi-mysql makes it.

    That drops it with all that others put there, and so is told to leave it. The one before sees
    that nobody has the name, the one after is the first to go. Each drops the database if nothing
    in it is of others: what a destroy or an update left that was cut off goes with the next one.

    Inputs: `server`, its `server_uuid`; `name`, of the database; `owner`, the stack's mark; `made`,
    whether it is the one after; `adopted`, whether it is somebody else's: it has to be there, and
    is never dropped. State: the same.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "server": text,
        "name": schema,
        "owner": owner,
        "made": flag,
        "adopted": flag,
    }

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another name is another database."""
        return [
            *replaced(state, inputs, ("server", "name", "made")),
            *changed(state, inputs, ("owner",)),
            *([Change("adopted")] if is_adopted(state) != inputs["adopted"] else []),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Refuse a name that is taken before anything is changed."""
        if UNKNOWN in (inputs["server"], inputs["name"]):
            return inputs
        if state is None and not inputs["made"]:
            self.create(urn, inputs)
        elif state is not None:
            self.update(urn, state, inputs)
        return inputs

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Refuse a name that is taken."""
        name, owners = inputs["name"], self.owners(urn, inputs)
        with self.connect(inputs) as connection:
            there = exists(connection, name)
            if inputs["made"] and not there and not inputs["adopted"]:
                raise DatabaseProblem(
                    f"the database {name} is not at {self.configuration.admin.endpoint}, where "
                    "this stack's admin looks for it; if somebody dropped it, run `pulumi up "
                    "--refresh` to make it again"
                )
            if inputs["adopted"] or not inputs["made"]:
                self._refuse(connection, owners, self.predecessor(urn), inputs)
            if there and is_in_use(connection, name, owners):
                self.handed_over |= {name, *owners}  # and the marks under which it was
        return name, inputs

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there; the one before has nothing to see."""
        if state["made"]:
            with self.connect(state) as connection:
                if not exists(connection, state["name"]):
                    return None
        return Found(state, inputs)

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """See that what was somebody else's stays so; nothing on the server has our mark by it."""
        if is_adopted(state) != inputs["adopted"]:
            with self.connect(inputs) as connection:
                self._refuse(connection, self.owners(urn, inputs), state, inputs)
        return inputs

    def delete(self, urn: str, state: Properties) -> None:
        """Drop the database, unless it holds something that somebody else made."""
        name, owner = state["name"], state["owner"]
        if is_adopted(state):
            return
        with self.connect(state) as connection:
            if not exists(connection, name):
                return
            if is_in_use(connection, name, {owner, *self.handed_over}):
                if state["made"] and name not in self.handed_over:
                    self.engine.warn(urn, _is_held(name))
                return
            hold(connection)
            if others := contents(connection, name, owner):
                if state["made"]:
                    self.engine.warn(urn, _stays(name, others))
                return
            drop_database(connection, name)

    def _refuse(
        self,
        connection: Connection,
        owners: Collection[str],
        before: Properties,
        inputs: Properties,
    ) -> None:
        line = refusal(
            connection,
            inputs["name"],
            owners,
            adopted=inputs["adopted"],
            was_adopted=before.get("name") == inputs["name"] and is_adopted(before),
            endpoint=self.configuration.admin.endpoint,
        )
        if line:
            raise DatabaseProblem(line)


def is_adopted(state: Properties) -> bool:
    """Say whether a database is somebody else's, by the state of a resource."""
    return bool(state.get("adopted"))


def refusal(  # noqa: PLR0913 - what decides
    connection: Connection,
    name: str,
    owners: Collection[str],
    *,
    adopted: bool,
    was_adopted: bool,
    endpoint: str,
) -> str | None:
    """Say why a database cannot be used so, in one line; None where it can.

    Args:
        connection: To its server.
        name: Its name.
        owners: The marks of this stack.
        adopted: Whether it is to be somebody else's.
        was_adopted: Whether it has been so until now.
        endpoint: Of the server.
    """
    word = adoption.word(adoption.DATABASE, name)
    if not exists(connection, name):
        return (
            f"external-mysql:adopt: {word} is there, and there is no database {name} at "
            f"{endpoint}; take it out, and this stack makes the database, or have it made first"
            if adopted
            else None
        )
    if adopted:
        return None
    if was_adopted:
        return (
            f"external-mysql:adopt: the database {name} at {endpoint} was adopted, and this stack "
            f"cannot make it while it is there; put {word} back, give another name in "
            "external-mysql:database, or remove it first"
        )
    if is_ours(connection, name, owners):
        return None
    return adoption.refusal(
        f"the database {name}",
        endpoint,
        f"add {word} there to use it, and leave it to whom it belongs, give another name in "
        "external-mysql:database, or remove it first",
    )


def _stays(name: str, others: Sequence[str]) -> str:
    return (
        f"the database {name} stays, for it holds what this stack did not make: "
        f"{', '.join(others)}; if nobody needs that, DROP DATABASE {quote(name)}"
    )


def _is_held(name: str) -> str:
    return (
        f"the database {name} stays, for its table has the mark of another resource of this stack; "
        f"if there is none any more, DROP DATABASE {quote(name)}"
    )


def drop_database(connection: Connection, name: str) -> None:
    """Drop a database, and all that is in it."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP DATABASE {quote(name)}")


def exists(connection: Connection, name: str) -> bool:
    """Say whether there is a database of that name."""
    with connection.cursor() as cursor:
        return bool(cursor.execute(_EXISTS, (name,)))


def hold(connection: Connection) -> None:
    """Keep everybody else from making something between look and drop, where the admin may.

    https://dev.mysql.com/doc/refman/9.7/en/lock-instance-for-backup.html
    """
    try:
        with connection.cursor() as cursor:
            cursor.execute("LOCK INSTANCE FOR BACKUP")
    except pymysql.MySQLError as error:
        if error.args[0] not in _MAY_NOT_HOLD:
            raise


def contents(connection: Connection, name: str, owner: str) -> list[str]:
    """Say what others have in a database: the first few of each kind, and how many more."""
    said = []
    with connection.cursor() as cursor:
        for kind, query in _CONTENTS.items():
            cursor.execute(query, (name,))
            names = sorted(str(row[0]) for row in cursor.fetchall())
            if kind == "table" and TABLE in names and is_half_made(connection, name, owner):
                names.remove(TABLE)
            said += [f"{kind} {each}" for each in names[:_NAMED]]
            if len(names) > _NAMED:
                said.append(f"{len(names) - _NAMED} more {kind}s")
    return said
