"""The table: which rows are taken, what differs and is said, what is written, what is refused.

That a real server does as it is told is seen in tests/engine.
"""

from __future__ import annotations

from typing import Any
from uuid import UUID

import pymysql
import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.mark import Mark
from mysql.rows import INT_RANGE
from mysql.table import COLUMNS, KEY
from provider.connection import DatabaseProblem
from provider.protocol.service import Change, Failure, Kind
from provider.protocol.values import UNKNOWN, Properties, from_wire, to_wire
from provider.ratings_table import RatingsTable, is_half_made, is_in_use, is_ours, rows
from tests.unit.provider.fakes import HOLDER, OWNER, SERVER, URN, Answer, Answers, At, Said, error

INPUTS: Properties = {
    "server": SERVER,
    "database": "test",
    "rows": {"1": 5, "2": 4},
    "exclusive": False,
    "adopt": False,
    "owner": OWNER,
}
SEEN: Properties = {**INPUTS, "columns": dict(COLUMNS), "key": list(KEY)}
STATE: Properties = {**SEEN, "holder": HOLDER, "adopted": False, "former": {}}
OURS = Mark(OWNER, HOLDER)
OF_ANOTHER_RESOURCE = Mark(OWNER, "another-resource")
BEING_MADE = Mark(OWNER, "nobody")

COMMENT = "SELECT TABLE_COMMENT"
DEFINITION = "SELECT COLUMN_NAME"
ROWS = "SELECT ReviewID"
ARTICLE_COLUMNS = [("ReviewID", "int", "NO", "PRI"), ("Rating", "int", "YES", "")]


def holding(*held: tuple[int, int | None], mark: Mark | None = OURS) -> Answers:
    """A server that has the table with these rows, and this mark on it."""
    comment = mark.comment if mark else ""
    return Answers({COMMENT: [(comment,)], DEFINITION: ARTICLE_COLUMNS, ROWS: held})


def of_others(*held: tuple[int, int | None]) -> Answers:
    return holding(*held, mark=None)


NOTHING: dict[str, Answer] = {COMMENT: []}


def resource(connection: Answers | None = None, said: Said | None = None) -> RatingsTable:
    at = At(connection or Answers())
    return RatingsTable(at.configuration(), (said or Said()).engine())


# --- which rows are taken

INTS = st.integers(INT_RANGE[0], INT_RANGE[-1])


def checked(**news: object) -> list[Failure]:
    sent = from_wire(to_wire({**INPUTS, **news}))
    return list(resource().check(URN, sent).failures)


@given(st.dictionaries(INTS.map(str), INTS, max_size=9))
def test_all_rows_that_mysql_can_hold_are_taken(given: dict[str, int]) -> None:
    assert rows(given) == given
    assert checked(rows=given) == []


@pytest.mark.parametrize(
    ("given", "words"),
    [
        ({"one": 5}, "the ReviewID 'one' is no whole number that fits a MySQL INT"),
        ({"": 5}, "the ReviewID '' is no whole number"),
        ({"1.0": 5}, "the ReviewID '1.0' is no whole number"),
        ({"true": 5}, "the ReviewID 'true' is no whole number"),
        ({"--1": 5}, "the ReviewID '--1' is no whole number"),
        # Another spelling of a number would be another row.
        ({"01": 5}, "the ReviewID '01' is no whole number"),
        ({"-0": 5}, "the ReviewID '-0' is no whole number"),
        ({"+1": 5}, "the ReviewID '+1' is no whole number"),
        ({" 1": 5}, "the ReviewID ' 1' is no whole number"),
        ({"1\n": 5}, "the ReviewID '1\\n' is no whole number"),
        ({"1_000": 5}, "the ReviewID '1_000' is no whole number"),
        ({"1e3": 5}, "the ReviewID '1e3' is no whole number"),
        ({"٣": 5}, "the ReviewID '٣' is no whole number"),
        ({"2147483648": 5}, "the ReviewID '2147483648' is no whole number that fits"),
        ({"9" * 40: 5}, f"the ReviewID '{'9' * 40}' is no whole number that fits"),
        ({"1": True}, "the Rating True of ReviewID 1 is no whole number"),
        ({"1": 4.5}, "the Rating 4.5 of ReviewID 1 is no whole number"),
        ({"1": "5"}, "the Rating '5' of ReviewID 1 is no whole number"),
        ({"1": None}, "the Rating None of ReviewID 1 is no whole number"),
        ({"1": [5]}, "the Rating [5] of ReviewID 1 is no whole number"),
        ({"1": 2**31}, "the Rating 2147483648 of ReviewID 1 is no whole number that fits"),
        ({"1": -(2**31) - 1}, "the Rating -2147483649 of ReviewID 1 is no whole number"),
        ({"1": 1e300}, "of ReviewID 1 is no whole number that fits a MySQL INT"),
        ([5, 4], "[5, 4] is no map of ReviewID to Rating"),
        ("five", "'five' is no map of ReviewID to Rating"),
        (5, "5 is no map of ReviewID to Rating"),
    ],
    ids=str,
)
def test_a_row_that_is_none_is_refused_by_its_name_whatever_language_it_came_from(
    given: object, words: str
) -> None:
    (failure,) = checked(rows=given)
    assert failure.property == "rows"
    assert words in failure.reason
    assert "\n" not in failure.reason


@given(INTS, st.from_regex(r"[-+0-9 ]{1,5}", fullmatch=True))
def test_of_each_number_there_is_one_spelling(number: int, text: str) -> None:
    assert checked(rows={str(number): 5}) == []
    plain = text.removeprefix("-").isdigit() and str(int(text)) == text
    assert (checked(rows={text: 5}) == []) == plain


@pytest.mark.parametrize(
    ("name", "value"),
    [
        ("server", ""),
        ("database", "mysql"),
        ("database", "a`b"),
        ("exclusive", "yes"),
        ("owner", 5),
        ("owner", "o'brien"),
    ],
)
def test_other_wrong_input_is_refused_by_its_name(name: str, value: object) -> None:
    assert [failure.property for failure in checked(**{name: value})] == [name]


def test_what_is_missing_or_unknown_is_named() -> None:
    news = {name: value for name, value in INPUTS.items() if name != "owner"}
    failures = resource().check(URN, {**news, "columns": {}}).failures
    assert [(f.property, f.reason) for f in failures] == [
        ("columns", "there are server, database, rows, exclusive, adopt, owner alone"),
        ("owner", "it is missing"),
    ]


@pytest.mark.parametrize("unknown", [UNKNOWN, {"1": UNKNOWN}])
def test_rows_that_are_not_known_yet_are_not_judged(unknown: object) -> None:
    assert checked(rows=unknown) == []


# --- what differs, and how it is said


def differs(said: Said | None = None, state: Any = None, **news: Any) -> list[Change]:
    return list(resource(said=said).diff(URN, {**STATE, **(state or {})}, {**INPUTS, **news}))


def test_what_was_made_is_no_difference_and_nothing_is_said() -> None:
    said = Said()
    assert differs(said) == []
    assert said.infos == []


def test_each_row_that_differs_is_named_and_said_in_words() -> None:
    said = Said()
    assert differs(said, rows={"1": 1, "7": 3}) == [
        Change('rows["1"]'),
        Change('rows["2"]', kind=Kind.DELETE),
        Change('rows["7"]', kind=Kind.ADD),
    ]
    assert said.infos == [
        "ReviewID 1: 5 -> 1",
        "ReviewID 2: 4 -> no row",
        "ReviewID 7: no row -> 3",
    ]


def test_columns_and_key_that_somebody_changed_are_named_and_said_in_words() -> None:
    said = Said()
    state = {"columns": {"ReviewID": "int NOT NULL", "Rating": "bigint"}, "key": []}
    assert differs(said, state) == [Change('columns["Rating"]'), Change("key")]
    assert said.infos == ["column Rating: bigint -> int", "primary key: gone -> ReviewID"]


@pytest.mark.parametrize("name", ["server", "database"])
def test_another_database_or_server_is_another_table(name: str) -> None:
    said = Said()
    assert differs(said, None, **{name: "other"}) == [Change(name, replaces=True)]
    assert differs(said, None, **{name: UNKNOWN}) == [Change(name, replaces=True)]
    assert said.infos == []


@pytest.mark.parametrize("name", ["exclusive", "owner"])
def test_whose_rows_they_are_is_changed_in_place(name: str) -> None:
    assert differs(None, None, **{name: "other"}) == [Change(name)]


def test_rows_that_are_not_known_yet_may_differ() -> None:
    assert differs(rows=UNKNOWN) == [Change("rows")]


# --- what a preview refuses


def planned(connection: Answers, state: Properties | None = None, **news: object) -> Properties:
    plan = resource(connection).plan(URN, state, {**INPUTS, **news})
    assert connection.changes() == []
    return plan


def refused(connection: Answers, state: Properties | None = None, **news: object) -> str:
    with pytest.raises(DatabaseProblem) as refusal:
        planned(connection, state, **news)
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


def test_a_preview_says_what_the_table_will_be() -> None:
    unknown = dict.fromkeys(("holder", "adopted", "former"), UNKNOWN)
    assert planned(Answers(NOTHING)) == {**SEEN, **unknown}
    assert planned(holding((1, 5), (2, 4)), STATE) == STATE


def test_a_table_that_somebody_else_made_is_not_taken_over() -> None:
    assert refused(of_others()).startswith(
        "external-mysql:adopt: the table test.ratings exists already at mysql.example.com:3306, "
        "and this stack did not make it; "
    )


def test_what_is_replaced_is_ours_though_mark_and_rows_change_with_it() -> None:
    said, connection = Said(), holding((1, 5), (2, 4), (7, 1))
    table = resource(connection, said)
    news = {**INPUTS, "owner": "another-mark", "rows": {"1": 1}}
    table.check(URN, news, INPUTS)
    table.plan(URN, None, news)
    assert connection.changes() == []
    _, state = table.create(URN, news)
    rows_changed = [line for line in connection.changes() if not line.startswith("ALTER")]
    assert rows_changed == [
        "UPDATE `test`.`ratings` SET Rating = 1 WHERE ReviewID = 1",
        "DELETE FROM `test`.`ratings` WHERE ReviewID = 2",
    ]
    taken = Mark("another-mark", state["holder"])
    connection.answers[COMMENT] = [(taken.comment,)]
    before = len(connection.changes())
    table.delete(URN, STATE)
    assert len(connection.changes()) == before
    assert [line for line in said.warnings if "stays" in line] == []


@pytest.mark.parametrize("rating", [5, 1])
def test_a_row_that_somebody_else_added_is_not_written_over(rating: int) -> None:
    held = holding((1, 5), (2, 4), (7, rating))
    line = refused(held, STATE, rows={"1": 5, "2": 4, "7": 5})
    assert line.startswith("ratings: ReviewID 7 of test.ratings is a row that this stack did not")
    assert "set exclusiveRows" in line


def test_where_the_table_is_ours_alone_every_row_is() -> None:
    held = holding((1, 5), (2, 4), (7, 1))
    assert planned(held, STATE, rows={"7": 5}, exclusive=True)["rows"] == {"7": 5}


def test_rows_that_are_there_twice_are_named() -> None:
    line = refused(holding((1, 5), (1, 4), (2, 4)), STATE)
    assert line.startswith("test.ratings has lost its primary key, and has ReviewID 1 more than")


@pytest.mark.parametrize("name", ["server", "database", "rows"])
def test_nobody_is_asked_while_it_is_not_known_what_for(name: str) -> None:
    connection = of_others()
    planned(connection, None, **{name: UNKNOWN})
    assert connection.statements == []


# --- what is written


class Made(Answers):
    """A server on which the table is there once it was made."""

    def execute(self, statement: str, values: object = None) -> int:
        found = super().execute(statement, values)
        if statement.startswith("CREATE TABLE"):
            self.answers |= holding(mark=BEING_MADE).answers
        if statement.startswith("INSERT"):
            self.answers[ROWS] = [(1, 5), (2, 4)]
        return found


def handed_over(state: Properties) -> str:
    return f"ALTER TABLE `test`.`ratings` COMMENT = {Mark(OWNER, state['holder']).comment}"


def test_the_table_is_made_with_its_rows_and_then_gets_its_holder() -> None:
    connection = Made(NOTHING)
    identity, state = resource(connection).create(URN, INPUTS)
    assert identity == "test.ratings"
    assert state == {**STATE, "holder": state["holder"]}
    assert UUID(state["holder"])
    create, *rest = connection.changes()
    assert create.endswith(f" COMMENT='{BEING_MADE.comment}'")
    assert rest == [
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (1, 5)",
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (2, 4)",
        handed_over(state),
    ]


@pytest.mark.parametrize("mark", [BEING_MADE, OF_ANOTHER_RESOURCE], ids=["cut off", "replaced"])
def test_a_table_of_this_stack_is_taken_up_again_and_handed_over_at_last(mark: Mark) -> None:
    connection = holding((1, 5), mark=mark)
    _, state = resource(connection).create(URN, INPUTS)
    assert UUID(state["holder"])
    assert connection.changes() == [
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (2, 4)",
        handed_over(state),
    ]


def test_each_resource_has_a_part_of_the_mark_of_its_own() -> None:
    holders = {resource(Made(NOTHING)).create(URN, INPUTS)[1]["holder"] for _ in range(2)}
    assert len(holders) == 2


def test_a_create_that_is_refused_or_cut_off_hands_nothing_over() -> None:
    replaced = holding((1, 1), mark=OF_ANOTHER_RESOURCE)
    with pytest.raises(DatabaseProblem, match="is a row that this stack did not make"):
        resource(replaced).create(URN, INPUTS)
    assert replaced.changes() == []
    cut_off = Made({**NOTHING, "INSERT": error(2013)})
    with pytest.raises(pymysql.MySQLError):
        resource(cut_off).create(URN, INPUTS)
    assert not any(each.startswith("ALTER") for each in cut_off.changes())
    with At(cut_off).configuration().connect() as admin:
        assert is_half_made(admin, "test", OWNER)


@pytest.mark.parametrize("mark", [None, Mark("another-stack", HOLDER)])
def test_a_table_that_somebody_else_made_meanwhile_is_not_written_to(mark: Mark | None) -> None:
    connection = holding((1, 5), mark=mark)
    with pytest.raises(
        DatabaseProblem, match=r"exists already at .*, and (this stack did not|is another)"
    ):
        resource(connection).create(URN, INPUTS)
    assert connection.changes() == []


def test_an_update_writes_exactly_the_rows_that_differ_in_one_transaction() -> None:
    connection = holding((1, 5), (2, 4), (3, 3), (7, None))
    state = {**STATE, "rows": {"1": 5, "2": 4, "3": 3}}
    resource(connection).update(URN, state, {**INPUTS, "rows": {"1": 1, "2": 4, "4": 2}})
    assert connection.changes() == [
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (4, 2)",
        "UPDATE `test`.`ratings` SET Rating = 1 WHERE ReviewID = 1",
        "DELETE FROM `test`.`ratings` WHERE ReviewID = 3",
    ]
    written = connection.statements.index(
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (%s, %s)"
    )
    assert connection.statements[written:].index("COMMIT") == 3


def test_an_update_that_changes_nothing_writes_nothing() -> None:
    connection = holding((1, 5), (2, 4))
    assert resource(connection).update(URN, STATE, INPUTS) == STATE
    assert connection.changes() == []


def test_a_table_that_somebody_changed_is_mended_before_its_rows() -> None:
    connection = holding((1, 5))
    connection.answers[DEFINITION] = [ARTICLE_COLUMNS[0], ("Rating", "bigint", "YES", "")]
    resource(connection).update(URN, STATE, INPUTS)
    assert connection.changes() == [
        "ALTER TABLE `test`.`ratings` MODIFY COLUMN `Rating` int",
        "INSERT INTO `test`.`ratings` (ReviewID, Rating) VALUES (2, 4)",
    ]


def test_a_row_that_somebody_has_just_added_is_not_written_over() -> None:
    connection = holding((1, 5))
    connection.answers["INSERT"] = pymysql.err.IntegrityError(1062, "Duplicate entry '2'")
    with pytest.raises(DatabaseProblem, match=r"somebody has just added a row to test\.ratings"):
        resource(connection).update(URN, STATE, INPUTS)
    assert connection.statements[-1] == "ROLLBACK"


def test_an_update_of_a_table_that_is_gone_says_what_to_do() -> None:
    with pytest.raises(DatabaseProblem, match=r"test\.ratings is gone; run `pulumi up --refresh`"):
        resource(Answers(NOTHING)).update(URN, STATE, INPUTS)


# --- what is read


def test_a_table_as_it_was_left_is_read_as_it_was_left() -> None:
    said = Said()
    found = resource(holding((1, 5), (2, 4)), said).read(URN, STATE, INPUTS)
    assert found
    assert (found.state, found.inputs) == (STATE, INPUTS)
    assert said.warnings == []


def test_rows_columns_and_key_are_read_as_somebody_left_them() -> None:
    connection = holding((1, 1))
    connection.answers[DEFINITION] = [
        ("ReviewID", "int", "NO", ""),
        ("Rating", "bigint", "YES", ""),
    ]
    found = resource(connection).read(URN, STATE, INPUTS)
    assert found
    assert found.state["rows"] == {"1": 1}
    assert found.state["columns"] == {"ReviewID": "int NOT NULL", "Rating": "bigint"}
    assert found.state["key"] == []


def test_rows_of_others_are_pointed_out_and_are_not_in_the_state() -> None:
    said = Said()
    found = resource(holding((1, 5), (2, 4), (7, None)), said).read(URN, STATE, INPUTS)
    assert found
    assert found.state == STATE
    (line,) = said.warnings
    assert line == "test.ratings has ReviewID 7 that this stack did not make, and leaves alone"


def test_many_rows_of_others_are_counted_in_one_line() -> None:
    said = Said()
    held = holding((1, 5), (2, 4), *((review, 1) for review in range(7, 207)))
    found = resource(held, said).read(URN, STATE, INPUTS)
    assert found
    assert found.state == STATE
    (line,) = said.warnings
    assert line == (
        "test.ratings has 200 rows (ReviewID 7, 8, 9, 10, 11 and others) that this stack did not "
        "make, and leaves alone"
    )


def test_where_the_table_is_ours_alone_rows_of_others_are_a_difference() -> None:
    said, inputs = Said(), {**INPUTS, "exclusive": True}
    alone = {**STATE, "exclusive": True}
    found = resource(holding((1, 5), (2, 4), (7, 1)), said).read(URN, alone, inputs)
    assert found
    assert said.warnings == []
    assert resource().diff(URN, found.state, inputs) == [Change('rows["7"]', kind=Kind.DELETE)]


@pytest.mark.parametrize(
    "connection",
    [
        Answers(NOTHING),
        of_others((1, 5), (2, 4)),
        holding((1, 5), (2, 4), mark=Mark("another-stack", HOLDER)),
    ],
)
def test_a_table_that_is_gone_or_somebody_elses_is_read_as_gone(connection: Answers) -> None:
    assert resource(connection).read(URN, STATE, INPUTS) is None


# --- what is dropped

DROPS = "DROP TABLE `test`.`ratings`"


def deleted(connection: Answers, **state: object) -> tuple[list[str], list[str]]:
    """Delete the table; gives what was changed, and what people were told."""
    said = Said()
    resource(connection, said).delete(URN, {**STATE, **state})
    changes = [each for each in connection.changes() if "LOCK TABLES" not in each]
    return changes, said.warnings


def test_the_table_goes_with_the_stack() -> None:
    connection = holding((1, 5), (2, 4))
    assert deleted(connection) == ([DROPS], [])
    # Nobody adds a row between the look and the drop.
    locked = connection.statements.index("LOCK TABLES `test`.`ratings` WRITE")
    assert locked < connection.statements.index(DROPS)


def test_a_table_that_another_resource_of_the_stack_holds_by_now_is_left_to_it() -> None:
    for exclusive in (False, True):
        held = holding((1, 5), (7, 1), mark=OF_ANOTHER_RESOURCE)
        changes, (line,) = deleted(held, exclusive=exclusive)
        assert changes == []
        assert line.startswith("the table test.ratings stays")
        assert "it has the mark of another resource of this stack" in line
        assert line.endswith(DROPS)


def test_a_table_that_is_gone_already_is_no_error() -> None:
    assert deleted(Answers(NOTHING)) == ([], [])


def test_a_table_that_somebody_else_made_in_its_place_stays() -> None:
    changes, (line,) = deleted(of_others((1, 5), (2, 4)))
    assert changes == []
    assert "somebody else made it in place of this stack's" in line


def test_rows_of_others_stay_and_the_table_with_them() -> None:
    changes, (line,) = deleted(holding((1, 5), (2, 4), (7, 1), (9, 1)))
    assert changes == [
        "DELETE FROM `test`.`ratings` WHERE ReviewID = 1",
        "DELETE FROM `test`.`ratings` WHERE ReviewID = 2",
        "ALTER TABLE `test`.`ratings` COMMENT = ",  # it is theirs now
    ]
    assert line.startswith("the table test.ratings stays, for it is not this stack's alone: ")
    assert "ReviewID 7, 9; if nobody needs it, DROP TABLE `test`.`ratings`" in line


def test_rows_of_others_go_where_the_table_is_ours_alone() -> None:
    assert deleted(holding((1, 5), (7, 1)), exclusive=True) == ([DROPS], [])


@pytest.mark.parametrize(
    ("query", "words"),
    [
        ("SELECT TRIGGER_NAME", "trigger counts"),
        ("SELECT CONCAT(TABLE_SCHEMA", "foreign key of counts"),
        ("SELECT CONCAT(VIEW_SCHEMA", "view counts"),
    ],
)
def test_what_others_hang_on_the_table_keeps_it(query: str, words: str) -> None:
    connection = holding((1, 5), (2, 4))
    connection.answers[query] = [("counts",)]
    changes, (line,) = deleted(connection)
    assert DROPS not in changes
    assert words in line


def test_a_column_that_somebody_added_keeps_the_table() -> None:
    connection = holding((1, 5), (2, 4))
    connection.answers[DEFINITION] = [*ARTICLE_COLUMNS, ("Remark", "text", "YES", "")]
    changes, (line,) = deleted(connection)
    assert DROPS not in changes
    assert "column Remark" in line


def test_a_server_that_does_not_know_which_views_use_a_table_is_not_asked_twice() -> None:
    connection = holding((1, 5), (2, 4))
    connection.answers["SELECT CONCAT(VIEW_SCHEMA"] = error(1109, "Unknown table")
    assert deleted(connection) == ([DROPS], [])


# --- whether anybody needs it

TRIGGER = "SELECT TRIGGER_NAME"


def with_a_trigger() -> Answers:
    connection = holding(mark=BEING_MADE)
    connection.answers[TRIGGER] = [("counts",)]
    return connection


def with_a_column() -> Answers:
    connection = holding(mark=BEING_MADE)
    connection.answers[DEFINITION] = [*ARTICLE_COLUMNS, ("Remark", "text", "YES", "")]
    return connection


@pytest.mark.parametrize(
    ("connection", "ours", "half_made"),
    [
        (Answers(NOTHING), False, False),
        (of_others(), False, False),
        (holding(mark=Mark("another-stack", HOLDER)), False, False),
        (holding(mark=Mark("another-stack", "nobody")), False, False),
        (holding(mark=BEING_MADE), True, True),  # what a create was cut off at
        (holding((1, 5), mark=BEING_MADE), True, False),
        (with_a_trigger(), True, False),
        (with_a_column(), True, False),
        (holding(), True, False),  # its resource wants no rows
        (holding((1, 5)), True, False),
    ],
    ids=[
        *("none", "without a mark", "another stack's", "another stack's, being made"),
        *("being made", "being made, with a row", "being made, with a trigger"),
        *("being made, with a column", "empty", "with a row"),
    ],
)
def test_a_table_is_ours_by_its_mark_and_in_use_by_its_holder(
    connection: Answers, request: pytest.FixtureRequest, *, ours: bool, half_made: bool
) -> None:
    with At(connection).configuration().connect() as admin:
        assert is_ours(admin, "test", {OWNER}) == ours
        assert is_half_made(admin, "test", OWNER) == half_made
        being_made = "being made" in request.node.name
        assert is_in_use(admin, "test", {OWNER}) == (ours and not being_made)
    assert connection.changes() == []


def test_a_state_of_an_older_program_is_of_a_table_that_it_made() -> None:
    new = ("adopt", "adopted", "former")
    old = {name: value for name, value in STATE.items() if name not in new}
    connection = holding((1, 5), (2, 4))
    table = resource(connection)
    found = table.read(URN, old, INPUTS)
    assert found is not None
    assert found.state == STATE
    assert table.diff(URN, old, INPUTS) == []
    assert table.update(URN, old, INPUTS) == STATE
    table.delete(URN, old)
    assert "DROP TABLE `test`.`ratings`" in connection.changes()
