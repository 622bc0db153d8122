"""The rights of an account: all that it holds, and what decides about its login."""

from __future__ import annotations

import secrets
from collections.abc import Mapping, Sequence

import pymysql

from mysql import login as logins
from mysql.account import Account, twin_of
from mysql.grant_tables import Facts
from mysql.login import Login, is_adopted, login
from mysql.mark import Mark
from mysql.rights import Right, difference, held, namesakes
from provider.account import drop_twins, has_marks, is_gone, is_theirs, put_mark
from provider.connection import Connection, DatabaseProblem
from provider.grants import facts_of, with_password
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import ACCOUNT, OnServer, changed, entries, flag, owner, replaced

_DENIED = {1044, 1045, 1142, 1143, 1227, 1370, 1410, 1698}
# The account is the definer of something, or is granted as a role.
_NOT_RENAMED = {4006, 3532}
_GRANTED = "granted"


def rights(value: Value) -> dict[str, str]:
    """Accept rights, each as one line of SQL: "SELECT ON `test`.`ratings`" -> granted."""
    if not isinstance(value, Mapping):
        raise ValueError(f"{value!r} is no map of rights")  # noqa: TRY004 - one kind of refusal
    return {str(Right.parse(right)): _GRANTED for right in value}


class Rights(OnServer):
    """All that an account may do, compared with what it is to do.

    pulumi-mysql sees neither grants nor what becomes of a login. This watches what it made, and
    mends the difference by GRANT and REVOKE, so that no right is away for a moment.

    Inputs: `server`, its `server_uuid`; `user`, `host` and `password`, of the account; `owner`, the
    stack's mark; `rights`, as lines of SQL; `tls`, whether it may log in over TLS alone.

    State besides: in `rights` all that it holds; `login`, its plugin and a digest of its password's
    hash, as they were left; `changed`, what somebody changed about that: name -> words;
    `namesakes`, other accounts that a login with this name may get.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "owner": owner,
        "rights": rights,
        "tls": flag,
    }
    secrets = ("password",)

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare, and name each right that is missing or too much."""
        if UNKNOWN in (inputs["rights"], inputs["user"], inputs["host"]):
            return [Change("rights")]
        account = Account(inputs["user"], inputs["host"])
        for right in sorted(state["rights"].keys() - inputs["rights"].keys()):
            self.engine.info(urn, f"{account} also holds {right}: it is taken back")
        for right in sorted(inputs["rights"].keys() - state["rights"].keys()):
            self.engine.info(urn, f"{account} lacks {right}: it is granted")
        for name, words in state["changed"].items():
            self.engine.info(urn, f"{account} was changed, {name}: {words}; it is put right")
        if state["namesakes"]:
            self.engine.warn(urn, _would_be_taken(account, state["namesakes"]))
        return [
            *replaced(state, inputs, ("server", "user", "host")),
            *entries("rights", state["rights"], inputs["rights"]),
            *entries("changed", state["changed"], {}),
            *changed(state, {"namesakes": []}, ("namesakes",)),
            *changed(state, inputs, ("password", "owner", "tls")),
        ]

    def plan(self, _urn: str, _state: Properties | None, inputs: Properties) -> Properties:
        """The rights are known, what the server makes of the password is not."""
        return {**inputs, "login": UNKNOWN, "changed": {}, "namesakes": []}

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Give the account exactly its rights, and the stack's mark."""
        return f"{inputs['user']}@{inputs['host']}", self._mend(None, inputs)

    def update(self, _urn: str, state: Properties, inputs: Properties) -> Properties:
        """Mend what differs."""
        return self._mend(state, inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See what it holds; an account that somebody else has made in its place is not ours."""
        account = Account(state["user"], state["host"])
        with self.connect(state) as connection:
            facts = facts_of(connection, account)
            there = login(facts, account)
            if there is None or not _is_ours(connection, there, state, state):
                return None
        seen = {
            "rights": {str(right): _GRANTED for right in sorted(held(facts, account))},
            "changed": logins.changed(there, state["login"], tls=state["tls"]),
            "namesakes": [str(other) for other in namesakes(facts, account)],
        }
        return Found({**state, **seen}, inputs)

    def delete(self, _urn: str, _state: Properties) -> None:
        """Nothing: they go with the account."""

    def _mend(self, state: Properties | None, inputs: Properties) -> Properties:
        account = Account(inputs["user"], inputs["host"])
        wanted = frozenset(map(Right.parse, inputs["rights"]))
        with self.connect(inputs) as connection:
            drop_twins(connection, account, inputs["owner"])
            facts = facts_of(connection, account)
            self._refuse(connection, facts, account, state, inputs)
            refused = _run(connection, difference(held(facts, account), wanted).statements(account))
            there = self._login(connection, account, state, inputs)
            # A twin would be another account: what the adopted one was would not come back.
            if refused and not is_adopted(there) and _swap(connection, account, there, inputs):
                there = _login(connection, account)
            now = held(facts_of(connection, account), account)
        left = difference(now, wanted)
        if left:
            mends = "; ".join(right.mend(account) for right in left.extra)
            lacks = ", ".join(map(str, left.missing))
            raise DatabaseProblem(
                f"{account} is not as it should be, and {self.configuration.admin.username} may "
                f"not put it right"
                + (f" (MySQL error {', '.join(map(str, sorted(refused)))})" if refused else "")
                + (f"; it holds {', '.join(map(str, left.extra))}: {mends}" if left.extra else "")
                + (f"; it lacks {lacks}" if lacks else "")
            )
        return {
            **{name: inputs[name] for name in self.inputs},
            "rights": {str(right): _GRANTED for right in sorted(now)},
            "login": {**logins.kept(there), "turn": _turn(state)},
            "changed": {},
            "namesakes": [],
        }

    def _refuse(
        self,
        connection: Connection,
        facts: Facts,
        account: Account,
        state: Properties | None,
        inputs: Properties,
    ) -> None:
        """Refuse an account that is not ours, or not the one that a login would get."""
        if others := namesakes(facts, account):
            raise DatabaseProblem(_would_be_taken(account, list(map(str, others))))
        there = login(facts, account)
        if there is None:
            raise is_gone(account)
        if not _is_ours(connection, there, inputs, state):
            raise is_theirs(account)

    def _login(
        self,
        connection: Connection,
        account: Account,
        state: Properties | None,
        inputs: Properties,
    ) -> Login:
        """Put the login right; returns it."""
        there = _login(connection, account)
        # A new password is set by pulumi-mysql before this runs.
        same = state and state["password"] == inputs["password"]
        before = state["login"] if state and same else logins.kept(there)
        if not logins.changed(there, before, tls=inputs["tls"]):
            return there
        first, *more = logins.mend(account, there, plugin=before["plugin"], tls=inputs["tls"])
        with connection.cursor() as cursor:
            with_password(cursor, first, inputs["password"])
            for statement in more:
                cursor.execute(statement)
        now = _login(connection, account)
        if left := logins.changed(now, logins.kept(now), tls=inputs["tls"]):
            said = ", ".join(f"{name}: {words}" for name, words in left.items())
            raise DatabaseProblem(
                f"the login of {account} could not be put right ({said}); look at SHOW CREATE USER "
                f"{account}"
            )
        return now


def _would_be_taken(account: Account, others: Sequence[str]) -> str:
    return (
        f"{', '.join(others)} would be taken for {account} where its host matches better; "
        f"remove it: DROP USER {', '.join(others)}"
    )


def _turn(state: Properties | None) -> str:
    """Count the times that something was mended: each is to be proven."""
    return str(int(state["login"]["turn"]) + 1 if state else 1)


def _login(connection: Connection, account: Account) -> Login:
    found = login(facts_of(connection, account), account)
    if found is None:
        raise DatabaseProblem(f"the account {account} went away meanwhile; run it again")
    return found


def _is_ours(
    connection: Connection, there: Login, inputs: Properties, state: Properties | None
) -> bool:
    """Tell our account from one of its name: by its mark or, where that is gone, its password."""
    mark = Mark.of_attribute(there.attribute)
    if mark:
        return bool(mark.owner == inputs["owner"])
    known = state is not None and there.digest == state["login"]["digest"]
    return known or not has_marks(connection)


def _swap(connection: Connection, account: Account, there: Login, inputs: Properties) -> bool:
    """Put a clean twin into the place of an account whose rights the admin may not take back.

    To revoke a right one has to hold it, and an admin of least privilege holds few. RENAME USER
    needs CREATE USER alone, and is atomic: no login fails, and open sessions go on reading.

    Returns:
        Whether it was done; it is not where the account is the definer of something, a role of
        others, or more of an administrator than the admin.
    """
    twin, old = (
        Account(twin_of(account.user, secrets.token_hex(4)), account.host) for _ in range(2)
    )
    require = "SSL" if inputs["tls"] else "NONE"
    with connection.cursor() as cursor:
        try:
            with_password(
                cursor,
                f"CREATE USER {twin} IDENTIFIED WITH '{there.plugin}' BY ".replace("%", "%%")
                + f"%s REQUIRE {require}",
                inputs["password"],
            )
            if mark := Mark.of_attribute(there.attribute):
                put_mark(connection, twin, mark)
            for right in inputs["rights"]:
                cursor.execute(Right.parse(right).grant(twin))
            cursor.execute(f"RENAME USER {account} TO {old}, {twin} TO {account}")
        except pymysql.MySQLError as error:
            cursor.execute(f"DROP USER IF EXISTS {twin}")
            if error.args[0] in {*_DENIED, *_NOT_RENAMED}:
                return False
            raise
        cursor.execute(f"DROP USER {old}")
    return True


def _run(connection: Connection, statements: Sequence[str]) -> set[int]:
    """Run what the admin may; gives MySQL's errors for the rest."""
    refused = set()
    for statement in statements:
        try:
            with connection.cursor() as cursor:
                cursor.execute(statement)
        except pymysql.MySQLError as error:
            if error.args[0] not in _DENIED:
                raise
            refused.add(error.args[0])
    return refused
