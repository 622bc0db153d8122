"""The table `ratings`: its columns, its key and its rows, each by name."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Mapping, Sequence
from contextlib import suppress

import pymysql

from mysql import table
from mysql.former import Former, Plan
from mysql.mark import Mark
from mysql.rows import INT_RANGE, PLAIN_INT, Change, in_words, named, plan, twice
from mysql.table import COLUMNS, KEY, TABLE, Definition, qualified
from provider.adopted_table import give_back, planned, take, taken
from provider.connection import Connection, DatabaseProblem
from provider.held_table import (
    HeldTable,
    RowsCountedOn,
    apply,
    comment,
    delete,
    former_rows_of,
    locked,
    read,
    refuse_to_take_along,
    rows_of,
    run,
)
from provider.protocol.service import Change as Difference
from provider.protocol.service import Found
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import OnServer, changed, entries, flag, owner, replaced, schema, text

_NOBODY_YET = "nobody"
"""The holder of a table that is being made."""
_UNKNOWN_TABLE = 1109
_USES = {
    "trigger": "SELECT TRIGGER_NAME FROM information_schema.TRIGGERS "
    "WHERE EVENT_OBJECT_SCHEMA = %s AND EVENT_OBJECT_TABLE = %s",
    "foreign key of": "SELECT CONCAT(TABLE_SCHEMA, '.', TABLE_NAME) "
    "FROM information_schema.KEY_COLUMN_USAGE "
    "WHERE REFERENCED_TABLE_SCHEMA = %s AND REFERENCED_TABLE_NAME = %s",
    "view": "SELECT CONCAT(VIEW_SCHEMA, '.', VIEW_NAME) FROM information_schema.VIEW_TABLE_USAGE "
    "WHERE TABLE_SCHEMA = %s AND TABLE_NAME = %s",
}


def rows(value: Value) -> dict[str, int]:
    """Accept rows: ReviewID as text -> Rating, both whole numbers that fit a MySQL INT."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no map of ReviewID to Rating")  # noqa: TRY004 - one kind
    for review, rating in value.items():
        if not PLAIN_INT.fullmatch(str(review)) or int(review) not in INT_RANGE:
            raise ValueError(f"the ReviewID {review!r} is no whole number that fits a MySQL INT")
        if isinstance(rating, bool) or not isinstance(rating, int) or rating not in INT_RANGE:
            raise ValueError(
                f"the Rating {rating!r} of ReviewID {review} is no whole number that fits "
                "a MySQL INT"
            )
    return dict(value)


class RatingsTable(OnServer):
    """The article's table in one database.

    Inputs: `server`, its `server_uuid`; `database`; `rows`, ReviewID as text -> Rating;
    `exclusive`, whether rows that somebody else added go; `adopt`, whether to take over a table
    that is there; `owner`, the stack's mark.

    State besides: `columns`, name -> type, and `key`, as far as they are there; `holder`, its part
    of the mark; `adopted`, whether it was taken over, and `former`, what rows were that were
    written over. The rows in it are our own alone: those of others are said, and left alone.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "server": text,
        "database": schema,
        "rows": rows,
        "exclusive": flag,
        "adopt": flag,
        "owner": owner,
    }

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Difference]:
        """Compare what was last seen with what is wanted, and say it in words."""
        moved = replaced(state, inputs, ("server", "database"))
        if inputs["rows"] is UNKNOWN:
            return [*moved, Difference("rows")]
        held = Definition(state["columns"], state["key"])
        if not moved:
            wanted = {**former_rows_of(state), **rows_of(inputs)}
            for line in (*table.in_words(held), *in_words(rows_of(state), wanted)):
                self.engine.info(urn, line)
        return [
            *moved,
            *entries("rows", state["rows"], inputs["rows"]),
            *entries("columns", state["columns"], COLUMNS),
            *([Difference("key")] if state["key"] != KEY else []),
            *changed(state, inputs, ("exclusive", "owner")),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Refuse what would take something of others before anything is changed."""
        if all(isinstance(inputs[name], str) for name in ("server", "database")) and (
            inputs["rows"] is not UNKNOWN
        ):
            with self.connect(inputs) as connection:
                held = read(connection, inputs["database"])
                if state is None:
                    self._refuse_theirs(urn, held, inputs)
                if held is not None and _is_adopted(held, state):
                    steps = planned(connection, held, state, inputs)
                    self._say(urn, held, inputs, steps)
                    refuse_to_take_along(connection, inputs["database"], steps.change.delete)
                elif held is not None:
                    ours = self._ours(urn, held, state, inputs)
                    change = self._change(held, inputs, ours=ours)
                    refuse_to_take_along(connection, inputs["database"], change.delete)
        known = {
            name: state.get(name, UNKNOWN) if state else UNKNOWN
            for name in ("holder", "adopted", "former")
        }
        return {**inputs, "columns": COLUMNS, "key": KEY, **known}

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Make the table and its rows; a half-made one with our mark is taken up again."""
        database = inputs["database"]
        with self.connect(inputs) as connection:
            held = read(connection, database)
            self._refuse_theirs(urn, held, inputs)
            if held is None:
                run(connection, table.create(database, Mark(inputs["owner"], _NOBODY_YET)))
            mark = Mark(inputs["owner"], str(uuid.uuid4()))
            state = self._write(urn, connection, None, {**inputs, "holder": mark.holder})
            if not state["adopted"]:
                comment(connection, database, mark.comment)
            if held and held.mark:
                self.handed_over.add(mark.holder)
        return f"{database}.{TABLE}", state

    def read(self, urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See the table; one that somebody else has put in its place is not ours."""
        with self.connect(state) as connection:
            held = read(connection, state["database"])
        if held is None or held.owner != state["owner"]:
            return None
        seen = self._seen(urn, held, state, ours=rows_of(state).keys())
        return Found(seen, inputs)

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Mend columns and key, then write exactly the rows that differ."""
        database, holder = inputs["database"], state["holder"]
        with self.connect(inputs) as connection:
            if state["owner"] != inputs["owner"] and not state.get("adopted"):
                comment(connection, database, Mark(inputs["owner"], holder).comment)
            return self._write(urn, connection, state, {**inputs, "holder": holder})

    def delete(self, urn: str, state: Properties) -> None:
        """Drop the table, or give it back; what somebody else added to it stays, and it with it."""
        database = state["database"]
        with self.connect(state) as connection:
            held = read(connection, database)
            if held is None:
                return
            if held.mark and held.mark.holder in self.handed_over - {state["holder"]}:
                return
            if state.get("adopted") and held.mark is None:
                return  # a run that was cut off has given it back
            if held.owner != state["owner"]:
                self._stays(urn, database, ["somebody else made it in place of this stack's"])
                return
            if held.mark and held.mark.holder != state["holder"]:
                self.engine.warn(urn, _is_held(database))
                return
            if held.former:
                if left := give_back(connection, database, state["owner"], rows_of(state)):
                    self.engine.warn(urn, left)
                return
            with locked(connection, database):  # nobody adds a row between look and drop
                held = read(connection, database) or held
                reviews = [review for review, _ in held.rows]
                ours = reviews if state["exclusive"] else list(rows_of(state))
                theirs = _of_others(connection, database, held, set(reviews) - set(ours))
                if theirs:
                    with suppress(RowsCountedOn):  # that key is among theirs
                        delete(connection, database, ours)
                    comment(connection, database, "")
                    self._stays(urn, database, theirs)
                    return
                run(connection, f"DROP TABLE {qualified(database)}")

    def _stays(self, urn: str, database: str, theirs: Sequence[str]) -> None:
        self.engine.warn(
            urn,
            f"the table {database}.{TABLE} stays, for it is not this stack's alone: "
            f"{'; '.join(theirs)}; if nobody needs it, DROP TABLE {qualified(database)}",
        )

    def _refuse_theirs(self, urn: str, held: HeldTable | None, inputs: Properties) -> None:
        endpoint = self.configuration.admin.endpoint
        owners = self.owners(urn, inputs)
        if line := taken(held, inputs["database"], owners, endpoint, adopt=inputs["adopt"]):
            raise DatabaseProblem(line)

    def _ours(
        self, urn: str, held: HeldTable, state: Properties | None, inputs: Properties
    ) -> list[int]:
        """Say which rows this stack made: those of its state.

        Where a create was cut off there is none: what is in the table with our mark as it is wanted
        was written by it, and so was what the resource that is replaced wanted.
        """
        if state is not None:
            return list(rows_of(state))
        wanted, before = rows_of(inputs), self.predecessor(urn)
        replaced = rows_of(before) if before.get("database") == inputs["database"] else {}
        return [
            review
            for review, rating in held.rows
            if rating in (wanted.get(review, ...), replaced.get(review, ...))
        ]

    def _change(self, held: HeldTable, inputs: Properties, ours: Sequence[int]) -> Change:
        """Plan the rows, and refuse what would take somebody else's."""
        database = inputs["database"]
        if doubled := twice(review for review, _ in held.rows):
            raise DatabaseProblem(
                f"{database}.{TABLE} has lost its primary key, and has {named(doubled)} more than "
                f"once; delete all but one of each, and run it again"
            )
        change = plan(held.by_review, rows_of(inputs), ours, exclusive=inputs["exclusive"])
        if change.taken:
            raise DatabaseProblem(
                f"ratings: {named(change.taken)} of {database}.{TABLE} is a row that this stack "
                "did not make; leave it out of ratings, remove the row, or set exclusiveRows"
            )
        return change

    def _write(
        self, urn: str, connection: Connection, state: Properties | None, inputs: Properties
    ) -> Properties:
        database = inputs["database"]
        held = read(connection, database)
        if held is None:
            raise DatabaseProblem(
                f"the table {database}.{TABLE} is gone; run `pulumi up --refresh` to make it again"
            )
        if _is_adopted(held, state):
            owners = {*self.owners(urn, inputs), state["owner"] if state else inputs["owner"]}
            now = take(connection, state, inputs, owners, self.configuration.admin.endpoint)
            return self._seen(urn, now, inputs, ours=rows_of(inputs).keys())
        change = self._change(held, inputs, self._ours(urn, held, state, inputs))
        if repair := table.repair(database, held.definition):
            run(connection, repair)
        apply(connection, database, change)
        now = read(connection, database) or held
        return self._seen(urn, now, inputs, ours=rows_of(inputs).keys())

    def _seen(
        self, urn: str, held: HeldTable, inputs: Properties, ours: Sequence[int] | object
    ) -> Properties:
        """Say what of a table is in the state, and point out the rows that are not."""
        own = {
            review: rating
            for review, rating in held.rows
            if inputs["exclusive"] or review in ours  # type: ignore[operator]
        }
        former = held.former if held.mark else None
        if others := held.by_review.keys() - own.keys():
            self.engine.warn(
                urn,
                f"{inputs['database']}.{TABLE} has {named(others)} that this stack did not make, "
                "and leaves alone",
            )
        return {
            "adopt": False,  # where an older program wrote the state
            **{name: inputs[name] for name in (*self.inputs, "holder") if name in inputs},
            "rows": {str(review): rating for review, rating in sorted(own.items())},
            "columns": dict(held.definition.columns),
            "key": list(held.definition.key),
            "adopted": former is not None,
            "former": {str(i): r for i, r in sorted(former.rows.items())} if former else {},
        }

    def _say(self, urn: str, held: HeldTable, inputs: Properties, steps: Plan) -> None:
        """Say that a table is taken over, and what of its rows; the rest the difference says."""
        before = held.former or Former("")
        over = {i: r for i, r in steps.first.rows.items() if i not in before.rows}
        name = f"{inputs['database']}.{TABLE}"
        if held.mark is None:
            self.engine.info(urn, f"{name} is taken over as it is, and given back by `destroy`")
        for line in in_words(over, {i: rows_of(inputs)[i] for i in over}):
            self.engine.info(urn, f"{name} has a row of others, {line} until it is given back")


def _is_adopted(held: HeldTable, state: Properties | None) -> bool:
    """Say whether a table was somebody else's, or is about to have been."""
    return held.former is not None and (state is None or held.mark is not None)


def _is_held(database: str) -> str:
    return (
        f"the table {database}.{TABLE} stays, for it has the mark of another resource of this "
        f"stack; if there is none any more, DROP TABLE {qualified(database)}"
    )


def is_ours(connection: Connection, database: str, owners: Collection[str]) -> bool:
    """Say whether the table is there, with one of a stack's marks."""
    held = read(connection, database)
    return held is not None and held.owner in owners


def is_in_use(connection: Connection, database: str, owners: Collection[str]) -> bool:
    """Say whether the table is one that a resource of this stack holds."""
    held = read(connection, database)
    mark = held.mark if held else None
    return mark is not None and mark.owner in owners and mark.holder != _NOBODY_YET


def is_half_made(connection: Connection, database: str, owner: str) -> bool:
    """Say whether a create was cut off behind it: it is empty, and nobody else's in any way."""
    held = read(connection, database)
    return (
        held is not None
        and held.mark == Mark(owner, _NOBODY_YET)
        and not held.rows
        and not _of_others(connection, database, held, set())
    )


def _of_others(connection: Connection, database: str, held: HeldTable, rows: set[int]) -> list[str]:
    """Say what about a table somebody else made, or counts on."""
    said = [named(rows)] if rows else []
    if held.definition.others:
        said.append(f"column {', '.join(held.definition.others)}")
    for what, query in _USES.items():
        with connection.cursor() as cursor:
            try:
                cursor.execute(query, (database, TABLE))
            except pymysql.MySQLError as error:
                if error.args[0] != _UNKNOWN_TABLE:  # 5.7 does not know which views use a table
                    raise
                continue
            names = sorted({str(row[0]) for row in cursor.fetchall()})
        if names:
            said.append(f"{what} {', '.join(names)}")
    return said
