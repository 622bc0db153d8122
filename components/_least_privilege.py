"""The proof that the reader can read the ratings and do nothing else: by logging in and trying."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from typing import TypedDict

import pymysql
from pymysql.constants import ER

from components._admin import Connection, DatabaseProblem, LoginRefused, Server
from components._identifiers import quote
from components._ratings_table import TABLE

# MySQL checks privileges before anything else, so that each attempt shows what it is to show and
# would change nothing even where it is allowed: no row matches, the table is there or is not.
_ATTEMPTS = {
    "INSERT": "INSERT INTO {ratings} SELECT * FROM {ratings} WHERE FALSE",
    "UPDATE": "UPDATE {ratings} SET Rating = Rating WHERE FALSE",
    "DELETE": "DELETE FROM {ratings} WHERE FALSE",
    "CREATE": "CREATE TABLE {ratings} (ReviewID INT)",
    "DROP": "DROP TABLE {missing}",
    "SELECT on another table": "SELECT 1 FROM {missing}",
    "SELECT on mysql.user": "SELECT 1 FROM mysql.user LIMIT 0",
}
_REFUSALS = {
    ER.DBACCESS_DENIED_ERROR,
    ER.TABLEACCESS_DENIED_ERROR,
    ER.COLUMNACCESS_DENIED_ERROR,
    ER.SPECIFIC_ACCESS_DENIED_ERROR,
}


class Proof(TypedDict):
    """What the reader saw.

    Attributes:
        ratings: ReviewID as text -> Rating.
        refused: Attempt -> MySQL's own words.
    """

    ratings: dict[str, int | None]
    refused: dict[str, str]


@dataclass(frozen=True)
class Account:
    """A MySQL account, `user`@`host`."""

    user: str
    host: str

    def __str__(self) -> str:
        """Write it as MySQL does."""
        return f"'{self.user}'@'{self.host}'"


def least_privileges(privileges: Sequence[str]) -> list[str]:
    """Accept what a reader needs and nothing more.

    Raises:
        ValueError: There is another privilege than SELECT, or none.
    """
    wanted = sorted({privilege.strip().upper() for privilege in privileges})
    if wanted != ["SELECT"]:
        more = ", ".join(p for p in wanted if p != "SELECT") or "nothing"
        raise ValueError(f"{more} is not what a reader needs; give SELECT alone")
    return wanted


def prove(server: Server, account: Account, password: str, database: str) -> Proof:
    """Log in as the reader, read the ratings, and see every other attempt refused.

    Raises:
        DatabaseProblem: The reader cannot log in or read, or can do more than read.
        Unreachable: No server answered.
    """
    try:
        with server.connect(account.user, password) as connection:
            return Proof(
                ratings=_ratings(connection, account, database),
                refused=_refusals(connection, account, database),
            )
    except LoginRefused as refused:
        hint = (
            "its host part may not match this machine: set proof to false"
            if account.host != "%"
            else "the account may have been changed by hand: run `pulumi up --refresh`"
        )
        raise DatabaseProblem(
            f"{account} cannot log in to prove its privileges: {refused}; {hint}"
        ) from None


def _ratings(connection: Connection, account: Account, database: str) -> dict[str, int | None]:
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                f"SELECT ReviewID, Rating FROM {quote(database)}.{quote(TABLE)} ORDER BY ReviewID"  # noqa: S608
            )
        except pymysql.MySQLError as error:
            if error.args[0] not in _REFUSALS:
                raise
            raise DatabaseProblem(
                f"{account} may not read {database}.{TABLE}: its grant is gone; make account and "
                "grant anew with `pulumi up --replace '**mysql:index/user:User**'`"
            ) from None
        return {str(review): rating for review, rating in cursor.fetchall()}


def _refusals(connection: Connection, account: Account, database: str) -> dict[str, str]:
    ratings = f"{quote(database)}.{quote(TABLE)}"
    missing = f"{quote(database)}.{quote(TABLE + '_not_there')}"
    refused: dict[str, str] = {}
    allowed: list[str] = []
    for name, sql in _ATTEMPTS.items():
        try:
            with connection.cursor() as cursor:
                cursor.execute(sql.format(ratings=ratings, missing=missing))
            allowed.append(name)
        except pymysql.MySQLError as error:
            if error.args[0] in _REFUSALS:
                refused[name] = f"refused (MySQL error {error.args[0]})"
            else:
                allowed.append(name)  # the server got as far as looking, so the account may
    connection.rollback()
    if allowed:
        raise DatabaseProblem(
            f"{account} can do more than SELECT on {database}.{TABLE}: {', '.join(allowed)}; "
            f"revoke what was granted beside this stack (SHOW GRANTS FOR {account})"
        )
    return refused
