"""The account: that only our own is dropped, and what becomes of the one before it."""

from __future__ import annotations

import uuid
from collections.abc import Collection, Iterator, Sequence
from dataclasses import replace
from enum import StrEnum

import pymysql

from mysql.account import Account as Name
from mysql.account import twin_of
from mysql.mark import Mark
from provider.adopted_account import give_back, look, make, set_password, take
from provider.configuration import Configuration
from provider.connection import (
    Connection,
    DatabaseProblem,
    LoginRefused,
    attempt,
    current_account,
)
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import ACCOUNT, OnServer, changed, flag, owner, replaced

_NO_ATTRIBUTES = {1054, 1064}
"""What an older server says to ATTRIBUTE."""


class Previous(StrEnum):
    """What becomes of the account before this one, once there is this one."""

    DROP = "drop"
    KEEP = "keep"
    CUT = "cut"


def previous(value: Value) -> str:
    """Accept what is to become of the account before."""
    known = [str(each) for each in Previous]
    if value not in known:
        raise ValueError(f"{value!r} is none of {', '.join(known)}")
    return str(value)


class Account(OnServer):
    """An account that pulumi-mysql has made: it gets the mark, and only our own is dropped.

    That drops whatever has the name, and so is told to leave it. This gives what was made the mark,
    and is the first to go. It drops the account if it is ours: by its mark or, before it has one,
    by its password. Before MySQL 8.0.21 the password is all there is: do not `--replace` it there.

    Where one may be adopted, pulumi-mysql makes none, as it fails where there is one: this takes
    over what is there, and gives it back in place of dropping it; or makes one with its mark.

    Inputs: `server`, its `server_uuid`; `user` and `host`, of the account; `password`, with which
    it is made; `owner`, the stack's mark; `previous`, what becomes of the account that this one
    takes the place of: `drop`, once whatever was built on it is gone; `keep`, until there is a
    successor to this one too; `cut`, at once, and its sessions with it; `adopt`, whether an account
    that is there is taken over.

    State besides: `holder`, its part of the mark; empty where a server has no marks.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "owner": owner,
        "previous": previous,
        "adopt": flag,
    }
    secrets = ("password",)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another name is another account."""
        return [
            *replaced(state, inputs, ("server", "user", "host")),
            *changed(state, inputs, ("password", "owner", "previous")),
            *([Change("adopt")] if bool(state.get("adopt")) != inputs["adopt"] else []),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Say what becomes of the account before."""
        if before := self._before(urn, inputs):
            user, host = inputs["user"], inputs["host"]
            self.engine.info(
                urn,
                f"{before} gets a successor"
                + (f", {Name(user, host)}" if UNKNOWN not in (user, host) else "")
                + f", with a password and rights of its own; {_BECOMES[inputs['previous']]}",
            )
            if inputs["previous"] == Previous.KEEP and inputs["server"] is not UNKNOWN:
                self._refuse_to_keep(inputs)
        known = UNKNOWN not in (inputs[name] for name in ("server", "user", "host"))
        if state is None and inputs["adopt"] and known:
            self._say_if_adopted(urn, inputs)
        return {**inputs, "holder": state["holder"] if state else UNKNOWN}

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Give the mark to what was made, or to what is there and may be had."""
        account = Name(inputs["user"], inputs["host"])
        holder = str(uuid.uuid4())
        marked = inputs["adopt"] and self._made_or_taken(account, inputs, holder)
        if not marked and not self._give_mark(urn, account, inputs, holder):
            holder = ""
        if before := self._before(urn, inputs):
            self._follow(urn, before, inputs, holder)
        return f"{account.user}@{account.host}", {**inputs, "holder": holder}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there, with this resource's mark."""
        account = Name(state["user"], state["host"])
        with self.connect(state) as connection:
            there = accounts(connection, account.user)
        mark = there.get(account)
        if account not in there or state["holder"] != (mark.holder if mark else ""):
            return None
        return Found(state, inputs)

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Keep the password, which pulumi-mysql sets; put a new owner into the mark."""
        holder, owner = state["holder"], inputs["owner"]
        if holder and state["owner"] != owner:
            account, mark = Name(state["user"], state["host"]), Mark(state["owner"], holder)
            with self.connect(inputs) as connection:
                for kept, its in _kept_by(connection, mark):
                    put_mark(connection, kept, replace(its, owner=owner))
                put_mark(connection, account, replace(mark, owner=owner))
        if state["previous"] == Previous.KEEP != inputs["previous"]:
            with self.connect(inputs) as connection:
                self._let_kept_go(urn, connection, {**state, "owner": owner})
        return {**inputs, "holder": holder}

    def delete(self, urn: str, state: Properties) -> None:
        """Let the account go if it is ours and not kept itself, and the one that it keeps."""
        account = Name(state["user"], state["host"])
        with self.connect(state) as connection:
            drop_twins(connection, account, state["owner"])
            self._let_kept_go(urn, connection, state)
            there = accounts(connection, state["user"])
            mark = there.get(account)
            if account not in there or (
                mark and mark.holder in self.handed_over - {state["holder"]}
            ):
                return
            if mark and mark.kept and mark.holder == state["holder"]:
                self.engine.info(urn, f"{account} stays until the next rotation")
                return
            if mark and mark.owner == state["owner"]:
                if mark.holder != state["holder"]:
                    self.engine.warn(
                        urn,
                        f"the account {account} stays, for it has the mark of another resource "
                        f"of this stack; if there is none any more, DROP USER {account}",
                    )
                    return
            elif not mark and state.get("adopt"):
                return  # a run that was cut off has given it back
            elif mark or not opens(self.configuration, state, account):
                self.engine.warn(
                    urn,
                    f"the account {account} stays, for somebody else made it: it has neither "
                    "the mark nor the password of this stack's; if nobody needs it, "
                    f"DROP USER {account}",
                )
                return
            if line := let_go(self.configuration, connection, account, mark, state["password"]):
                self.engine.warn(urn, line)

    def _say_if_adopted(self, urn: str, inputs: Properties) -> None:
        account = Name(inputs["user"], inputs["host"])
        with self.connect(inputs) as connection:
            if accounts(connection, account.user).get(account, ...) is not None:
                return
            found = look(connection, account)
        rights = ", ".join(found.former.rights) or "none"
        self.engine.info(
            urn,
            f"{account} is taken over: whoever uses it goes on logging in with its password; until "
            f"it is given back it may read the ratings alone, in place of its rights, {rights}",
        )

    def _made_or_taken(self, account: Name, inputs: Properties, holder: str) -> bool:
        """Make the account, or take over that of others; says whether it was one of the two."""
        mark = Mark(inputs["owner"], holder)
        with self.connect(inputs) as connection:
            there = accounts(connection, account.user)
            if account not in there:
                make(connection, account, mark, inputs["password"])
            elif there[account] is None:
                take(connection, look(connection, account), mark, inputs["password"])
            else:
                return False
        return True

    def _let_kept_go(self, urn: str, connection: Connection, state: Properties) -> None:
        for account, mark in _kept_by(connection, Mark(state["owner"], state["holder"])):
            if not mark.former:
                drop(connection, account)
            elif line := give_back(connection, account, mark, ours=True):
                self.engine.warn(urn, line)

    def _before(self, urn: str, inputs: Properties) -> Name | None:
        """Give the account that this one takes the place of, on the same server."""
        before = self.predecessor(urn)
        if not before or UNKNOWN in (before.get("user"), before.get("host")):
            return None
        if inputs["server"] not in (UNKNOWN, before["server"]):
            return None
        account = Name(before["user"], before["host"])
        return None if account == Name(inputs["user"], inputs["host"]) else account

    def _follow(self, urn: str, before: Name, inputs: Properties, holder: str) -> None:
        """See to the account before; one that is dropped goes at the end, as everything does."""
        owners = self.owners(urn, inputs)
        if inputs["previous"] == Previous.KEEP:
            self._refuse_to_keep(inputs)
        with self.connect(inputs) as connection:
            there = accounts(connection, before.user)
            mark = there.get(before)
            if before not in there:
                return
            its = self.predecessor(urn)
            if not (mark.owner in owners if mark else opens(self.configuration, its, before)):
                return
            if inputs["previous"] == Previous.CUT and mark and mark.former:
                give_back(connection, before, mark, ours=True)
                self.engine.warn(
                    urn,
                    f"{before} is given back, and does not know this stack's password any more; "
                    "sessions that it had open go on, those of others among them: end them with "
                    "KILL, see SHOW PROCESSLIST",
                )
            elif inputs["previous"] == Previous.CUT:
                self._cut(urn, connection, before, namesakes=there.keys() - {before})
            elif mark and inputs["previous"] == Previous.KEEP:
                put_mark(connection, before, Mark(inputs["owner"], mark.holder, kept=holder))
            elif mark and mark.kept:  # by the resource of a run that was cut off
                put_mark(connection, before, replace(mark, kept=""))

    def _cut(
        self, urn: str, connection: Connection, before: Name, namesakes: Collection[Name]
    ) -> None:
        """Drop an account, and end its sessions, which it alone may do where the admin may not.

        MySQL tells sessions by the user name alone: of which account they are, nobody sees.
        """
        password = self.predecessor(urn)["password"]
        try:
            with self.configuration.connect_as(before.user, password) as its:
                drop(connection, before)
                if namesakes:
                    self.engine.warn(urn, _go_on(before, namesakes))
                else:
                    _end_sessions(its)
        except LoginRefused:
            drop(connection, before)
            self.engine.warn(urn, _go_on(before))

    def _refuse_to_keep(self, inputs: Properties) -> None:
        with self.connect(inputs) as connection:
            if not has_marks(connection):
                raise DatabaseProblem(
                    "previousAccount: this server has no place for the mark of an account that is "
                    "kept, which MySQL has since 8.0.21; give drop or cut"
                )

    def _give_mark(self, urn: str, account: Name, inputs: Properties, holder: str) -> bool:
        owners = self.owners(urn, inputs)
        with self.connect(inputs) as connection:
            there = accounts(connection, account.user)
            if account not in there:
                raise is_gone(account)
            before = there[account]
            if before:
                self.handed_over.add(holder)
            ours = before.owner in owners if before else opens(self.configuration, inputs, account)
            if not ours:
                raise is_theirs(account)
            if before:
                for kept, mark in _kept_by(connection, before):
                    put_mark(connection, kept, replace(mark, owner=inputs["owner"], kept=holder))
                if inputs["adopt"] and not is_opened(
                    self.configuration, account, inputs["password"]
                ):
                    set_password(connection, account, inputs["password"])
            return put_mark(connection, account, Mark(inputs["owner"], holder))


_BECOMES = {
    Previous.DROP: "it is dropped once no pod is left that uses it",
    Previous.KEEP: "it is kept until the next rotation",
    Previous.CUT: "it is dropped at once, before the pods have the new password",
}


def _go_on(account: Name, namesakes: Collection[Name] = ()) -> str:
    others = ", ".join(map(str, sorted(namesakes, key=str)))
    which = f"those that are not of {others}" if others else "them"
    return (
        f"{account} is gone, and nobody logs in with its password any more; sessions that it had "
        f"open may go on: end {which} with KILL, see SHOW PROCESSLIST"
    )


def opens(configuration: Configuration, state: Properties, account: Name) -> bool:
    """Say whether our password opens it; from where nobody may log in, that is not known."""
    seen = is_opened(configuration, account, state["password"])
    return account.host != "%" if seen is None else seen


def is_opened(configuration: Configuration, account: Name, password: str) -> bool | None:
    """Say whether a login with a password becomes this account; None where there is no login."""
    try:
        with configuration.connect_as(account.user, password) as connection:
            return current_account(connection) == account
    except LoginRefused:
        return None


def drop(connection: Connection, account: Name) -> None:
    """Drop an account; sessions that it has open go on."""
    with connection.cursor() as cursor:
        cursor.execute(f"DROP USER {account}")


def let_go(
    configuration: Configuration,
    connection: Connection,
    account: Name,
    mark: Mark | None,
    password: str,
) -> str | None:
    """Drop an account, or give it back; says what of it could not be given back."""
    if mark is None or not mark.former:
        drop(connection, account)
        return None
    ours = opens(configuration, {"password": password}, account)
    return give_back(connection, account, mark, ours=ours)


def _end_sessions(connection: Connection) -> None:
    """End all other sessions of whoever this connection is.

    https://dev.mysql.com/doc/refman/9.7/en/kill.html
    """
    with connection.cursor() as cursor:
        cursor.execute("SELECT CONNECTION_ID()")
        own = cursor.fetchone()
        cursor.execute("SHOW PROCESSLIST")
        for number in [row[0] for row in cursor.fetchall()]:
            if (number,) != own:
                attempt(connection, f"KILL {number}")


def _kept_by(connection: Connection, by: Mark) -> Iterator[tuple[Name, Mark]]:
    """Give the accounts before one, which its resource keeps."""
    for account, mark in accounts(connection, "%", like=True).items():
        if mark and mark.owner == by.owner and by.holder and mark.kept == by.holder:
            yield account, mark


def is_gone(account: Name) -> DatabaseProblem:
    """Say that an account is not there any more."""
    return DatabaseProblem(
        f"the account {account} is gone; run `pulumi up --refresh` to make it again"
    )


def is_theirs(account: Name) -> DatabaseProblem:
    """Say that an account of this name is there, and is not the one that this stack made."""
    return DatabaseProblem(
        f"somebody else has made the account {account} anew: it has neither the mark nor the "
        f"password of this stack's; if nobody needs it, DROP USER {account}, and run "
        "`pulumi up --refresh`"
    )


def has_marks(connection: Connection) -> bool:
    """Say whether a server has a place for marks on accounts: since 8.0.21."""
    with connection.cursor() as cursor:
        return bool(cursor.execute("SHOW COLUMNS FROM mysql.user LIKE 'User_attributes'"))


def put_mark(connection: Connection, account: Name, mark: Mark) -> bool:
    """Give an account the mark; says whether its server has a place for it."""
    try:
        # What it was before needs no escaping, for it is there already, and stays.
        attribute = replace(mark, former="").attribute
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER USER {account} ATTRIBUTE '{attribute}'")
    except pymysql.MySQLError as error:
        if error.args[0] not in _NO_ATTRIBUTES:
            raise
        return False
    return True


def drop_twins(connection: Connection, account: Name, owner: str) -> None:
    """Drop what is left of a swap that was cut off, see :mod:`provider.rights`."""
    for twin, mark in accounts(connection, twin_of(account.user, "%"), like=True).items():
        if twin.host == account.host and mark and mark.owner == owner:
            with connection.cursor() as cursor:
                cursor.execute(f"DROP USER {twin}")


def accounts(connection: Connection, name: str, *, like: bool = False) -> dict[Name, Mark | None]:
    """Read the accounts of a user name, or of a pattern of it, each with its mark."""
    column = "User_attributes->'$.metadata'" if has_marks(connection) else "NULL"
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT User, Host, {column} FROM mysql.user "  # noqa: S608 - of two
            f"WHERE User {'LIKE' if like else '='} %s",
            (name,),
        )
        return {
            Name(user, host): Mark.of_attribute(attribute)
            for user, host, attribute in cursor.fetchall()
        }
