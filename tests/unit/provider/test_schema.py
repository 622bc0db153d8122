"""The database: one of somebody else's is neither taken over nor dropped."""

from __future__ import annotations

from functools import partial

import pymysql
import pytest

from mysql.mark import Mark
from provider.connection import DatabaseProblem
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from provider.schema import Schema
from tests.unit.provider.fakes import OWNER, SERVER, URN, Answer, Answers, At, Said, error

STATE: Properties = {
    "server": SERVER,
    "name": "test",
    "owner": OWNER,
    "made": True,
    "adopted": False,
}
BEFORE: Properties = {**STATE, "made": False}
EXISTS: dict[str, Answer] = {"SELECT 1 FROM information_schema.SCHEMATA": [(1,)]}
TABLES = (
    "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_TYPE <>"
)
VIEWS = "SELECT TABLE_NAME FROM information_schema.TABLES WHERE TABLE_SCHEMA = %s AND TABLE_TYPE ="
DROP = "DROP DATABASE `test`"


def table(owner: str, *rows: tuple[int, int], holder: str = "some-resource") -> dict[str, Answer]:
    """Answers of a database with the table ratings, of that owner and holder."""
    return {
        **EXISTS,
        TABLES: [("ratings",)],
        "SELECT TABLE_COMMENT": [(Mark(owner, holder).comment,)],
        "SELECT COLUMN_NAME": [("ReviewID", "int", "NO", "PRI"), ("Rating", "int", "YES", "")],
        "SELECT ReviewID": rows,
    }


def resource(connection: Answers, said: Said | None = None) -> Schema:
    return Schema(At(connection).configuration(), (said or Said()).engine())


def test_an_owner_that_is_no_mark_is_refused() -> None:
    (failure,) = resource(Answers()).check(URN, {**STATE, "owner": "o'brien"}).failures
    assert failure.property == "owner"
    assert "is no mark" in failure.reason


# --- before it is made


def test_a_name_that_is_free_is_taken() -> None:
    connection = Answers()
    assert resource(connection).plan(URN, None, BEFORE) == BEFORE
    assert resource(connection).create(URN, BEFORE) == ("test", BEFORE)
    assert connection.changes() == []  # pulumi-mysql makes it


@pytest.mark.parametrize("answers", [EXISTS, table("another-stack", (1, 5))])
@pytest.mark.parametrize("preview", [True, False])
def test_a_database_that_is_there_already_is_not_taken_over(
    answers: dict[str, Answer], *, preview: bool
) -> None:
    schema = resource(Answers(answers))
    with pytest.raises(DatabaseProblem) as refused:
        _ = schema.plan(URN, None, BEFORE) if preview else schema.create(URN, BEFORE)
    assert str(refused.value) == (
        "external-mysql:adopt: the database test exists already at mysql.example.com:3306, and "
        "this stack did not make it; add Database/test there to use it, and leave it to whom it "
        "belongs, give another name in external-mysql:database, or remove it first"
    )


def test_one_with_this_stacks_table_in_it_is_no_obstacle() -> None:
    connection = Answers(table(OWNER, (1, 5)))
    assert resource(connection).create(URN, BEFORE) == ("test", BEFORE)


def test_one_that_is_replaced_is_ours_though_the_mark_changes_with_it() -> None:
    said, connection = Said(), Answers(table(OWNER, (1, 5)))
    schema = resource(connection, said)
    for old in (BEFORE, STATE):
        news = {**old, "owner": "another-mark"}
        schema.check(URN, news, old)
        assert schema.create(URN, news) == ("test", news)
    connection.answers.update(table("another-mark", (1, 5)))
    schema.delete(URN, STATE)
    assert connection.changes() == []
    assert said.warnings == []


@pytest.mark.parametrize("state", [BEFORE, STATE])
def test_our_own_database_is_planned_without_a_question(state: Properties) -> None:
    connection = Answers(EXISTS)
    assert resource(connection).plan(URN, state, state) == state
    assert connection.statements == []


def test_what_is_not_made_yet_is_not_asked_for() -> None:
    connection = Answers()
    assert resource(connection).plan(URN, None, STATE) == STATE
    assert connection.statements == []


@pytest.mark.parametrize("name", ["server", "name"])
def test_nobody_is_asked_while_it_is_not_known_what_for(name: str) -> None:
    connection = Answers(EXISTS)
    resource(connection).plan(URN, None, {**BEFORE, name: UNKNOWN})
    assert connection.statements == []


# --- one that is adopted

ADOPTED: Properties = {**STATE, "adopted": True}
BEFORE_ADOPTED: Properties = {**ADOPTED, "made": False}


@pytest.mark.parametrize("inputs", [ADOPTED, BEFORE_ADOPTED])
@pytest.mark.parametrize("answers", [EXISTS, table("another-stack", (1, 5)), table(OWNER, (1, 5))])
def test_one_that_is_adopted_has_to_be_there(
    answers: dict[str, Answer], inputs: Properties
) -> None:
    connection = Answers(answers)
    assert resource(connection).create(URN, inputs) == ("test", inputs)
    assert connection.changes() == []
    with pytest.raises(DatabaseProblem) as refused:
        resource(Answers()).create(URN, inputs)
    assert str(refused.value) == (
        "external-mysql:adopt: Database/test is there, and there is no database test at "
        "mysql.example.com:3306; take it out, and this stack makes the database, or have it made "
        "first"
    )


@pytest.mark.parametrize("state", [ADOPTED, BEFORE_ADOPTED])
@pytest.mark.parametrize("answers", [{}, EXISTS, table(OWNER, (1, 5)), table(OWNER)])
def test_one_that_is_adopted_is_never_dropped(
    answers: dict[str, Answer], state: Properties
) -> None:
    connection, said = Answers(answers), Said()
    resource(connection, said).delete(URN, state)
    assert connection.statements == said.warnings == []


@pytest.mark.parametrize("state", [STATE, BEFORE])
def test_one_that_this_stack_made_can_be_given_up(state: Properties) -> None:
    connection, inputs = Answers(table(OWNER, (1, 5))), {**state, "adopted": True}
    schema = resource(connection)
    assert schema.diff(URN, state, inputs) == [Change("adopted")]
    assert schema.plan(URN, state, inputs) == schema.update(URN, state, inputs) == inputs
    assert connection.changes() == []


@pytest.mark.parametrize("state", [ADOPTED, BEFORE_ADOPTED])
def test_one_that_was_adopted_is_this_stacks_only_once_the_other_is_gone(
    state: Properties,
) -> None:
    inputs = {**state, "adopted": False}
    for answers in (EXISTS, table(OWNER, (1, 5))):
        schema = resource(Answers(answers))
        schema.check(URN, inputs, state)
        is_replaced = {**inputs, "made": False}
        for change in (
            partial(schema.plan, URN, state, inputs),
            partial(schema.update, URN, state, inputs),
            partial(schema.create, URN, is_replaced),
        ):
            with pytest.raises(DatabaseProblem) as refused:
                change()
            assert str(refused.value) == (
                "external-mysql:adopt: the database test at mysql.example.com:3306 was adopted, "
                "and this stack cannot make it while it is there; put Database/test back, give "
                "another name in external-mysql:database, or remove it first"
            )
    assert resource(Answers()).update(URN, state, inputs) == inputs


def test_a_state_from_before_there_was_such_a_setting_is_of_one_that_this_stack_made() -> None:
    old = {name: value for name, value in STATE.items() if name != "adopted"}
    schema = resource(Answers())
    assert schema.diff(URN, old, STATE) == []
    assert schema.update(URN, old, STATE) == STATE
    assert deleted(state=old) == ([DROP], [])


# --- once it is made


def test_what_pulumi_mysql_made_is_there() -> None:
    connection = Answers(EXISTS)
    assert resource(connection).create(URN, STATE) == ("test", STATE)
    assert connection.changes() == []


def test_what_is_not_where_the_admin_looks_for_it_is_said() -> None:
    with pytest.raises(DatabaseProblem) as refused:
        resource(Answers()).create(URN, STATE)
    line = str(refused.value)
    assert line.startswith("the database test is not at mysql.example.com:3306")
    assert "run `pulumi up --refresh` to make it again" in line


def test_another_name_or_server_is_another_database() -> None:
    schema = resource(Answers())
    assert schema.diff(URN, STATE, STATE) == []
    for name in ("server", "name", "made"):
        assert schema.diff(URN, STATE, {**STATE, name: "x"}) == [Change(name, replaces=True)]
    assert schema.diff(URN, STATE, {**STATE, "owner": "x"}) == [Change("owner")]
    assert schema.update(URN, STATE, {**STATE, "owner": "x"}) == {**STATE, "owner": "x"}


def test_whether_it_is_there_is_read() -> None:
    assert resource(Answers(EXISTS)).read(URN, STATE, STATE) == Found(STATE, STATE)
    assert resource(Answers()).read(URN, STATE, STATE) is None


def test_before_it_is_made_there_is_nothing_to_read() -> None:
    connection = Answers()
    assert resource(connection).read(URN, BEFORE, BEFORE) == Found(BEFORE, BEFORE)
    assert connection.statements == []


# --- what is dropped

HOLD = "LOCK INSTANCE FOR BACKUP"


def deleted(
    answers: dict[str, Answer] | None = None, state: Properties = STATE
) -> tuple[list[str], list[str]]:
    """Delete the database; gives what was changed, and what people were told."""
    connection, said = Answers({**EXISTS, **(answers or {})}), Said()
    resource(connection, said).delete(URN, state)
    return [each for each in connection.changes() if each != HOLD], said.warnings


@pytest.mark.parametrize("state", [BEFORE, STATE])
def test_an_empty_database_goes_with_the_stack(state: Properties) -> None:
    assert deleted(state=state) == ([DROP], [])


def test_nobody_makes_something_in_it_between_look_and_drop() -> None:
    connection = Answers(EXISTS)
    resource(connection).delete(URN, STATE)
    held, looked = (
        connection.statements.index(next(s for s in connection.statements if s.startswith(start)))
        for start in (HOLD, TABLES)
    )
    assert held < looked


@pytest.mark.parametrize("code", [1227, 1064])
def test_an_admin_who_may_not_hold_others_off_goes_without(code: int) -> None:
    assert deleted({HOLD: error(code)}) == ([DROP], [])


def test_whatever_else_holding_others_off_says_ends_it() -> None:
    with pytest.raises(pymysql.MySQLError):
        deleted({HOLD: error(1205)})


def test_a_database_that_is_gone_already_is_no_error() -> None:
    connection = Answers()
    resource(connection).delete(URN, STATE)
    assert connection.changes() == []


@pytest.mark.parametrize("state", [BEFORE, STATE])
def test_a_table_that_a_create_was_cut_off_at_goes_with_it(state: Properties) -> None:
    assert deleted(table(OWNER, holder="nobody"), state) == ([DROP], [])


@pytest.mark.parametrize(
    "answers",
    [
        table(OWNER),  # its resource wants no rows
        table(OWNER, (1, 5)),
    ],
    ids=["empty", "with a row"],
)
def test_one_whose_table_another_resource_of_the_stack_holds_by_now_is_left_to_it(
    answers: dict[str, Answer],
) -> None:
    changes, (line,) = deleted(answers)
    assert changes == []
    assert line == (
        "the database test stays, for its table has the mark of another resource of this stack; "
        f"if there is none any more, {DROP}"
    )
    # Of the two only the one after says so.
    assert deleted(answers, BEFORE) == ([], [])


def test_one_that_is_gone_already_is_not_said_to_stay() -> None:
    assert deleted({**table(OWNER, (1, 5)), **dict.fromkeys(EXISTS, ())}) == ([], [])


@pytest.mark.parametrize("holder", ["some-resource", "nobody"])
@pytest.mark.parametrize("rows", [(), ((1, 5),)])
def test_one_with_a_table_of_another_stack_stays(
    rows: tuple[tuple[int, int], ...], holder: str
) -> None:
    changes, (line,) = deleted(table("another-stack", *rows, holder=holder))
    assert changes == []
    assert "what this stack did not make: table ratings; if nobody" in line


def test_of_the_two_only_the_one_after_says_so() -> None:
    assert deleted({TABLES: [("orders",)]}, BEFORE) == ([], [])


@pytest.mark.parametrize(
    ("query", "found", "words"),
    [
        (TABLES, [("orders",)], "table orders"),
        (TABLES, [("ratings",)], "table ratings"),
        (TABLES, [(f"t{i}",) for i in range(5)], "table t0, table t1, table t2, 2 more tables"),
        (VIEWS, [("totals",)], "view totals"),
        ("SELECT ROUTINE_NAME", [("tidy",)], "routine tidy"),
        ("SELECT EVENT_NAME", [("nightly",)], "event nightly"),
    ],
)
def test_a_database_that_holds_something_of_others_stays(
    query: str, found: list[tuple[str, ...]], words: str
) -> None:
    changes, (line,) = deleted({query: found})
    assert changes == []
    assert line == (
        f"the database test stays, for it holds what this stack did not make: {words}; "
        "if nobody needs that, DROP DATABASE `test`"
    )
