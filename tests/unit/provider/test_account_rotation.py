"""The account before: dropped at the end, kept until the next rotation, or cut at once."""

from __future__ import annotations

import json

import pytest

from mysql.account import Account as Name
from mysql.mark import Mark
from provider.account import Account, Previous
from provider.connection import DatabaseProblem
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fake_accounts import GONE, OTHERS, Server
from tests.unit.provider.fakes import OWNER, SERVER, URN, Said

FIRST, SECOND, THIRD = "bookinfo", "bookinfo_2", "bookinfo_3"
OF_ANOTHER_STACK = Mark("another-stack", "another-resource")
BECOMES = {
    "drop": "it is dropped once no pod is left that uses it",
    "keep": "it is kept until the next rotation",
    "cut": "it is dropped at once, before the pods have the new password",
}


class Process:
    """The provider as one run of the engine starts it."""

    def __init__(self, server: Server) -> None:
        self.said = Said()
        self.server = server
        self.account = Account(server.configuration(), self.said.engine())

    def checked(self, news: Properties, olds: Properties | None) -> Properties:
        """Check as the engine does where it replaces: a second time as if nothing were there."""
        if olds:
            olds = {name: olds[name] for name in self.account.inputs}
            assert self.account.check(URN, news, olds).failures == []
        assert self.account.check(URN, news).failures == []
        return news

    def make(self, user: str, previous: str, before: Properties | None = None) -> Properties:
        """Make an account after pulumi-mysql did, perhaps in the place of another one."""
        self.server.accounts.there.setdefault(Name(user), {})
        news = self.checked(inputs(user, previous), before)
        return self.account.create(URN, news)[1]

    def delete(self, state: Properties) -> None:
        self.account.delete(URN, state)


def inputs(user: str, previous: str) -> Properties:
    return {
        "server": SERVER,
        "user": user,
        "host": "%",
        "password": f"s3cret-{user}",
        "owner": OWNER,
        "previous": previous,
        "adopt": False,
    }


def rotated(server: Server, user: str, before: Properties, previous: str) -> Properties:
    """Give an account a successor, in a run of its own, at whose end the one before goes."""
    run = Process(server)
    state = run.make(user, previous, before)
    run.delete(before)
    return state


@pytest.fixture
def server() -> Server:
    return Server()


@pytest.fixture
def first(server: Server) -> Properties:
    return Process(server).make(FIRST, "drop")


# --- what the preview says


def planned(server: Server, news: Properties, before: Properties | None) -> list[str]:
    """Preview an account that is made; gives the lines for people."""
    run = Process(server)
    run.checked(news, before)
    assert run.account.plan(URN, None, news) == {**news, "holder": UNKNOWN}
    assert run.said.warnings == []
    return run.said.infos


@pytest.mark.parametrize("previous", Previous)
def test_the_preview_says_what_becomes_of_the_account_before(
    server: Server, first: Properties, previous: str
) -> None:
    changes = server.accounts.changes()
    assert planned(server, inputs(SECOND, previous), first) == [
        "'bookinfo'@'%' gets a successor, 'bookinfo_2'@'%', with a password and rights of its own; "
        + BECOMES[previous]
    ]
    assert server.accounts.changes() == changes


@pytest.mark.parametrize("unknown", ["user", "host"])
def test_it_does_so_while_the_successors_name_is_not_known(
    server: Server, first: Properties, unknown: str
) -> None:
    (line,) = planned(server, {**inputs(SECOND, "keep"), unknown: UNKNOWN}, first)
    assert line == (
        "'bookinfo'@'%' gets a successor, with a password and rights of its own; "
        "it is kept until the next rotation"
    )


def test_an_account_that_follows_nobody_is_planned_without_a_word(
    server: Server, first: Properties
) -> None:
    assert planned(server, inputs(FIRST, "keep"), None) == []
    # One whose resource is replaced, and one on another server, are no predecessors.
    assert planned(server, inputs(FIRST, "keep"), first) == []
    assert planned(server, inputs(SECOND, "keep"), {**first, "server": "another"}) == []


def test_what_is_only_changed_is_no_rotation(server: Server, first: Properties) -> None:
    run = Process(server)
    news = {**inputs(FIRST, "keep"), "password": "another"}
    run.checked(news, first)
    assert run.account.plan(URN, first, news) == {**news, "holder": first["holder"]}
    assert run.said.infos == []


@pytest.mark.parametrize("value", ["delete", "", "Keep", True, None, ["keep"]])
def test_what_may_not_become_of_it_is_refused_by_its_name(server: Server, value: object) -> None:
    (failure,) = (
        Process(server).account.check(URN, {**inputs(FIRST, ""), "previous": value}).failures
    )
    assert failure.property == "previous"
    assert failure.reason == f"{value!r} is none of drop, keep, cut"


# --- drop


def test_it_is_dropped_when_all_that_was_built_on_it_is_gone(
    server: Server, first: Properties
) -> None:
    run = Process(server)
    state = run.make(SECOND, "drop", first)
    assert server.users() == {FIRST, SECOND}
    assert server.mark(FIRST) == Mark(OWNER, first["holder"])
    assert server.mark(SECOND) == Mark(OWNER, state["holder"])
    run.delete(first)
    assert server.users() == {SECOND}
    assert (run.said.infos, run.said.warnings) == ([], [])


# --- keep


def test_it_is_kept_with_the_mark_of_who_keeps_it(server: Server, first: Properties) -> None:
    run = Process(server)
    second = run.make(SECOND, "keep", first)
    assert server.mark(FIRST) == Mark(OWNER, first["holder"], kept=second["holder"])
    run.delete(first)
    assert server.users() == {FIRST, SECOND}
    assert run.said.infos == ["'bookinfo'@'%' stays until the next rotation"]
    assert run.said.warnings == []
    with server.connect_as(FIRST, f"s3cret-{FIRST}"):
        pass


def test_what_others_wrote_about_it_stays_beside_that(server: Server, first: Properties) -> None:
    said = {"comment": "ask Ann before you drop it"}
    server.accounts.there[Name(FIRST)] |= said
    rotated(server, SECOND, first, "keep")
    assert server.accounts.there[Name(FIRST)].items() >= said.items()


@pytest.mark.parametrize("then", ["drop", "keep", "cut"])
def test_the_next_rotation_drops_the_one_that_was_kept(
    server: Server, first: Properties, then: str
) -> None:
    second = rotated(server, SECOND, first, "keep")
    third = rotated(server, THIRD, second, then)
    assert server.users() == ({SECOND, THIRD} if then == "keep" else {THIRD})
    assert server.mark(THIRD) == Mark(OWNER, third["holder"])


def test_however_often_it_is_rotated_one_is_kept(server: Server, first: Properties) -> None:
    state = first
    for generation in range(2, 8):
        state = rotated(server, f"bookinfo_{generation}", state, "keep")
    assert server.users() == {"bookinfo_6", "bookinfo_7"}


def test_a_destroy_drops_the_one_that_is_kept(server: Server, first: Properties) -> None:
    second = rotated(server, SECOND, first, "keep")
    run = Process(server)
    run.delete(second)
    assert server.users() == set()
    assert (run.said.infos, run.said.warnings) == ([], [])


@pytest.mark.parametrize("old_first", [True, False])
def test_a_destroy_drops_both_where_a_rotation_was_cut_off(
    server: Server, first: Properties, *, old_first: bool
) -> None:
    second = Process(server).make(SECOND, "keep", first)
    run = Process(server)
    for state in (first, second) if old_first else (second, first):
        run.delete(state)
    assert server.users() == set()
    assert run.said.warnings == []


@pytest.mark.parametrize("then", ["drop", "cut"])
def test_it_is_dropped_once_the_setting_says_so(
    server: Server, first: Properties, then: str
) -> None:
    second = rotated(server, SECOND, first, "keep")
    news = {**inputs(SECOND, then), "owner": "another-mark"}
    state = Process(server).account.update(URN, second, news)
    assert state == {**second, "previous": then, "owner": "another-mark"}
    assert server.users() == {SECOND}


@pytest.mark.parametrize(("now", "then"), [("keep", "keep"), ("drop", "keep"), ("cut", "drop")])
def test_any_other_setting_leaves_accounts_alone(
    server: Server, first: Properties, now: str, then: str
) -> None:
    state = {**rotated(server, SECOND, first, "keep"), "previous": now}
    changes = server.accounts.changes()
    Process(server).account.update(URN, state, inputs(SECOND, then))
    assert server.accounts.changes() == changes
    assert server.users() == {FIRST, SECOND}


def test_one_that_is_kept_carries_the_stacks_new_mark_too(
    server: Server, first: Properties
) -> None:
    second = rotated(server, SECOND, first, "keep")
    state = Process(server).account.update(
        URN, second, {**inputs(SECOND, "keep"), "owner": "another-mark"}
    )
    assert server.mark(FIRST) == Mark("another-mark", first["holder"], kept=second["holder"])
    Process(server).delete(state)
    assert server.users() == set()


def test_it_is_kept_although_the_stacks_mark_changes_with_the_rotation(
    server: Server, first: Properties
) -> None:
    server.accounts.there[Name(SECOND)] = {}
    run = Process(server)
    _, second = run.account.create(
        URN, run.checked({**inputs(SECOND, "keep"), "owner": "another-mark"}, first)
    )
    run.delete(first)
    assert server.mark(FIRST) == Mark("another-mark", first["holder"], kept=second["holder"])
    assert run.said.infos == ["'bookinfo'@'%' stays until the next rotation"]
    assert run.said.warnings == []
    Process(server).delete(second)
    assert server.users() == set()


def test_whose_resource_is_replaced_keeps_what_it_kept(server: Server, first: Properties) -> None:
    """As `--replace` makes it: the engine does not tell what stood, and deletes that afterwards."""
    second = rotated(server, SECOND, first, "keep")
    run = Process(server)
    again = run.make(SECOND, "keep")
    run.delete(second)
    assert server.users() == {FIRST, SECOND}
    assert server.mark(FIRST) == Mark(OWNER, first["holder"], kept=again["holder"])
    assert (run.said.infos, run.said.warnings) == ([], [])
    rotated(server, THIRD, again, "drop")
    assert server.users() == {THIRD}


def test_one_that_is_kept_is_found_again_when_the_stacks_mark_changes_with_who_keeps_it(
    server: Server, first: Properties
) -> None:
    second = rotated(server, SECOND, first, "keep")
    run = Process(server)
    _, again = run.account.create(
        URN, run.checked({**inputs(SECOND, "keep"), "owner": "another-mark"}, second)
    )
    run.delete(second)
    assert server.mark(FIRST) == Mark("another-mark", first["holder"], kept=again["holder"])
    Process(server).delete(again)
    assert server.users() == set()


def test_a_rotation_that_was_cut_off_and_done_again_keeps_one(
    server: Server, first: Properties
) -> None:
    Process(server).make(SECOND, "keep", first)  # and the engine was killed before it knew
    second = rotated(server, SECOND, first, "keep")
    assert server.mark(FIRST) == Mark(OWNER, first["holder"], kept=second["holder"])
    Process(server).delete(second)
    assert server.users() == set()


@pytest.mark.parametrize("mark", [None, OF_ANOTHER_STACK])
def test_one_that_is_not_ours_any_more_is_not_kept_as_ours(
    server: Server, first: Properties, mark: Mark | None
) -> None:
    server.accounts.there[Name(FIRST)] = json.loads(mark.attribute) if mark else {}
    server.changed_by_hand.add(FIRST)
    rotated(server, SECOND, first, "keep")
    assert server.mark(FIRST) == mark


def test_one_that_another_stack_keeps_in_its_place_is_said_to_be_of_others(
    server: Server, first: Properties
) -> None:
    theirs = Mark("another-stack", "another-resource", kept="successor")
    server.accounts.there[Name(FIRST)] = json.loads(theirs.attribute)
    run = Process(server)
    run.delete(first)
    assert (server.users(), run.said.infos) == ({FIRST}, [])
    (line,) = run.said.warnings
    assert line.startswith("the account 'bookinfo'@'%' stays, for somebody else made it")


def test_what_another_stack_keeps_is_not_dropped(server: Server, first: Properties) -> None:
    theirs = Mark("another-stack", "another-resource", kept=first["holder"])
    server.accounts.there[Name("theirs")] = json.loads(theirs.attribute)
    Process(server).delete(first)
    assert server.users() == {"theirs"}


# --- a server without a place for marks

NO_PLACE = (
    "previousAccount: this server has no place for the mark of an account that is kept, which "
    "MySQL has since 8.0.21; give drop or cut"
)


@pytest.fixture
def old() -> Server:
    return Server(attributes=False)


def test_where_there_is_no_place_for_the_mark_none_is_kept(old: Server) -> None:
    first = Process(old).make(FIRST, "keep")  # there is none yet that would be
    assert first["holder"] == ""
    with pytest.raises(DatabaseProblem) as refused:
        planned(old, inputs(SECOND, "keep"), first)
    assert str(refused.value) == NO_PLACE
    with pytest.raises(DatabaseProblem) as refused:
        Process(old).make(SECOND, "keep", first)  # with --skip-preview
    assert str(refused.value) == NO_PLACE
    # The other setting leads on from there.
    rotated(old, SECOND, first, "drop")
    assert old.users() == {SECOND}


def test_whether_there_is_is_not_asked_while_the_server_is_not_known(old: Server) -> None:
    first = Process(old).make(FIRST, "drop")
    asked = len(old.accounts.statements)
    assert len(planned(old, {**inputs(SECOND, "keep"), "server": UNKNOWN}, first)) == 1
    assert len(old.accounts.statements) == asked


@pytest.mark.parametrize("previous", ["drop", "cut"])
def test_there_the_password_tells_which_is_dropped(old: Server, previous: str) -> None:
    first = Process(old).make(FIRST, "drop")
    assert len(planned(old, inputs(SECOND, previous), first)) == 1
    run = Process(old)
    run.make(SECOND, previous, first)
    assert old.users() == ({SECOND} if previous == "cut" else {FIRST, SECOND})
    run.delete(first)
    assert old.users() == {SECOND}
    assert run.said.warnings == []


# --- cut


def test_it_is_dropped_at_once_and_what_was_open_ends(server: Server, first: Properties) -> None:
    run, before = Process(server), len(server.sessions)
    state = run.make(SECOND, "cut", first)
    assert server.users() == {SECOND}
    assert server.mark(SECOND) == Mark(OWNER, state["holder"])
    *_, its = server.sessions[before:]
    assert its.changes() == [f"KILL {number}" for number in (*OTHERS, GONE)]
    run.delete(first)
    assert server.users() == {SECOND}
    assert (run.said.infos, run.said.warnings) == ([], [])


def test_where_nobody_logs_in_as_it_sessions_are_named_that_may_go_on(
    server: Server, first: Properties
) -> None:
    server.changed_by_hand.add(FIRST)
    run = Process(server)
    run.make(SECOND, "cut", first)
    assert server.users() == {SECOND}
    (line,) = run.said.warnings
    assert line == (
        "'bookinfo'@'%' is gone, and nobody logs in with its password any more; sessions that it "
        "had open may go on: end them with KILL, see SHOW PROCESSLIST"
    )


def test_no_session_of_an_account_of_others_ends_that_has_the_name_too(
    server: Server, first: Properties
) -> None:
    server.accounts.there[Name(FIRST, "10.0.0.%")] = {}
    run, before = Process(server), len(server.sessions)
    run.make(SECOND, "cut", first)
    assert set(server.accounts.there) == {Name(FIRST, "10.0.0.%"), Name(SECOND)}
    assert all(each.changes() == [] for each in server.sessions[before:])
    (line,) = run.said.warnings
    assert line.endswith(
        "sessions that it had open may go on: end those that are not of 'bookinfo'@'10.0.0.%' with "
        "KILL, see SHOW PROCESSLIST"
    )


@pytest.mark.parametrize("previous", Previous)
@pytest.mark.parametrize("host", ["%", "10.%"])
def test_one_that_is_gone_already_is_no_error(
    server: Server, first: Properties, host: str, previous: str
) -> None:
    del server.accounts.there[Name(FIRST)]
    run, before = Process(server), {**first, "host": host}
    run.make(SECOND, previous, before)
    run.delete(before)
    assert server.users() == {SECOND}
    assert (run.said.infos, run.said.warnings) == ([], [])


@pytest.mark.parametrize("mark", [None, OF_ANOTHER_STACK])
def test_one_that_somebody_else_made_in_its_place_is_not_cut(
    server: Server, first: Properties, mark: Mark | None
) -> None:
    server.accounts.there[Name(FIRST)] = json.loads(mark.attribute) if mark else {}
    server.changed_by_hand.add(FIRST)
    run = Process(server)
    run.make(SECOND, "cut", first)
    run.delete(first)
    assert server.users() == {FIRST, SECOND}
    (line,) = run.said.warnings
    assert line.startswith("the account 'bookinfo'@'%' stays, for somebody else made it")


def test_an_account_that_cannot_be_made_its_own_cuts_nobody(
    server: Server, first: Properties
) -> None:
    server.accounts.there[Name(SECOND)] = {}
    server.changed_by_hand.add(SECOND)
    with pytest.raises(DatabaseProblem, match="somebody else has made the account"):
        Process(server).make(SECOND, "cut", first)
    assert server.users() == {FIRST, SECOND}
    assert server.mark(FIRST) == Mark(OWNER, first["holder"])


@pytest.mark.parametrize("previous", Previous)
def test_no_password_is_in_what_is_said_or_run_as_admin(
    server: Server, first: Properties, previous: str
) -> None:
    server.changed_by_hand.add(FIRST)
    run = Process(server)
    news = run.checked(inputs(SECOND, previous), first)
    run.account.plan(URN, None, news)
    run.make(SECOND, previous, first)
    run.delete(first)
    lines = run.said.infos + run.said.warnings + server.accounts.statements
    assert not any("s3cret" in line for line in lines)
