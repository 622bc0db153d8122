"""The table on a server, as it is: read whole, and its rows written."""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass

import pymysql

from mysql import table
from mysql.former import Former
from mysql.mark import Mark
from mysql.rows import Change, Rows, named
from mysql.table import TABLE, Definition, qualified
from provider.connection import Connection, DatabaseProblem
from provider.protocol.values import Properties

_TAKEN_ALONG = (
    "SELECT CONSTRAINT_NAME, CONCAT(CONSTRAINT_SCHEMA, '.', TABLE_NAME), DELETE_RULE "
    "FROM information_schema.REFERENTIAL_CONSTRAINTS "
    "WHERE UNIQUE_CONSTRAINT_SCHEMA = %s AND REFERENCED_TABLE_NAME = %s "
    "AND DELETE_RULE NOT IN ('RESTRICT', 'NO ACTION')"
)


class RowsCountedOn(DatabaseProblem):
    """Rows that are to go are those on which others count."""


@dataclass(frozen=True)
class HeldTable:
    """A table as it is.

    Attributes:
        comment: Its COMMENT, with the mark, where it has one.
        definition: Its columns and its key.
        rows: ReviewID and Rating of each.
    """

    comment: str
    definition: Definition
    rows: Sequence[tuple[int, int | None]]

    @property
    def mark(self) -> Mark | None:
        """Whose it is; None for somebody's who knows no marks."""
        return Mark.of_comment(self.comment)

    @property
    def owner(self) -> str | None:
        """The stack's part of the mark."""
        return self.mark.owner if self.mark else None

    @property
    def by_review(self) -> Rows:
        """Its rows by ReviewID."""
        return dict(self.rows)

    @property
    def former(self) -> Former | None:
        """What it was before it was adopted, or would be; None where this stack made it."""
        if self.mark is None:
            return Former(self.comment)
        return Former.parse(self.mark.former) if self.mark.former else None


def rows_of(properties: Properties) -> dict[int, int | None]:
    """Give the rows of a resource's inputs or state."""
    return {int(review): rating for review, rating in properties["rows"].items()}


def former_rows_of(state: Properties) -> dict[int, int | None]:
    """Give what the rows were that were written over."""
    return {int(review): rating for review, rating in (state.get("former") or {}).items()}


def read(connection: Connection, database: str) -> HeldTable | None:
    """Read the table of a database; None where there is none."""
    with connection.cursor() as cursor:
        cursor.execute(
            "SELECT TABLE_COMMENT FROM information_schema.TABLES "
            "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s",
            (database, TABLE),
        )
        found = cursor.fetchone()
        if not found:
            return None
        cursor.execute(table.READ_COLUMNS, (database, TABLE))
        definition = Definition.of(cursor.fetchall())
        rows: Sequence[tuple[int, int | None]] = ()
        if "ReviewID" in definition.columns:
            rating = "Rating" if "Rating" in definition.columns else "NULL"
            connection.commit()  # what was read before is no snapshot for what is read now
            cursor.execute(
                f"SELECT ReviewID, {rating} FROM {qualified(database)} ORDER BY ReviewID"  # noqa: S608
            )
            rows = list(cursor.fetchall())
    return HeldTable(str(found[0]), definition, rows)


def apply(connection: Connection, database: str, change: Change) -> None:
    """Write a change of rows in one transaction.

    Raises:
        RowsCountedOn: As for `delete`; nothing was changed.
    """
    name = qualified(database)
    refuse_to_take_along(connection, database, change.delete)
    with connection.cursor() as cursor:
        try:
            # Fails on a row that somebody has added since: it is not ours to write over.
            cursor.executemany(
                f"INSERT INTO {name} (ReviewID, Rating) VALUES (%s, %s)",  # noqa: S608 - quoted
                list(change.insert.items()),
            )
        except pymysql.IntegrityError as error:
            connection.rollback()
            raise DatabaseProblem(
                f"somebody has just added a row to {database}.{TABLE}: {error.args[-1]}; "
                "run it again"
            ) from None
        cursor.executemany(
            f"UPDATE {name} SET Rating = %s WHERE ReviewID = %s",  # noqa: S608 - quoted
            [(rating, review) for review, rating in change.update.items()],
        )
    _delete(connection, database, change.delete)


def delete(connection: Connection, database: str, reviews: Sequence[int]) -> None:
    """Delete rows, and commit.

    Raises:
        RowsCountedOn: Rows of others count on them, or would go with them.
    """
    refuse_to_take_along(connection, database, reviews)
    _delete(connection, database, reviews)


def _delete(connection: Connection, database: str, reviews: Sequence[int]) -> None:
    with connection.cursor() as cursor:
        try:
            cursor.executemany(
                f"DELETE FROM {qualified(database)} WHERE ReviewID = %s",  # noqa: S608 - quoted
                [(review,) for review in reviews],
            )
        except pymysql.IntegrityError as error:
            connection.rollback()
            raise RowsCountedOn(_counted_on(database, reviews, str(error.args[-1]))) from None
    connection.commit()


def refuse_to_take_along(connection: Connection, database: str, reviews: Sequence[int]) -> None:
    """Refuse to delete rows where a foreign key of others deletes or changes theirs then.

    Raises:
        RowsCountedOn: There is such a key.
    """
    if not reviews:
        return
    with connection.cursor() as cursor:
        cursor.execute(_TAKEN_ALONG, (database, TABLE))
        keys = [f"{key} of {of}: ON DELETE {rule}" for key, of, rule in cursor.fetchall()]
    if keys:
        raise RowsCountedOn(_counted_on(database, reviews, ", ".join(sorted(keys))))


def _counted_on(database: str, reviews: Sequence[int], why: str) -> str:
    return (
        f"ratings: {named(reviews)} of {database}.{TABLE} cannot go, for rows of others count on "
        f"it by a foreign key ({why}); drop the key, or leave the row in ratings"
    )


def comment(connection: Connection, database: str, text: str) -> None:
    """Give it another COMMENT."""
    with connection.cursor() as cursor:
        cursor.execute(table.comment(database), (text,))


def run(connection: Connection, statement: str) -> None:
    """Run a statement that has no values."""
    with connection.cursor() as cursor:
        cursor.execute(statement)


@contextmanager
def locked(connection: Connection, database: str) -> Iterator[None]:
    """Keep everybody else from it."""
    run(connection, f"LOCK TABLES {qualified(database)} WRITE")
    yield
    run(connection, "UNLOCK TABLES")
