"""The proof: what it tries as the reader, and what it makes of each answer."""

from __future__ import annotations

from contextlib import suppress

import pymysql
import pytest

from mysql.account import Account
from mysql.attempts import ATTEMPTS
from provider.connection import DatabaseProblem, LoginRefused, Unreachable
from provider.proof import Proof
from provider.protocol.service import Change
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fakes import SERVER, URN, Answers, At, Said, error

INPUTS: Properties = {
    "server": SERVER,
    "user": "bookinfo",
    "host": "%",
    "password": "s3cret",
    "database": "test",
    "rows": {"1": 5, "2": 4},
    "login": {"plugin": "caching_sha2_password", "digest": "d", "turn": "1"},
}
RATINGS = {"1": 5, "2": None}
GRANTS = [
    ("GRANT USAGE ON *.* TO `bookinfo`@`%`",),
    ("GRANT SELECT ON `test`.`ratings` TO `bookinfo`@`%`",),
]


class Reader(Answers):
    """A server that refuses every attempt of whoever logs in, but for those that it allows."""

    def __init__(self, *allowed: str) -> None:
        super().__init__(
            {
                "SELECT CURRENT_USER()": [("bookinfo@%",)],
                "SELECT ReviewID": [(1, 5), (2, None)],
                "SET SESSION lock_wait_timeout": [],
                "SET ROLE": [],
                "SHOW GRANTS": GRANTS,
            }
        )
        self.allowed = allowed

    def execute(self, statement: str, values: object = None) -> int:
        if any(statement.startswith(start) for start in self.answers):
            return super().execute(statement, values)
        self.statements.append(statement)
        self._rows = []
        if any(statement.startswith(start) for start in self.allowed):
            return 0
        if statement.startswith("SHOW DATABASES"):
            return 0  # which hides instead
        raise error(1142)


def resource(reader: Answers | Exception, said: Said | None = None) -> Proof:
    at = At(Answers(), {"bookinfo": reader})
    return Proof(at.configuration(), (said or Said()).engine())


def refusal(reader: Answers | Exception, **inputs: object) -> str:
    with pytest.raises(DatabaseProblem) as refused:
        resource(reader).create(URN, {**INPUTS, **inputs})
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)
    return str(refused.value)


def test_a_reader_reads_and_is_refused_everything_else() -> None:
    identity, state = resource(Reader()).create(URN, INPUTS)
    assert identity == "bookinfo@%"
    assert state["ratings"] == RATINGS
    assert state["refused"].keys() == {"refused (MySQL error 1142)", "refused (shown nothing)"}
    names = ", ".join(state["refused"].values()).split(", ")
    assert set(names) == {attempt.name.partition(" on ")[0] for attempt in ATTEMPTS}
    assert len(set(names)) == len(names)
    assert state["refused"]["refused (shown nothing)"] == "SHOW DATABASES"
    assert state["problem"] == ""


@pytest.mark.parametrize(
    ("allowed", "name"),
    [
        ("INSERT INTO `test`.`ratings`", "INSERT"),
        ("DELETE FROM `test`.`ratings`", "DELETE"),
        ("CREATE USER", "CREATE USER"),
    ],
)
def test_a_reader_that_can_do_more_is_said_with_what_it_can(allowed: str, name: str) -> None:
    line = refusal(Reader(allowed))
    assert line.startswith("'bookinfo'@'%' can do more than SELECT on test.ratings: ")
    assert name in line.partition("; run")[0].partition(": ")[2].split(", ")
    assert "pulumi up --refresh" in line


def test_what_cannot_be_tried_is_read() -> None:
    reader = Reader()
    reader.answers["SHOW GRANTS"] = [*GRANTS, ("GRANT SHUTDOWN ON *.* TO `bookinfo`@`%`",)]
    assert "can do more than SELECT on test.ratings: SHUTDOWN ON *.*; " in refusal(reader)
    # What is read is not tried besides: an attempt at what is allowed may make others wait.
    assert not any(each.startswith("INSERT") for each in reader.statements)


def test_an_attempt_that_makes_others_wait_is_not_made_by_one_who_is_allowed_something() -> None:
    waits = [attempt for attempt in ATTEMPTS if attempt.waits]
    assert waits
    for allowed in (("INSERT INTO",), ()):
        reader = Reader(*allowed)
        with suppress(DatabaseProblem):
            resource(reader).create(URN, INPUTS)
        made = {attempt.sql(Account("bookinfo"), "test", "ratings") for attempt in waits}
        assert bool(made & set(reader.statements)) is not bool(allowed)


def test_an_answer_about_something_else_proves_nothing() -> None:
    reader = Reader()
    reader.answers["DELETE FROM"] = error(1205)
    line = refusal(reader)
    assert "could not be proven: DELETE was answered with MySQL error 1205; run it again" in line


def test_a_statement_that_the_server_does_not_know_is_nothing_to_be_refused() -> None:
    reader = Reader()
    reader.answers["CREATE RESOURCE GROUP"] = error(1064)
    _, state = resource(reader).create(URN, INPUTS)
    assert "RESOURCE_GROUP_ADMIN" not in str(state["refused"])


def test_a_reader_whose_grant_is_gone_is_said_with_the_way_out() -> None:
    reader = Reader()
    reader.answers["SELECT ReviewID"] = error(1142)
    line = refusal(reader)
    assert line.startswith("'bookinfo'@'%' may not read test.ratings: run `pulumi up --refresh`")


@pytest.mark.parametrize(
    ("host", "hint"), [("%", "pulumi up --refresh"), ("10.244.%", "set proof to false")]
)
def test_a_reader_that_cannot_log_in_is_said_with_the_likely_cause(host: str, hint: str) -> None:
    line = refusal(LoginRefused("Access denied"), host=host)
    assert "cannot log in to prove its rights: Access denied" in line
    assert hint in line


def test_another_account_that_matches_better_is_named() -> None:
    reader = Reader()
    reader.answers["SELECT CURRENT_USER()"] = [("bookinfo@198.%",)]
    line = refusal(reader)
    assert "becomes 'bookinfo'@'198.%', not 'bookinfo'@'%'" in line
    assert "DROP USER 'bookinfo'@'198.%'" in line


def test_ratings_are_read_as_the_reader_sees_them_and_of_its_rows_alone() -> None:
    reader = Reader()
    resource(reader).create(URN, INPUTS)
    assert ([1, 2],) in reader.values
    resource(reader).create(URN, {**INPUTS, "rows": {}})
    assert ([None],) in reader.values  # no row has it


# --- its life


def test_a_preview_logs_in_nowhere_and_knows_not_what_will_be_seen() -> None:
    plan = resource(Unreachable("no MySQL server answers")).plan(URN, None, INPUTS)
    assert plan == {**INPUTS, "ratings": UNKNOWN, "refused": UNKNOWN, "problem": ""}


STATE: Properties = {**INPUTS, "ratings": RATINGS, "refused": {"INSERT": "refused"}, "problem": ""}


@pytest.mark.parametrize("name", INPUTS)
def test_whatever_is_another_is_proven_anew(name: str) -> None:
    proof = resource(Reader())
    assert proof.diff(URN, STATE, INPUTS) == []
    another_account = name in ("server", "user", "host")
    changes = proof.diff(URN, STATE, {**INPUTS, name: "x"})
    assert changes == [Change(name, replaces=another_account)]


@pytest.mark.parametrize(
    "problem", [Reader("INSERT INTO"), LoginRefused("Access denied"), Unreachable("it is away")]
)
def test_what_a_refresh_finds_is_told_and_proven_anew_by_the_next_update(
    problem: Answers | Exception,
) -> None:
    said = Said()
    found = resource(problem).read(URN, STATE, INPUTS)
    assert found.state["ratings"] == RATINGS  # as last seen
    proof = resource(Reader(), said)
    assert proof.diff(URN, found.state, INPUTS) == [Change("problem")]
    assert said.warnings == [found.state["problem"]]
    assert proof.update(URN, found.state, INPUTS)["problem"] == ""


def test_a_refresh_that_finds_all_as_it_was_is_no_difference() -> None:
    proof = resource(Reader())
    _, state = proof.create(URN, INPUTS)
    found = proof.read(URN, state, INPUTS)
    assert found.state == state


def test_an_error_that_says_nothing_about_rights_stays_one_of_the_server() -> None:
    reader = Reader()
    reader.answers["SELECT ReviewID"] = error(1146)
    with pytest.raises(pymysql.MySQLError):  # which the connection puts into words
        resource(reader).create(URN, INPUTS)
