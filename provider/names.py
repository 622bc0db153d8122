"""The names of what is made on a server: whether they can be had, before anything is changed."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mysql import adoption
from mysql.account import Account
from mysql.table import TABLE
from provider import account_name, adopted_table, ratings_table, schema
from provider.account import has_marks
from provider.connection import Connection
from provider.protocol.values import Properties, Value

#: Inputs that name something, or say what of it is taken over.
INPUTS = ("database", "reader", "readerHost", "adopt")


def words(value: Value) -> list[str]:
    """Accept what is taken over on a server, e.g. `Database/test`."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")  # noqa: TRY004 - one kind of refusal
    if wrong := [each for each in value if not adoption.is_word(str(each))]:
        raise ValueError(f"{', '.join(map(repr, wrong))} is nothing that can be adopted here")
    return sorted(value)


def taken(
    connection: Connection,
    before: Properties,
    inputs: Properties,
    owners: Collection[str],
    endpoint: str,
) -> Sequence[str]:
    """Say of each name that cannot be had why: a line each.

    What this stack stands on already is not asked for: by its own names or, where they are new to
    the state, by its marks.

    Args:
        connection: To the server.
        before: With which inputs it stands; empty where it does not.
        inputs: What is wanted.
        owners: The marks of this stack.
        endpoint: Of the server.
    """
    database = inputs["database"]
    adopted, was_adopted = (_adopts(each, adoption.DATABASE, database) for each in (inputs, before))
    lines: list[str | None] = []
    moved = before.get("database") != database or "adopt" not in before
    if moved or adopted != was_adopted:
        lines.append(
            schema.refusal(
                connection,
                database,
                owners,
                adopted=adopted,
                was_adopted=was_adopted and not moved,
                endpoint=endpoint,
            )
        )
    if moved and not any(lines):
        adopt = _adopts(inputs, adoption.TABLE, TABLE)
        lines.append(adopted_table.refusal(connection, inputs, owners, endpoint, adopt=adopt))
    if any(before.get(name) != inputs[name] for name in ("reader", "readerHost")) and (
        has_marks(connection) or not ratings_table.is_ours(connection, database, owners)
    ):
        account = Account(inputs["reader"], inputs["readerHost"])
        adopt = _adopts(inputs, adoption.ACCOUNT, account.user)
        lines.append(account_name.refusal(connection, account, owners, endpoint, adopt=adopt))
    return [line for line in lines if line]


def _adopts(inputs: Properties, kind: str, name: str) -> bool:
    return adoption.word(kind, name) in inputs.get("adopt", ())
