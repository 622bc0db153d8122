"""The table of somebody else: whether it can be taken over; taken over, and given back."""

from __future__ import annotations

from collections.abc import Collection, Mapping
from dataclasses import replace
from uuid import UUID

from mysql import adoption, table
from mysql.former import LONGEST_COMMENT, Former, Plan, plan
from mysql.mark import Mark
from mysql.rows import named
from mysql.table import TABLE, qualified
from provider.connection import Connection, DatabaseProblem
from provider.held_table import HeldTable, RowsCountedOn, apply, comment, locked, read, rows_of
from provider.protocol.values import Properties

_UUID = str(UUID(int=0))
"""As long as both parts of a mark are."""


def refusal(
    connection: Connection,
    inputs: Properties,
    owners: Collection[str],
    endpoint: str,
    *,
    adopt: bool,
) -> str | None:
    """Say why the name of the table cannot be had, in one line; None where it can.

    Args:
        connection: To its server.
        inputs: Its `database`, and the `rows` that are wanted.
        owners: The marks of this stack.
        endpoint: Of the server.
        adopt: Whether it is taken over if it is there.
    """
    held = read(connection, inputs["database"])
    if line := taken(held, inputs["database"], owners, endpoint, adopt=adopt):
        return line
    if held is not None and held.mark is None:
        try:
            planned(connection, held, None, {**inputs, "exclusive": False})
        except DatabaseProblem as problem:
            return str(problem)
    return None


def taken(
    held: HeldTable | None, database: str, owners: Collection[str], endpoint: str, *, adopt: bool
) -> str | None:
    """Say whose the table is, where it is not to be had, in one line."""
    if held is None or held.owner in owners:
        return None
    what, word = f"the table {database}.{TABLE}", adoption.word(adoption.TABLE, TABLE)
    if held.owner is not None:
        unmark = (
            "put back what its COMMENT says that it was"
            if held.former
            else f"ALTER TABLE {qualified(database)} COMMENT = ''"
        )
        return adoption.another_stacks(what, endpoint, held.owner, unmark)
    if adopt:
        return None
    return adoption.refusal(
        what,
        endpoint,
        f"add {word} there to take it over until `destroy` gives it back, rename or remove it, or "
        "give another database",
    )


def planned(
    connection: Connection, held: HeldTable, state: Properties | None, inputs: Properties
) -> Plan:
    """Plan what is done with an adopted table, and refuse what cannot be given back.

    Raises:
        DatabaseProblem: It is another table than ours would be, or has no place for what it was.
    """
    database, former = inputs["database"], held.former or Former("")
    name = f"{database}.{TABLE}"
    if inputs["exclusive"]:
        raise DatabaseProblem(
            f"exclusiveRows: {name} was adopted, and rows of others in it are not deleted; set "
            "exclusiveRows to false"
        )
    cannot = f"external-mysql:adopt: the table {name} cannot be adopted"
    if differs := table.in_words(held.definition):
        raise DatabaseProblem(
            f"{cannot}, for it would have to be another one, and its structure is not changed "
            f"({'; '.join(differs)}); change it yourself, rename it, or give another database"
        )
    known = rows_of(state).keys() if state else ()
    steps = plan(held.by_review, rows_of(inputs), known, former)
    if steps.change.insert and (needed := _required(connection, database)):
        raise DatabaseProblem(
            f"{cannot}, for {named(steps.change.insert)} would be added, and its column "
            f"{', '.join(needed)} takes no row without a value; give it a default, or leave "
            "these rows out of ratings"
        )
    mark = Mark(_UUID, _UUID, former=str(steps.first))
    if len(mark.comment) > LONGEST_COMMENT:
        raise DatabaseProblem(
            f"{cannot}, for its COMMENT has {LONGEST_COMMENT} characters, and what it was needs "
            f"{len(mark.comment)}; give fewer rows in ratings"
        )
    return steps


def take(
    connection: Connection,
    state: Properties | None,
    inputs: Properties,
    owners: Collection[str],
    endpoint: str,
) -> HeldTable:
    """Write the rows of an adopted table; and before them what they were, into its mark.

    Raises:
        DatabaseProblem: It cannot be had any more.
    """
    database = inputs["database"]
    with locked(connection, database):  # nobody changes a row between look and write
        held = read(connection, database)
        if held is None or (line := taken(held, database, owners, endpoint, adopt=inputs["adopt"])):
            raise DatabaseProblem(line if held else f"{database}.{TABLE} has just gone")
        steps = planned(connection, held, state, inputs)
        marks = [
            Mark(inputs["owner"], inputs["holder"], former=str(former)).comment
            for former in (steps.first, steps.then)
        ]
        if marks[0] != held.comment:
            comment(connection, database, marks[0])
        apply(connection, database, steps.change)
        if marks[1] != marks[0]:
            comment(connection, database, marks[1])
        return read(connection, database) or held


def give_back(
    connection: Connection, database: str, owner: str, known: Mapping[int, int | None]
) -> str | None:
    """Give an adopted table its rows again, then its COMMENT: it is as it was found.

    Rows that were added stay where rows of others count on them by now.

    Args:
        connection: To its server.
        database: Its database.
        owner: The stack's mark; the table of another one, or of nobody, is left as it is.
        known: The rows in the stack's state, if there is one.

    Returns:
        Why a row stays that was not there, None where none does.
    """
    left = None
    held = read(connection, database)
    if held is None or held.owner != owner or held.former is None:
        return None
    with locked(connection, database):
        held = read(connection, database) or held
        if held.owner == owner and (former := held.former):
            change = plan(held.by_review, {}, known, former).change
            try:
                apply(connection, database, change)
            except RowsCountedOn as why:
                left = str(why)
                apply(connection, database, replace(change, delete=()))
            comment(connection, database, former.comment)
    return left


def _required(connection: Connection, database: str) -> list[str]:
    with connection.cursor() as cursor:
        cursor.execute(table.READ_REQUIRED, (database, TABLE))
        return sorted(str(name) for (name,) in cursor.fetchall())
