"""The name of the account: one that nobody has, and that none of this stack had before."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mysql import adoption
from mysql.account import Account as Name
from mysql.generations import OF_BASE, next_name
from provider.account import accounts, drop, opens
from provider.connection import Connection, DatabaseProblem
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.resource import ACCOUNT, OnServer, changed, owner, replaced


class AccountName(OnServer):
    """A user name for each password, to be before pulumi-mysql makes the account.

    Another password is another account under the next name: `bookinfo`, then `bookinfo_2`. So what
    still has the old password goes on logging in until it is gone itself.

    Inputs: `server`, its `server_uuid`; `user`, the first name; `host`, of the account; `password`,
    with which it is made; `owner`, the stack's mark. State besides: `name`, the one that was drawn.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "owner": owner,
    }
    secrets = ("password",)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another password is another account."""
        return [
            *replaced(state, inputs, ("server", "user", "host", "password")),
            *changed(state, inputs, ("owner",)),
        ]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Refuse a name that is taken before anything is changed."""
        if state is not None:
            return {**inputs, "name": state["name"]}
        unknown = UNKNOWN in (inputs["server"], inputs["user"])
        return {**inputs, "name": UNKNOWN if unknown else self._draw(urn, inputs)}

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Draw a name; of the first, nobody else may have made an account."""
        name = self._draw(urn, inputs)
        return f"{name}@{inputs['host']}", {**inputs, "name": name}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found:
        """There is nothing to see."""
        return Found(state, inputs)

    def update(self, _urn: str, state: Properties, inputs: Properties) -> Properties:
        """Nothing on the server has this stack's mark by it."""
        return {**inputs, "name": state["name"]}

    def delete(self, _urn: str, state: Properties) -> None:
        """Drop the account if no resource has done so: where an update was cut off, there is none.

        What has its name and its password was made for it, and goes before it, or is kept.
        """
        account = Name(state["name"], state["host"])
        with self.connect(state) as connection:
            there = accounts(connection, account.user)
            if account not in there:
                return
            mark = there[account]
            left = not mark or (mark.owner == state["owner"] and not mark.kept)
            if left and opens(self.configuration, state, account):
                drop(connection, account)

    def _draw(self, urn: str, inputs: Properties) -> str:
        base, owners = inputs["user"], self.owners(urn, inputs)
        before, endpoint = self.predecessor(urn), self.configuration.admin.endpoint
        with self.connect(inputs) as connection:
            there = accounts(connection, f"{base[:OF_BASE]}%", like=True)
            if (before.get("server"), before.get("user")) != (inputs["server"], base) and (
                line := refusal(connection, base, owners, endpoint)
            ):
                raise DatabaseProblem(line)
        return next_name(base, (account.user for account in there))


def refusal(
    connection: Connection, base: str, owners: Collection[str], endpoint: str
) -> str | None:
    """Say why the first name of an account cannot be had, in one line; None where it can."""
    theirs = sorted(
        str(account)
        for account, mark in accounts(connection, base).items()
        if not (mark and mark.owner in owners)
    )
    if not theirs:
        return None
    return adoption.refusal(
        f"the account {', '.join(theirs)}",
        endpoint,
        "give another name in external-mysql:reader, or remove it first",
    )
