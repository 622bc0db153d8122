"""The account: it gets the mark, and one of somebody else's is neither taken over nor dropped."""

from __future__ import annotations

from uuid import UUID

import pymysql
import pytest

from mysql.account import Account as Name
from mysql.account import twin_of
from mysql.mark import Mark
from provider.account import Account, put_mark
from provider.connection import DatabaseProblem, LoginRefused
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fake_accounts import Accounts
from tests.unit.provider.fakes import HOLDER, OWNER, SERVER, URN, Answers, At, Said, error

INPUTS: Properties = {
    "server": SERVER,
    "user": "bookinfo",
    "host": "%",
    "password": "s3cret",
    "owner": OWNER,
    "previous": "drop",
    "adopt": False,
}
STATE: Properties = {**INPUTS, "holder": HOLDER}

OURS = Mark(OWNER, HOLDER).attribute
OF_ANOTHER_RESOURCE = Mark(OWNER, "another-resource").attribute
OF_ANOTHER_STACK = Mark("another-stack", HOLDER).attribute
TWIN = twin_of("bookinfo", "5f2a3c1e")
DROP = "DROP USER 'bookinfo'@'%'"

Row = tuple[str, str, str | None]


def there(
    *accounts: tuple[str, str | None], twins: tuple[Row, ...] = (), attributes: bool = True
) -> Accounts:
    """A server with these accounts of that name, by host and attribute, and with such twins."""
    named = [("bookinfo", host, mark) for host, mark in accounts]
    return Accounts(*named, *twins, attributes=attributes)


def opened_by(account: str = "bookinfo@%") -> Answers:
    """A login that our password opens, as that account."""
    return Answers({"SELECT CURRENT_USER()": [(account,)]})


CLOSED = LoginRefused("no")


def resource(
    connection: Answers, said: Said | None = None, reader: Answers | Exception = CLOSED
) -> Account:
    at = At(connection, {"bookinfo": reader})
    return Account(at.configuration(), (said or Said()).engine())


def test_an_owner_that_is_no_mark_is_refused() -> None:
    (failure,) = resource(there()).check(URN, {**INPUTS, "owner": "o'brien"}).failures
    assert failure.property == "owner"
    assert "is no mark" in failure.reason


# --- before it is made


@pytest.mark.parametrize("state", [None, STATE])
@pytest.mark.parametrize("name", ["server", "user", None])
def test_where_there_was_none_before_it_is_planned_without_a_question(
    state: Properties | None, name: str | None
) -> None:
    said, connection = Said(), there(("%", None))
    inputs = {**INPUTS, name: UNKNOWN} if name else INPUTS
    planned = resource(connection, said).plan(URN, state, inputs)
    assert planned == {**inputs, "holder": HOLDER if state else UNKNOWN}
    assert connection.statements == []
    assert said.infos == []


# --- once it is made


def given_mark(connection: Answers, reader: Answers | Exception = CLOSED) -> Mark:
    """Make the resource; gives the mark that the account got."""
    identity, state = resource(connection, None, reader).create(URN, INPUTS)
    assert identity == "bookinfo@%"
    assert state == {**INPUTS, "holder": state["holder"]}
    (change,) = connection.changes()
    alter, _, attribute = change.partition(" ATTRIBUTE ")
    assert alter == "ALTER USER 'bookinfo'@'%'"
    mark = Mark.of_attribute(attribute.strip("'"))
    assert mark == Mark(OWNER, state["holder"])
    return mark


def test_what_pulumi_mysql_made_gets_the_mark_and_is_known_by_its_password() -> None:
    marks = [given_mark(there(("%", None)), opened_by()) for _ in range(2)]
    assert UUID(marks[0].holder) != UUID(marks[1].holder)  # each resource has a part of its own


def test_an_account_with_our_mark_is_taken_over_by_the_resource_that_takes_its_place() -> None:
    assert given_mark(there(("%", OURS))).holder != HOLDER


def test_one_that_is_replaced_is_ours_though_the_mark_changes_with_it() -> None:
    said, connection = Said(), there(("%", OURS))
    account = resource(connection, said)
    news = {**INPUTS, "owner": "another-mark"}
    account.check(URN, news, INPUTS)
    account.check(URN, news)  # as the engine does where it replaces
    account.create(URN, news)
    (change,) = connection.changes()
    account.delete(URN, STATE)
    assert connection.changes() == [change]
    assert said.warnings == []


@pytest.mark.parametrize(
    ("mark", "reader"),
    [
        (None, CLOSED),
        (None, opened_by("bookinfo@10.%")),
        (OF_ANOTHER_STACK, CLOSED),
        (OF_ANOTHER_STACK, opened_by()),
    ],
)
def test_what_somebody_else_has_made_meanwhile_gets_no_mark(
    mark: str | None, reader: Answers | Exception
) -> None:
    connection = there(("%", mark))
    with pytest.raises(DatabaseProblem) as refused:
        resource(connection, None, reader).create(URN, INPUTS)
    line = str(refused.value)
    assert line.startswith("somebody else has made the account 'bookinfo'@'%' anew")
    assert DROP in line
    assert "\n" not in line
    assert "s3cret" not in line
    assert connection.changes() == []


@pytest.mark.parametrize("accounts", [(), (("10.%", OURS),)])
def test_an_account_that_is_gone_again_is_said(accounts: tuple[tuple[str, str], ...]) -> None:
    with pytest.raises(DatabaseProblem, match=r"^the account 'bookinfo'@'%' is gone; run `pulumi"):
        resource(there(*accounts)).create(URN, INPUTS)


@pytest.mark.parametrize("code", [1054, 1064])
def test_a_server_without_a_place_for_the_mark_goes_without(code: int) -> None:
    connection = there(("%", None), attributes=False)
    connection.answers["ALTER USER"] = error(code)  # 5.7 says it otherwise than 8.0.20
    _, state = resource(connection, None, opened_by()).create(URN, INPUTS)
    assert state["holder"] == ""
    assert resource(connection).read(URN, state, INPUTS) == Found(state, INPUTS)


def test_whatever_else_the_server_says_to_a_mark_ends_it() -> None:
    connection = Answers({"ALTER USER": error(1227)})
    with pytest.raises(pymysql.MySQLError), At(connection).configuration().connect() as admin:
        put_mark(admin, Name("bookinfo"), Mark(OWNER, HOLDER))


# --- what differs


def test_another_name_is_another_account_and_another_password_is_not() -> None:
    account = resource(there())
    assert account.diff(URN, STATE, INPUTS) == []
    for name in ("server", "user", "host"):
        assert account.diff(URN, STATE, {**INPUTS, name: "x"}) == [Change(name, replaces=True)]
    for name in ("password", "owner", "previous"):
        assert account.diff(URN, STATE, {**INPUTS, name: "x"}) == [Change(name)]


def test_another_password_is_kept_and_the_mark_stays() -> None:
    connection = there(("%", OURS))
    updated = resource(connection).update(URN, STATE, {**INPUTS, "password": "x"})
    assert updated == {**STATE, "password": "x"}
    assert connection.changes() == []


def test_the_stacks_new_mark_is_put_in_the_place_of_the_former() -> None:
    connection, another = there(("%", OURS)), {"owner": "another-mark"}
    updated = resource(connection).update(URN, STATE, {**INPUTS, **another})
    assert updated == {**STATE, **another}
    assert Mark.of_attribute(connection.there[Name("bookinfo")]) == Mark("another-mark", HOLDER)


def test_a_server_without_a_place_for_the_mark_gets_no_new_one() -> None:
    connection, another = there(("%", None), attributes=False), {"owner": "another-mark"}
    updated = resource(connection).update(URN, {**STATE, "holder": ""}, {**INPUTS, **another})
    assert updated == {**STATE, **another, "holder": ""}
    assert connection.statements == []


# --- what is read


def test_an_account_with_this_resources_mark_is_read_as_it_was_left() -> None:
    assert resource(there(("%", OURS))).read(URN, STATE, INPUTS) == Found(STATE, INPUTS)


@pytest.mark.parametrize(
    "accounts",
    [
        (),
        (("10.%", OURS),),
        (("%", None),),
        (("%", OF_ANOTHER_RESOURCE),),
        (("%", Mark("another-stack", "another-resource").attribute),),
    ],
)
def test_one_that_is_gone_or_has_another_mark_is_read_as_gone(
    accounts: tuple[tuple[str, str | None], ...],
) -> None:
    assert resource(there(*accounts)).read(URN, STATE, INPUTS) is None


# --- what is dropped


def deleted(
    connection: Answers, reader: Answers | Exception = CLOSED, **state: object
) -> tuple[list[str], list[str]]:
    """Delete the account; gives what was changed, and what people were told."""
    said = Said()
    resource(connection, said, reader).delete(URN, {**STATE, **state})
    return connection.changes(), said.warnings


def test_an_account_with_our_mark_goes_with_the_stack() -> None:
    assert deleted(there(("%", OURS))) == ([DROP], [])


@pytest.mark.parametrize("reader", [CLOSED, opened_by()])
def test_one_that_another_resource_of_the_stack_holds_by_now_is_left_to_it(
    reader: Answers | Exception,
) -> None:
    changes, (line,) = deleted(there(("%", OF_ANOTHER_RESOURCE)), reader)
    assert changes == []
    assert line == (
        "the account 'bookinfo'@'%' stays, for it has the mark of another resource of this stack; "
        f"if there is none any more, {DROP}"
    )


def test_one_that_a_create_was_cut_off_at_is_known_by_its_password() -> None:
    assert deleted(there(("%", None)), opened_by()) == ([DROP], [])


def test_on_a_server_without_attributes_its_password_is_its_mark() -> None:
    assert deleted(there(("%", None), attributes=False), opened_by()) == ([DROP], [])


def test_from_where_it_may_not_log_in_its_name_alone_tells() -> None:
    connection = there(("10.0.%", None))
    assert deleted(connection, host="10.0.%") == (["DROP USER 'bookinfo'@'10.0.%'"], [])


def test_one_that_is_gone_already_is_no_error() -> None:
    assert deleted(there()) == ([], [])
    assert deleted(there(("localhost", OURS))) == ([], [])


FOREIGN = [
    (None, CLOSED),
    (OF_ANOTHER_STACK, CLOSED),
    # Its password says nothing where a mark does.
    (OF_ANOTHER_STACK, opened_by()),
    # Who logs in becomes another account.
    (None, opened_by("bookinfo@10.%")),
]


@pytest.mark.parametrize(("mark", "reader"), FOREIGN)
def test_one_that_somebody_else_made_in_its_place_stays(
    mark: str | None, reader: Answers | Exception
) -> None:
    changes, (line,) = deleted(there(("%", mark)), reader)
    assert changes == []
    assert line.startswith("the account 'bookinfo'@'%' stays, for somebody else made it")
    assert line.endswith(DROP)
    assert "s3cret" not in line


# --- its twins


def test_a_twin_that_a_swap_left_behind_goes_too() -> None:
    drop = f"DROP USER '{TWIN}'@'%'"
    twins = ((TWIN, "%", OURS),)
    assert deleted(there(("%", OURS), twins=twins)) == ([drop, DROP], [])
    assert deleted(there(twins=twins)) == ([drop], [])
    assert deleted(there(twins=((TWIN, "%", OF_ANOTHER_RESOURCE),))) == ([drop], [])


@pytest.mark.parametrize(
    "twin", [(TWIN, "%", None), (TWIN, "%", OF_ANOTHER_STACK), (TWIN, "10.%", OURS)]
)
def test_what_only_has_the_name_of_one_stays(twin: Row) -> None:
    assert deleted(there(("%", OURS), twins=(twin,))) == ([DROP], [])
