"""The account's name: each password has one of its own, and nobody else's is taken."""

from __future__ import annotations

import pytest

from mysql.account import Account
from mysql.mark import Mark
from provider.account_name import AccountName
from provider.connection import DatabaseProblem, LoginRefused
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fake_accounts import Accounts
from tests.unit.provider.fakes import HOLDER, OWNER, SERVER, URN, Answers, At, Said

INPUTS: Properties = {
    "server": SERVER,
    "user": "bookinfo",
    "host": "%",
    "password": "s3cret",
    "tls": False,
    "owner": OWNER,
    "adopt": False,
}
STATE: Properties = {**INPUTS, "name": "bookinfo_2"}
NEXT: Properties = {**INPUTS, "password": "another"}

OURS = Mark(OWNER, HOLDER).attribute
OF_ANOTHER_STACK = Mark("another-stack", HOLDER).attribute
DROP = "DROP USER 'bookinfo_2'@'%'"
CLOSED = LoginRefused("no")
Row = tuple[str, str, str | None]


def opened_by(account: str) -> Answers:
    """A login that our password opens, as that account."""
    return Answers({"SELECT CURRENT_USER()": [(account,)]})


def resource(connection: Accounts, reader: Answers | Exception = CLOSED) -> AccountName:
    at = At(connection, {"bookinfo_2": reader})
    return AccountName(at.configuration(), Said().engine())


def succeeding(
    connection: Accounts, news: Properties, olds: Properties | None = None
) -> AccountName:
    """A resource that the engine is about to replace."""
    account_name = resource(connection)
    assert account_name.check(URN, news, olds or INPUTS).failures == []
    account_name.check(URN, news)
    return account_name


# --- what is drawn


@pytest.mark.parametrize(
    ("there", "name"),
    [
        ((), "bookinfo"),
        # Names of others that only look like ours, or like a twin of ours.
        ((("bookinfo2", "%", None), ("Bookinfo", "%", None), ("book", "%", None)), "bookinfo"),
        ((("bookinfo_twin_12345678", "%", OURS),), "bookinfo"),
        ((("bookinfo", "%", OURS),), "bookinfo_2"),
        ((("bookinfo", "10.%", OURS), ("bookinfo_2", "%", OURS)), "bookinfo_3"),
        # Those that are gone had the names before it.
        ((("bookinfo_7", "%", OURS),), "bookinfo_8"),
        # Somebody else's, or one that never got as far as having a mark.
        ((("bookinfo_2", "%", None),), "bookinfo_3"),
        ((("bookinfo_3", "%", OF_ANOTHER_STACK), ("bookinfo", "%", OURS)), "bookinfo_4"),
    ],
)
def test_a_name_is_drawn_that_is_after_all_there_are(there: tuple[Row, ...], name: str) -> None:
    connection = Accounts(*there)
    assert resource(connection).plan(URN, None, INPUTS) == {**INPUTS, "name": name}
    assert resource(connection).create(URN, INPUTS) == (f"{name}@%", {**INPUTS, "name": name})
    assert connection.changes() == []  # pulumi-mysql makes it


def test_of_a_long_first_name_all_generations_are_seen() -> None:
    base = "a_reader_of_ratings_in_bookinfo1"
    there = [(name, "%", OURS) for name in (base, "a_reader_of_ratings_in_boo_12345")]
    inputs = {**INPUTS, "user": base}
    _, state = resource(Accounts(*there)).create(URN, inputs)
    assert state["name"] == "a_reader_of_ratings_in_boo_12346"


def test_the_preview_of_a_rotation_knows_the_name_before_the_password() -> None:
    news = {**INPUTS, "password": UNKNOWN}
    account_name = succeeding(Accounts(("bookinfo", "%", OURS)), news)
    assert account_name.plan(URN, None, news) == {**news, "name": "bookinfo_2"}


@pytest.mark.parametrize("name", ["server", "user"])
def test_nobody_is_asked_while_it_is_not_known_what_for(name: str) -> None:
    connection, inputs = Accounts(("bookinfo", "%", None)), {**INPUTS, name: UNKNOWN}
    assert resource(connection).plan(URN, None, inputs) == {**inputs, "name": UNKNOWN}
    assert connection.statements == []


# --- what is refused


@pytest.mark.parametrize("mark", [None, OF_ANOTHER_STACK])
@pytest.mark.parametrize("preview", [True, False])
def test_a_first_name_that_somebody_else_has_is_refused_wherever_that_may_log_in_from(
    mark: str | None, *, preview: bool
) -> None:
    there = [("bookinfo", host, mark) for host in ("localhost", "10.0.%")]
    account_name = resource(Accounts(*there, ("bookinfo", "%", OURS)))
    with pytest.raises(DatabaseProblem) as refused:
        _ = account_name.plan(URN, None, INPUTS) if preview else account_name.create(URN, INPUTS)
    assert str(refused.value) == (
        "external-mysql:adopt: the account 'bookinfo'@'10.0.%', 'bookinfo'@'localhost' exists "
        "already at mysql.example.com:3306, and this stack did not make it; add Account/bookinfo "
        "there to take over 'bookinfo'@'%' until `destroy` gives it back, give another name in "
        "external-mysql:reader, or remove it first"
    )


@pytest.mark.parametrize("attributes", [True, False])
def test_a_successor_takes_another_name_whoever_has_the_first(*, attributes: bool) -> None:
    connection = Accounts(("bookinfo", "%", None), attributes=attributes)
    assert succeeding(connection, NEXT).create(URN, NEXT)[1]["name"] == "bookinfo_2"


@pytest.mark.parametrize("changed", [{"server": "another"}, {"user": "librarian"}])
def test_a_successor_of_another_name_or_on_another_server_is_a_first(changed: Properties) -> None:
    connection = Accounts(("bookinfo", "%", None))
    with pytest.raises(DatabaseProblem, match="'bookinfo'@'%' exists already"):
        succeeding(connection, NEXT, {**INPUTS, **changed}).create(URN, NEXT)


def test_what_has_the_stacks_former_mark_is_its_own() -> None:
    connection = Accounts(("bookinfo", "%", OURS))
    news = {**INPUTS, "server": "another", "owner": "another-mark"}
    assert succeeding(connection, news).create(URN, news)[1]["name"] == "bookinfo_2"
    with pytest.raises(DatabaseProblem, match="'bookinfo'@'%' exists already"):
        resource(connection).create(URN, news)


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("user", "o'brien", "no plain name"),
        ("user", "a" * 33, "MySQL takes 32"),
        ("host", "10.0.'", "no host part"),
        ("owner", "o'brien", "no mark"),
        ("password", "", "no text"),
    ],
)
def test_an_input_that_is_wrong_is_named(name: str, value: str, reason: str) -> None:
    (failure,) = resource(Accounts()).check(URN, {**INPUTS, name: value}).failures
    assert failure.property == name
    assert reason in failure.reason
    assert "s3cret" not in failure.reason


# --- what differs


def test_another_password_is_another_name() -> None:
    account_name = resource(Accounts())
    assert account_name.diff(URN, STATE, INPUTS) == []
    for name in ("server", "user", "host", "password"):
        assert account_name.diff(URN, STATE, {**INPUTS, name: "x"}) == [Change(name, replaces=True)]
    assert account_name.diff(URN, STATE, {**INPUTS, "tls": True}) == [Change("tls", replaces=True)]
    assert account_name.diff(URN, STATE, {**INPUTS, "owner": "x"}) == [Change("owner")]
    assert account_name.diff(URN, STATE, {**INPUTS, "password": UNKNOWN}) == [
        Change("password", replaces=True)
    ]


def test_a_state_of_before_there_was_a_choice_about_tls_gets_it_and_keeps_its_account() -> None:
    older = {name: value for name, value in STATE.items() if name != "tls"}
    known = {**INPUTS, "tls": True}
    assert resource(Accounts()).diff(URN, older, known) == [Change("tls")]
    assert resource(Accounts()).update(URN, older, known) == {**known, "name": "bookinfo_2"}


def test_a_name_that_was_drawn_stays_without_a_question() -> None:
    connection, inputs = Accounts(("bookinfo_2", "%", None)), {**INPUTS, "owner": "another-mark"}
    account_name = resource(connection)
    for state in (
        account_name.plan(URN, STATE, inputs),
        account_name.update(URN, STATE, inputs),
    ):
        assert state == {**inputs, "name": "bookinfo_2"}
    assert account_name.read(URN, STATE, INPUTS) == Found(STATE, INPUTS)
    assert connection.statements == []


# --- what is dropped


def dropped(*there: Row, reader: Answers | Exception = CLOSED, **state: str) -> list[str]:
    """Let the name go; gives what was changed."""
    connection = Accounts(*there)
    resource(connection, reader).delete(URN, {**STATE, **state})
    return connection.changes()


@pytest.mark.parametrize("mark", [None, OURS])
def test_an_account_that_no_resource_came_to_hold_goes_with_its_name(mark: str | None) -> None:
    """One is cut off before it gives the mark, or before anybody writes down that it did."""
    reader = opened_by("bookinfo_2@%")
    assert dropped(("bookinfo_2", "%", mark), reader=reader) == [DROP]


def test_one_that_never_was_made_is_no_error() -> None:
    assert dropped(("bookinfo_2", "localhost", None), ("bookinfo", "%", OURS)) == []


@pytest.mark.parametrize(
    ("mark", "reader"),
    [
        (Mark(OWNER, HOLDER, kept="successor").attribute, opened_by("bookinfo_2@%")),
        (OF_ANOTHER_STACK, opened_by("bookinfo_2@%")),
        (OURS, CLOSED),
        (None, CLOSED),
        (None, opened_by("bookinfo_2@10.%")),
    ],
)
def test_any_other_stays(mark: str | None, reader: Answers | Exception) -> None:
    assert dropped(("bookinfo_2", "%", mark), reader=reader) == []


def test_on_the_name_alone_goes_one_that_may_not_log_in_from_here() -> None:
    drop = ["DROP USER 'bookinfo_2'@'10.0.%'"]
    assert dropped(("bookinfo_2", "10.0.%", None), host="10.0.%") == drop


def test_its_half_made_account_makes_no_room_for_its_name() -> None:
    """It is drawn over while it is there, and dropped when its name goes at the end."""
    connection = Accounts(("bookinfo", "%", OURS), ("bookinfo_2", "%", None))
    assert succeeding(connection, NEXT, INPUTS).create(URN, NEXT)[1]["name"] == "bookinfo_3"
    resource(connection, opened_by("bookinfo_2@%")).delete(URN, STATE)
    assert list(connection.there) == [Account("bookinfo")]
