"""The account: that nobody has one of that name, and that only our own is dropped."""

from __future__ import annotations

import uuid
from collections.abc import Sequence

import pymysql

from mysql.account import Account as Name
from mysql.account import twin_of
from mysql.mark import Mark
from provider.connection import Connection, DatabaseProblem, LoginRefused, current_account
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.resource import ACCOUNT, OnServer, changed, flag, owner, replaced

_NO_ATTRIBUTES = {1054, 1064}
"""What an older server says to ATTRIBUTE."""


class Account(OnServer):
    """An account, to be before and after pulumi-mysql makes it.

    That drops whatever has the name, and so is told to leave it. The one before sees that nobody
    has the name; the one after gives it the mark, and is the first to go. Each drops the account if
    it is ours: by its mark or, before it has one, by its password. Before MySQL 8.0.21 the password
    is all there is: do not `--replace` the one after there.

    Inputs: `server`, its `server_uuid`; `user` and `host`, of the account; `password`, with which
    it is made; `owner`, the stack's mark; `made`, whether it is the one after. State besides:
    `holder`, its part of the mark; empty for the one before, and where a server has no marks.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "owner": owner,
        "made": flag,
    }
    secrets = ("password",)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another name is another account."""
        return [
            *replaced(state, inputs, ("server", "user", "host", "made")),
            *changed(state, inputs, ("password", "owner")),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Refuse a name that is taken before anything is changed."""
        unknown = UNKNOWN in (inputs["server"], inputs["user"])
        if state is None and not inputs["made"] and not unknown:
            self._refuse_namesakes(urn, inputs)
        return {**inputs, "holder": state["holder"] if state else UNKNOWN}

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Refuse a name that is taken; give the mark to what was made."""
        account = Name(inputs["user"], inputs["host"])
        holder = ""
        if inputs["made"]:
            holder = str(uuid.uuid4())
            if not self._give_mark(urn, account, inputs, holder):
                holder = ""
        else:
            self._refuse_namesakes(urn, inputs)
        return f"{account.user}@{account.host}", {**inputs, "holder": holder}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there, with this resource's mark; the one before has nothing to see."""
        if state["made"]:
            account = Name(state["user"], state["host"])
            with self.connect(state) as connection:
                there = accounts(connection, account.user)
            mark = there.get(account)
            if account not in there or state["holder"] != (mark.holder if mark else ""):
                return None
        return Found(state, inputs)

    def update(self, _urn: str, state: Properties, inputs: Properties) -> Properties:
        """Keep the password, which pulumi-mysql sets; put a new owner into the mark."""
        if state["holder"] and state["owner"] != inputs["owner"]:
            with self.connect(inputs) as connection:
                account = Name(state["user"], state["host"])
                put_mark(connection, account, Mark(inputs["owner"], state["holder"]))
        return {**inputs, "holder": state["holder"]}

    def delete(self, urn: str, state: Properties) -> None:
        """Drop the account if it is ours."""
        account = Name(state["user"], state["host"])
        with self.connect(state) as connection:
            drop_twins(connection, account, state["owner"])
            there = accounts(connection, state["user"])
            if account not in there:
                return
            mark = there[account]
            if mark and mark.holder in self.handed_over:
                return
            if mark and mark.owner == state["owner"]:
                if mark.holder != state["holder"]:
                    if state["made"]:
                        self.engine.warn(
                            urn,
                            f"the account {account} stays, for it has the mark of another resource "
                            f"of this stack; if there is none any more, DROP USER {account}",
                        )
                    return
            elif mark or not self._logs_in(state):
                if state["made"]:
                    self.engine.warn(
                        urn,
                        f"the account {account} stays, for somebody else made it: it has neither "
                        "the mark nor the password of this stack's; if nobody needs it, "
                        f"DROP USER {account}",
                    )
                return
            with connection.cursor() as cursor:
                cursor.execute(f"DROP USER {account}")

    def _refuse_namesakes(self, urn: str, inputs: Properties) -> None:
        owners = self.owners(urn, inputs)
        with self.connect(inputs) as connection:
            there = accounts(connection, inputs["user"])
        theirs = [
            str(account)
            for account, mark in sorted(there.items())
            if not mark or mark.owner not in owners
        ]
        if theirs:
            raise DatabaseProblem(
                f"user: {', '.join(theirs)} exists already at "
                f"{self.configuration.admin.endpoint}, and this stack did not make it; give "
                "another name, or remove it first"
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
            if before.owner not in owners if before else not self._logs_in(inputs):
                raise is_theirs(account)
            return put_mark(connection, account, Mark(inputs["owner"], holder))

    def _logs_in(self, state: Properties) -> bool:
        """Say whether our password opens it; from where nobody may log in, that is not known."""
        try:
            with self.configuration.connect_as(state["user"], state["password"]) as connection:
                return current_account(connection) == Name(state["user"], state["host"])
        except LoginRefused:
            return bool(state["host"] != "%")


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
        with connection.cursor() as cursor:
            cursor.execute(f"ALTER USER {account} ATTRIBUTE '{mark.attribute}'")
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
