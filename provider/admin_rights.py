"""Whether the admin may do all that this provider and pulumi-mysql will ask of it.

It is tried, not read: roles, partial revokes and grants by pattern are the server's business.
"""

from __future__ import annotations

from collections.abc import Sequence

import pymysql

from mysql.account import Account
from mysql.attempts import ATTEMPTS, SESSION, Answer, Attempt
from mysql.identifiers import quote
from mysql.rights import tables
from provider.connection import Connection

_ON_DATABASE = frozenset(
    {
        "SELECT",
        "INSERT",
        "UPDATE",
        "DELETE",
        "CREATE",
        "DROP",
        "ALTER",
        "LOCK TABLES",
        "EVENT",
        "EXECUTE",
        "GRANT OPTION",
    }
)
"""To make, mend and drop the table; and to see what others have there: who may not is shown none
of it, and DROP DATABASE would take it all the same. TRIGGER is not among them: a server
with a binary log refuses it to those who have it too."""

# What is allowed takes a lock on the table that it names.
_NO_TABLE = "external-mysql: not there"
_MORE = (
    Attempt("SELECT", "SELECT 1 FROM {table} WHERE FALSE"),
    Attempt("LOCK TABLES", "LOCK TABLES {schema}.{nothing} READ"),
)


def grants(account: Account, database: str, version: str) -> dict[str, str]:
    """Give the smallest set of grants with which everything works, by what each is for."""
    return {
        "database": f"GRANT ALL ON {quote(database)}.* TO {account} WITH GRANT OPTION",
        "CREATE USER": f"GRANT CREATE USER ON *.* TO {account}",
        **{table: f"GRANT SELECT ON mysql.{table} TO {account}" for table in tables(version)},
    }


def lacking(connection: Connection, database: str, version: str) -> Sequence[str]:
    """Give the grants of the smallest set that the admin lacks; nothing is changed by looking."""
    account = _current(connection)
    needed = grants(account, database, version)
    _ask(connection, SESSION)
    refused = set()
    for attempt in (*_MORE, *ATTEMPTS):
        if attempt.name in {*_ON_DATABASE, "CREATE USER"}:
            error = _ask(connection, attempt.sql(account, database, _NO_TABLE))
            if attempt.read(error) is Answer.REFUSED:
                refused.add("database" if attempt.name in _ON_DATABASE else attempt.name)
    for table in tables(version):
        if _ask(connection, f"SELECT 1 FROM mysql.{table} LIMIT 0") is not None:  # noqa: S608
            refused.add(table)
    return [statement for what, statement in needed.items() if what in refused]


def _current(connection: Connection) -> Account:
    with connection.cursor() as cursor:
        cursor.execute("SELECT CURRENT_USER()")
        user, _, host = str((cursor.fetchone() or [""])[0]).rpartition("@")
    return Account(user, host)


def _ask(connection: Connection, statement: str) -> int | None:
    """Run a statement; gives the number of MySQL's error."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args else 0
        return code if isinstance(code, int) else 0
    return None
