"""The name of the account: one that nobody has, and that none of this stack had before."""

from __future__ import annotations

from collections.abc import Collection, Sequence

from mysql import adoption
from mysql.account import Account as Name
from mysql.generations import OF_BASE, generation_of, next_name
from mysql.mark import Mark
from provider.account import accounts, has_marks, let_go, opens
from provider.adopted_account import look
from provider.connection import Connection, DatabaseProblem
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.resource import ACCOUNT, OnServer, changed, flag, owner, replaced


class AccountName(OnServer):
    """A user name for each way to log in, to be before the account is made.

    Another password is another account under the next name: `bookinfo`, then `bookinfo_2`; and so
    is another demand for TLS. So what logs in as before goes on doing so until it is gone itself.

    Inputs: `server`, its `server_uuid`; `user`, the first name; `host`, of the account; `password`,
    with which it is made; `tls`, whether it may log in over TLS alone; `owner`, the stack's mark;
    `adopt`, whether to take over an account that has the first name, and make those after it
    ourselves. State besides: `name`, the one that was drawn.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        **ACCOUNT,
        "tls": flag,
        "owner": owner,
        "adopt": flag,
    }
    secrets = ("password",)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Compare: another password is another account, and so is another demand."""
        was = bool(state.get("adopt"))
        demands = ("tls",) if "tls" in state else ()  # an older state lacks it, and gets it
        return [
            *replaced(state, inputs, ("server", "user", "host", "password", *demands)),
            *([] if demands else [Change("tls")]),
            # What was not made by pulumi-mysql cannot become its own: that makes another one.
            *([Change("adopt", replaces=True)] if was and not inputs["adopt"] else []),
            *([Change("adopt")] if inputs["adopt"] and not was else []),
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

    def delete(self, urn: str, state: Properties) -> None:
        """Drop the account, or give it back, if no resource has: where an update was cut off.

        What has its name and its password was made for it, and goes before it, or is kept. Where
        one may be adopted, each that is this stack's has its mark: others were given back.
        """
        account = Name(state["name"], state["host"])
        with self.connect(state) as connection:
            there = accounts(connection, account.user)
            if account not in there:
                return
            mark = there[account]
            left = (
                mark.owner == state["owner"] and not mark.kept if mark else not state.get("adopt")
            )
            if left and ((mark and mark.former) or opens(self.configuration, state, account)):
                password = state["password"]
                if line := let_go(self.configuration, connection, account, mark, password):
                    self.engine.warn(urn, line)

    def _draw(self, urn: str, inputs: Properties) -> str:
        base, owners = inputs["user"], self.owners(urn, inputs)
        before, endpoint = self.predecessor(urn), self.configuration.admin.endpoint
        with self.connect(inputs) as connection:
            there = accounts(connection, f"{base[:OF_BASE]}%", like=True)
            if (before.get("server"), before.get("user")) != (inputs["server"], base):
                first, adopt = Name(base, inputs["host"]), inputs["adopt"]
                if line := refusal(connection, first, owners, endpoint, adopt=adopt):
                    raise DatabaseProblem(line)
                ours = (_is_ours(each, mark, base, owners) for each, mark in there.items())
                if there.get(first, ...) is None and adopt and not any(ours):
                    return str(base)
        return next_name(base, (account.user for account in there))


def _is_ours(account: Name, mark: Mark | None, base: str, owners: Collection[str]) -> bool:
    is_generation = generation_of(base, account.user) is not None
    return is_generation and mark is not None and mark.owner in owners


def refusal(
    connection: Connection,
    account: Name,
    owners: Collection[str],
    endpoint: str,
    *,
    adopt: bool,
) -> str | None:
    """Say why the first name of an account cannot be had, in one line; None where it can.

    Args:
        connection: To its server.
        account: The account.
        owners: The marks of this stack.
        endpoint: Of the server.
        adopt: Whether it is taken over if it is there.
    """
    word = adoption.word(adoption.ACCOUNT, account.user)
    if adopt and not has_marks(connection):
        return (
            f"external-mysql:adopt: {word} is there, and this server has no place for the mark of "
            "an account that is adopted, which MySQL has since 8.0.21; take it out"
        )
    there = accounts(connection, account.user)
    theirs = {each: mark for each, mark in there.items() if not (mark and mark.owner in owners)}
    if not theirs:
        return None
    marked = {each: mark for each, mark in theirs.items() if mark}
    if adopt and marked:
        (first, mark), *_ = sorted(marked.items())
        unmark = f"ALTER USER {first} ATTRIBUTE '{Mark.NO_ATTRIBUTE}'"
        return adoption.another_stacks(f"the account {first}", endpoint, mark.owner, unmark)
    if adopt and set(theirs) == {account}:
        try:
            look(connection, account)
        except DatabaseProblem as problem:
            return str(problem)
        return None
    return adoption.refusal(
        f"the account {', '.join(map(str, sorted(theirs)))}",
        endpoint,
        (
            f"of these {word} there takes over {account} alone; "
            if adopt
            else f"add {word} there to take over {account} until `destroy` gives it back, "
        )
        + "give another name in external-mysql:reader, or remove it first",
    )
