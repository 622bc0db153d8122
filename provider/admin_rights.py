"""Whether the admin may do all that this provider and pulumi-mysql will ask of it.

It is tried, not read: roles, partial revokes and grants by pattern are the server's business.
"""

from __future__ import annotations

from collections.abc import Sequence

from mysql.account import Account
from mysql.attempts import ATTEMPTS, NOTHING, SESSION, Answer, Attempt
from mysql.grant_tables import tables
from mysql.identifiers import quote
from provider.connection import Connection, attempt, current_account

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
    account = current_account(connection)
    needed = grants(account, database, version)
    attempt(connection, SESSION)
    refused = set()
    for each in (*_MORE, *ATTEMPTS):
        if each.name in {*_ON_DATABASE, "CREATE USER"}:
            # Not the table itself: what is allowed takes a lock on the table that it names.
            error, _ = attempt(connection, each.sql(account, database, NOTHING))
            if each.read(error) is Answer.REFUSED:
                refused.add("database" if each.name in _ON_DATABASE else each.name)
    for table in tables(version):
        error, _ = attempt(connection, f"SELECT 1 FROM mysql.{table} LIMIT 0")  # noqa: S608
        if error is not None:
            refused.add(table)
    return [statement for what, statement in needed.items() if what in refused]
