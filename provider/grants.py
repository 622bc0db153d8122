"""What is asked of a server about an account's rights, and how a password is set there."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pymysql

from mysql.account import Account
from mysql.grant_tables import Facts, Row, read
from provider.connection import Connection, value


def facts_of(connection: Connection, account: Account) -> Facts:
    """Read the grant tables, as far as they decide about an account."""

    def ask(query: str, values: Mapping[str, object]) -> Sequence[Row]:
        with connection.cursor(pymysql.cursors.DictCursor) as cursor:
            cursor.execute(query, values or None)
            return list(cursor.fetchall())

    connection.commit()  # what was read before is no snapshot for what is read now
    return read(ask, account, value(connection, "SELECT VERSION()"))


def with_password(
    cursor: pymysql.cursors.Cursor, statement: str, password: str, *values: str
) -> None:
    """Run a statement with a password, its first value, which no error may quote."""
    try:
        cursor.execute(statement, (password, *values))
    except pymysql.MySQLError as error:
        raise type(error)(
            *(
                each.replace(password, "***") if isinstance(each, str) else each
                for each in error.args
            )
        ) from None
