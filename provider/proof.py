"""The proof: the reader logs in, sees its rows, and is refused everything else."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

import pymysql

from mysql.account import Account
from mysql.attempts import ATTEMPTS, GRANTS, ROLES, SESSION, Answer, beyond_select, in_words
from mysql.table import TABLE, qualified
from provider.connection import Connection, DatabaseProblem, LoginRefused, attempt, current_account
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.ratings_table import rows
from provider.resource import ACCOUNT, OnServer, changed, replaced, schema


def known(value: object) -> object:
    """Accept what another resource gave."""
    return value


class Proof(OnServer):
    """What an account was seen to be able to do, at a time.

    Inputs: `server`, its `server_uuid`; `user`, `host` and `password`, of the account; `database`,
    with the table that it may read; `rows`, of which it is to see the ratings; `login`, from the
    account's rights: whatever changes there is proven anew.

    State besides: `ratings`, ReviewID as text -> Rating, as the reader saw them; `refused`, what
    the server said -> to what; `problem`, what a refresh found wrong, empty where nothing.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "database": schema,
        "rows": rows,
        "login": known,
    }
    secrets = ("password",)

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare with what it was proven for; nobody logs in for that."""
        if state["problem"]:
            self.engine.warn(urn, state["problem"])
        # Another account has a proof of its own, so that what the old one gated goes before it.
        who = ("server", "user", "host")
        return [
            *replaced(state, inputs, who),
            *changed(state, inputs, [name for name in self.inputs if name not in who]),
            *([Change("problem")] if state["problem"] else []),
        ]

    def plan(self, _urn: str, _state: Properties | None, inputs: Properties) -> Properties:
        """What will be seen is not known before."""
        return {**inputs, "ratings": UNKNOWN, "refused": UNKNOWN, "problem": ""}

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Prove it; whoever needs the proof does not come to be where it fails."""
        return f"{inputs['user']}@{inputs['host']}", self._prove(inputs)

    def update(self, _urn: str, _state: Properties, inputs: Properties) -> Properties:
        """Prove it anew."""
        return self._prove(inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found:
        """Prove it again, and keep what is wrong for the next update."""
        try:
            return Found(self._prove(state), inputs)
        except DatabaseProblem as problem:
            return Found({**state, "problem": str(problem)}, inputs)

    def delete(self, _urn: str, _state: Properties) -> None:
        """Nothing was made."""

    def _prove(self, inputs: Properties) -> Properties:
        account = Account(inputs["user"], inputs["host"])
        try:
            with self.configuration.connect_as(account.user, inputs["password"]) as connection:
                _is(connection, account)
                ratings = _ratings(connection, account, inputs)
                refused = _refused(connection, account, inputs["database"])
        except LoginRefused as refusal:
            hint = (
                "its host part may not match this machine: set proof to false"
                if account.host != "%"
                else "somebody may have changed the account: run `pulumi up --refresh`"
            )
            raise DatabaseProblem(
                f"{account} cannot log in to prove its rights: {refusal}; {hint}"
            ) from None
        return {
            **{name: inputs[name] for name in self.inputs},
            "ratings": ratings,
            "refused": refused,
            "problem": "",
        }


def _is(connection: Connection, account: Account) -> None:
    if (found := current_account(connection)) != account:
        raise DatabaseProblem(
            f"who logs in as {account.user} from here becomes {found}, not {account}: that account "
            f"matches better; remove it (DROP USER {found}), or give the reader another name"
        )


def _ratings(
    connection: Connection, account: Account, inputs: Properties
) -> Mapping[str, int | None]:
    database = inputs["database"]
    reviews: list[int | None] = [int(review) for review in inputs["rows"]]
    with connection.cursor() as cursor:
        try:
            cursor.execute(
                f"SELECT ReviewID, Rating FROM {qualified(database)} "  # noqa: S608 - quoted
                "WHERE ReviewID IN %s ORDER BY ReviewID",
                (reviews or [None],),
            )
        except pymysql.MySQLError as error:
            if not error.args or error.args[0] not in _MAY_NOT_READ:
                raise
            raise DatabaseProblem(
                f"{account} may not read {database}.{TABLE}: run `pulumi up --refresh`, which "
                "grants it anew"
            ) from None
        return {str(review): rating for review, rating in cursor.fetchall()}


_MAY_NOT_READ = {1044, 1142, 1143}


def _refused(connection: Connection, account: Account, database: str) -> Mapping[str, str]:
    """Try everything; see that all of it is refused, and say by which answer."""
    attempt(connection, SESSION)
    attempt(connection, ROLES)
    _, grants = attempt(connection, GRANTS)
    allowed = beyond_select((str(line[0]) for line in grants), database, TABLE)
    refused: dict[str, list[str]] = {}
    # What is read is not tried besides: an attempt at what is allowed may make others wait.
    for each in ATTEMPTS if not allowed else ():
        if each.waits and allowed:
            continue
        error, found = attempt(connection, each.sql(account, database, TABLE))
        match each.read(error, len(found)):
            case Answer.REFUSED:
                refused.setdefault(in_words(error), []).append(each.name)
            case Answer.ALLOWED:
                allowed.append(each.name)
            case Answer.UNKNOWN:
                raise DatabaseProblem(
                    f"{account} could not be proven: {each.name} was answered with "
                    f"MySQL error {error}; run it again"
                )
            case Answer.NOT_HERE:
                pass
    if allowed:
        raise DatabaseProblem(
            f"{account} can do more than SELECT on {database}.{TABLE}: {', '.join(allowed)}; run "
            "`pulumi up --refresh`, which takes back what was granted to it"
        )
    return {
        answer: ", ".join(dict.fromkeys(name.partition(" on ")[0] for name in names))
        for answer, names in sorted(refused.items())
    }
