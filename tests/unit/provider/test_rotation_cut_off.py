"""Wherever runs are cut off, the next one that is not leaves no account behind."""

from __future__ import annotations

from collections.abc import Generator, Iterator, Sequence
from itertools import islice, product

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.account import Account as Name
from provider.account import Account, Previous
from provider.account_name import AccountName
from provider.protocol.values import Properties
from tests.unit.provider.fake_accounts import Server
from tests.unit.provider.fakes import OWNER, SERVER, URN, Said

TO_THE_END = 1000
THEIRS = Name("bookinfo2")

STEPS = 14
"""At least as many as a rotation has."""
OFTEN = (3, 4, 6)
"""The account is made; it has the mark; one before it is gone: and the state does not know."""

Run = tuple[bool, str, int]
"""Whether it rotates, what becomes of the account before, and after how many steps it is killed."""
RUN = st.tuples(st.booleans(), st.sampled_from(Previous), st.integers(0, STEPS))


class Stack:
    """A state, and the steps of the engine's that lead it on.

    Each is taken in two: first something is done, then it is written down.
    """

    def __init__(self, server: Server, *, newest_first: bool) -> None:
        self.server = server
        self.newest_first = newest_first
        self.said = Said()
        self.number = 1
        self.name: Properties | None = None
        self.account: Properties | None = None
        self.gone: list[tuple[str, Properties]] = []
        """What was replaced, and waits for its deletion."""

    def up(self, *, previous: str, rotate: bool = False) -> Iterator[None]:
        self.number += rotate
        names, accounts = self._resources()
        news: Properties = {
            "server": SERVER,
            "user": "bookinfo",
            "host": "%",
            "password": f"password-{self.number}",
            "owner": OWNER,
            "adopt": False,
        }
        name = yield from self._step(names, self.name, {**news, "tls": False})
        self.name = name
        yield
        self._create_user(name["name"], news["password"])
        yield
        news = {**news, "user": name["name"], "previous": previous}
        self.account = yield from self._step(accounts, self.account, news)
        yield
        yield from self._delete()

    def destroy(self) -> Iterator[None]:
        self.gone += [
            (kind, state)
            for kind, state in (("Account", self.account), ("AccountName", self.name))
            if state
        ]
        self.account = self.name = None
        yield from self._delete()

    def order(self, gone: tuple[str, Properties]) -> tuple[int, str]:
        kind, state = gone
        generation = int(state["password"].rpartition("-")[2])
        return (-generation if self.newest_first else generation), kind

    def _resources(self) -> tuple[AccountName, Account]:
        configuration, engine = self.server.configuration(), self.said.engine()
        return AccountName(configuration, engine), Account(configuration, engine)

    def _step(
        self, resource: AccountName | Account, state: Properties | None, news: Properties
    ) -> Generator[None, None, Properties]:
        olds = {name: state[name] for name in resource.inputs} if state else None
        assert resource.check(URN, news, olds).failures == []
        changes = resource.diff(URN, state, news) if state else []
        if state and not changes:
            return state
        if state and not any(change.replaces for change in changes):
            updated = resource.update(URN, state, news)
            yield
            return updated
        resource.check(URN, news)
        _, created = resource.create(URN, news)
        yield
        if state:
            self.gone.append((type(resource).__name__, state))
        return created

    def _create_user(self, user: str, password: str) -> None:
        """As pulumi-mysql; what a run made that was cut off has been imported."""
        if Name(user) not in self.server.accounts.there:
            self.server.accounts.there[Name(user)] = {}
            self.server.passwords[user] = password
        assert self.server.passwords[user] == password

    def _delete(self) -> Iterator[None]:
        """What stands on something goes before it; there is no other order."""
        names, accounts = self._resources()
        for kind, state in sorted(self.gone, key=self.order):
            (accounts if kind == "Account" else names).delete(URN, state)
            yield
            self.gone.remove((kind, state))
            yield


def left_behind(
    runs: Sequence[Run], last: str, *, newest_first: bool, attributes: bool = True
) -> None:
    """Rotate to the end after such runs, and destroy; sees that the right accounts are there."""
    server = Server(attributes=attributes)
    server.accounts.there[THEIRS] = {}
    stack = Stack(server, newest_first=newest_first)
    for rotate, previous, steps in [*runs, (True, last, TO_THE_END)]:
        before = Name(stack.account["user"]) if stack.account else None
        stood = before in server.accounts.there  # it may have been cut
        for _ in islice(stack.up(previous=previous, rotate=rotate), steps):
            pass
    assert stack.name
    its = {Name(stack.name["name"])}
    if last == "keep" and before and stood:
        its.add(before)
    assert set(server.accounts.there) == {THEIRS, *its}, runs
    for account in its:
        with server.connect_as(account.user, server.passwords[account.user]):
            pass
    for _ in stack.destroy():
        pass
    assert set(server.accounts.there) == {THEIRS}, runs
    assert stack.said.warnings == [], runs


@pytest.mark.parametrize("newest_first", [True, False])
@pytest.mark.parametrize("last", Previous)
def test_a_rotation_that_is_cut_off_anywhere_leaves_no_account_behind(
    last: str, *, newest_first: bool
) -> None:
    stands: Run = (False, "drop", TO_THE_END)
    for previous, steps, again in product(Previous, range(STEPS), (0, *OFTEN)):
        runs = (stands, (True, previous, steps), (True, last, again))
        left_behind(runs, last, newest_first=newest_first)


@given(runs=st.lists(RUN, max_size=8), last=st.sampled_from(Previous), newest_first=st.booleans())
def test_neither_do_any_others(runs: list[Run], last: str, *, newest_first: bool) -> None:
    left_behind(runs, last, newest_first=newest_first)


@given(runs=st.lists(RUN, max_size=8), last=st.sampled_from(["drop", "cut"]))
def test_nor_where_there_is_no_place_for_marks(runs: list[Run], last: str) -> None:
    done = [run for run in runs if run[1] != "keep"]  # which is refused there
    for newest_first in (True, False):
        left_behind(done, last, newest_first=newest_first, attributes=False)
