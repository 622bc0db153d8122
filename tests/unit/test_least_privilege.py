"""The proof: what it tries as the reader, and what it makes of each answer."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import cast

import pymysql
import pytest
from pymysql.constants import ER

import components.reader
from components._admin import DatabaseProblem, LoginRefused, Server, Unreachable
from components._least_privilege import Account, Proof, least_privileges, prove
from components.reader import _prove

BOOKINFO = Account("bookinfo", "%")
ATTEMPTS = {
    "INSERT": "INSERT INTO",
    "UPDATE": "UPDATE `test`.`ratings`",
    "DELETE": "DELETE FROM",
    "CREATE": "CREATE TABLE",
    "DROP": "DROP TABLE",
    "SELECT on another table": "SELECT 1 FROM `test`",
    "SELECT on mysql.user": "SELECT 1 FROM mysql.user",
}


class Grants:
    """A server that refuses what starts so, and the connection and cursor of who logs in."""

    def __init__(self, errors: Mapping[str, int], login: DatabaseProblem | None = None) -> None:
        self._errors = errors
        self._login = login
        self._rows: Sequence[tuple[int, int | None]] = ()

    @contextmanager
    def connect(self, user: str, password: str) -> Iterator[Grants]:
        assert (user, password) == ("bookinfo", "s3cret")
        if self._login:
            raise self._login
        yield self

    @contextmanager
    def cursor(self) -> Iterator[Grants]:
        yield self

    def execute(self, sql: str) -> None:
        for start, code in self._errors.items():
            if sql.startswith(start):
                raise pymysql.err.OperationalError(code, "as MySQL says")
        self._rows = [(1, 5), (2, None)]

    def fetchall(self) -> Sequence[tuple[int, int | None]]:
        return self._rows

    def rollback(self) -> None:
        pass


REFUSED = dict.fromkeys(ATTEMPTS.values(), ER.TABLEACCESS_DENIED_ERROR)


def proven(errors: Mapping[str, int], login: DatabaseProblem | None = None) -> Proof:
    return prove(cast("Server", Grants(errors, login)), BOOKINFO, "s3cret", "test")


def refusal(
    errors: Mapping[str, int], login: DatabaseProblem | None = None, account: Account = BOOKINFO
) -> str:
    with pytest.raises(DatabaseProblem) as refused:
        prove(cast("Server", Grants(errors, login)), account, "s3cret", "test")
    assert "\n" not in str(refused.value)
    assert "s3cret" not in str(refused.value)
    return str(refused.value)


def test_a_reader_reads_and_is_refused_everything_else() -> None:
    assert proven(REFUSED) == {
        "ratings": {"1": 5, "2": None},
        "refused": dict.fromkeys(ATTEMPTS, "refused (MySQL error 1142)"),
    }


@pytest.mark.parametrize("attempt", ATTEMPTS)
def test_a_reader_that_can_do_more_is_said_with_what_it_can(attempt: str) -> None:
    errors = {start: code for start, code in REFUSED.items() if start != ATTEMPTS[attempt]}
    line = refusal(errors)
    assert line == (
        f"'bookinfo'@'%' can do more than SELECT on test.ratings: {attempt}; "
        "revoke what was granted beside this stack (SHOW GRANTS FOR 'bookinfo'@'%')"
    )


@pytest.mark.parametrize("code", [ER.NO_SUCH_TABLE, ER.TABLE_EXISTS_ERROR, ER.BAD_TABLE_ERROR])
def test_an_answer_about_the_table_shows_that_the_reader_may(code: int) -> None:
    assert "can do more" in refusal({**REFUSED, ATTEMPTS["DROP"]: code})


def test_all_that_a_reader_can_is_said_in_one_line() -> None:
    assert f": {', '.join(ATTEMPTS)}; " in refusal({})


def test_a_reader_whose_grant_is_gone_is_said_with_the_way_out() -> None:
    line = refusal({"SELECT ReviewID": ER.TABLEACCESS_DENIED_ERROR})
    assert line.startswith("'bookinfo'@'%' may not read test.ratings: its grant is gone")
    assert "pulumi up --replace" in line


@pytest.mark.parametrize(
    ("host", "hint"), [("%", "pulumi up --refresh"), ("10.244.%", "set proof to false")]
)
def test_a_reader_that_cannot_log_in_is_said_with_the_likely_cause(host: str, hint: str) -> None:
    line = refusal({}, LoginRefused("Access denied"), Account("bookinfo", host))
    assert "cannot log in to prove its privileges: Access denied" in line
    assert hint in line


@pytest.mark.parametrize("privileges", [["SELECT"], ["select"], [" Select "], ["SELECT", "select"]])
def test_select_is_what_a_reader_needs(privileges: list[str]) -> None:
    assert least_privileges(privileges) == ["SELECT"]


@pytest.mark.parametrize(
    ("privileges", "more"),
    [
        ([], "nothing"),
        (["SELECT", "UPDATE"], "UPDATE"),
        (["INSERT", "DELETE", "SELECT"], "DELETE, INSERT"),
        (["ALL"], "ALL"),
        (["SELECT (Rating)"], "SELECT (RATING)"),
        (["SELECT, INSERT"], "SELECT, INSERT"),
        ([""], ""),
    ],
)
def test_more_than_select_is_not(privileges: list[str], more: str) -> None:
    with pytest.raises(
        ValueError, match="is not what a reader needs; give SELECT alone"
    ) as refused:
        least_privileges(privileges)
    assert str(refused.value).startswith(more)


def dry_run(
    monkeypatch: pytest.MonkeyPatch, problem: DatabaseProblem, *, preview: bool
) -> list[str]:
    """Let the proof fail so, and give what is warned of."""
    warned: list[str] = []

    def failing(*_: object) -> Proof:
        raise problem

    monkeypatch.setattr(components.reader, "prove", failing)
    monkeypatch.setattr("pulumi.runtime.is_dry_run", lambda: preview)
    monkeypatch.setattr("pulumi.warn", warned.append)
    return warned


SERVER = Server("mysql.example.com:3306")


def test_a_preview_that_cannot_reach_the_database_goes_on_without_a_proof(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    warned = dry_run(monkeypatch, Unreachable("no MySQL server answers"), preview=True)
    assert _prove(SERVER, BOOKINFO, "s3cret", "test") == {"ratings": {}, "refused": {}}
    assert warned == ["'bookinfo'@'%' was not proven in this preview: no MySQL server answers"]


@pytest.mark.parametrize(
    ("problem", "preview"),
    [
        (Unreachable("no MySQL server answers"), False),
        (DatabaseProblem("can do more"), False),
        (DatabaseProblem("can do more"), True),
    ],
)
def test_whatever_else_is_wrong_with_the_proof_ends_the_run(
    monkeypatch: pytest.MonkeyPatch, problem: DatabaseProblem, *, preview: bool
) -> None:
    dry_run(monkeypatch, problem, preview=preview)
    with pytest.raises(Exception, match=str(problem)) as ended:
        _prove(SERVER, BOOKINFO, "s3cret", "test")
    assert type(ended.value).__name__ == "RunError"  # which the language host says in one line


def test_without_a_server_nothing_is_proven() -> None:
    assert _prove(None, BOOKINFO, "s3cret", "test") == {"ratings": {}, "refused": {}}
