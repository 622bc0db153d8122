"""The dynamic resource of table and rows, on a table that is kept in memory."""

from __future__ import annotations

import pickle
import traceback
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from typing import Any

import pytest
from pulumi.dynamic import ConfigureRequest, CreateResult, ReadResult, UpdateResult
from pulumi.dynamic.config import Config

from components import _ratings_table
from components._admin import DatabaseProblem
from components._ratings_provider import RatingsProvider, rows_of
from components._ratings_table import COLUMNS, Table
from components._rows import Change

Rows = dict[int, int | None]


class Memory:
    """Stands in for MySQL: one table, or none, and the statements that changed it."""

    def __init__(self) -> None:
        self.columns: dict[str, str] | None = None
        self.rows: Rows = {}
        self.changes: list[Change] = []
        self.refuses: Exception | None = None

    def create(self, _connection: object, _database: str) -> None:
        self.columns, self.rows = dict(COLUMNS), {}

    def drop(self, _connection: object, _database: str) -> None:
        self.columns, self.rows = None, {}

    def read(self, _connection: object, _database: str) -> Table | None:
        return None if self.columns is None else Table(dict(self.columns), dict(self.rows))

    def repair(self, _connection: object, _database: str, _held: Mapping[str, str]) -> None:
        assert self.columns is not None
        self.columns |= COLUMNS

    def apply(self, _connection: object, _database: str, change: Change) -> None:
        if self.refuses:
            raise self.refuses
        self.changes.append(change)
        self.rows |= dict(change.upsert)
        for review in change.delete:
            del self.rows[review]


class Anyone:
    """An admin who is always let in."""

    @contextmanager
    def connect(self) -> Iterator[None]:
        yield None


@pytest.fixture
def memory(monkeypatch: pytest.MonkeyPatch) -> Memory:
    memory = Memory()
    for name in ("create", "drop", "read", "repair", "apply"):
        monkeypatch.setattr(_ratings_table, name, getattr(memory, name))
    return memory


@pytest.fixture
def provider(memory: Memory, monkeypatch: pytest.MonkeyPatch) -> RatingsProvider:
    del memory
    provider = RatingsProvider()
    monkeypatch.setattr(provider, "_admin", Anyone(), raising=False)
    return provider


def props(rows: Mapping[str, float | None], **others: Any) -> dict[str, Any]:
    """Give properties as the engine hands them over: keys are text, numbers floating point."""
    return {"database": "test", "columns": COLUMNS, "rows": rows, "exclusive": False, **others}


def outs(result: CreateResult | ReadResult | UpdateResult) -> dict[str, Any]:
    """Give what goes into the state."""
    assert result.outs is not None
    return result.outs


ARTICLE = props({"1": 5.0, "2": 4.0})


def test_what_is_created_is_the_table_with_its_rows(
    provider: RatingsProvider, memory: Memory
) -> None:
    created = provider.create(ARTICLE)
    assert created.id == "test.ratings"
    assert memory.rows == {1: 5, 2: 4}
    assert created.outs == {**props({"1": 5, "2": 4}), "unmanaged": {}}


def test_a_create_that_fails_leaves_no_table_behind(
    provider: RatingsProvider, memory: Memory
) -> None:
    memory.refuses = DatabaseProblem("no")
    with pytest.raises(DatabaseProblem):
        provider.create(ARTICLE)
    assert memory.columns is None


def test_what_was_created_is_no_diff_and_is_read_as_it_is(
    provider: RatingsProvider, memory: Memory
) -> None:
    created = provider.create(ARTICLE)
    assert not provider.diff(created.id, outs(created), ARTICLE).changes
    read = provider.read(created.id, outs(created))
    assert (read.id, outs(read)) == (created.id, outs(created))
    assert memory.changes == [Change(upsert={1: 5, 2: 4})]


@pytest.mark.parametrize(
    "news",
    [
        props({"1": 1, "2": 4}),
        props({"1": 5}),
        props({"1": 5, "2": 4, "3": None}),
        props({"1": 5, "2": None}),
        props({"1": 5, "2": 4}, exclusive=True),
        props({"1": 5, "2": 4}, columns={**COLUMNS, "Rating": "bigint"}),
    ],
)
def test_a_change_of_rows_columns_or_ownership_is_a_diff_in_place(
    provider: RatingsProvider, news: dict[str, Any]
) -> None:
    diff = provider.diff("test.ratings", {**ARTICLE, "unmanaged": {}}, news)
    assert diff.changes
    assert diff.replaces == []


def test_another_database_is_another_table(provider: RatingsProvider) -> None:
    diff = provider.diff("test.ratings", ARTICLE, {**ARTICLE, "database": "books"})
    assert diff.changes
    assert diff.replaces == ["database"]


@pytest.mark.parametrize("unmanaged", [None, {}, {"7": 1}])
def test_rows_of_others_are_no_diff(provider: RatingsProvider, unmanaged: object) -> None:
    olds, news = {**ARTICLE, "unmanaged": unmanaged}, {**ARTICLE, "unmanaged": None}
    assert not provider.diff("test.ratings", olds, news).changes


def test_an_update_writes_exactly_the_rows_that_differ(
    provider: RatingsProvider, memory: Memory
) -> None:
    olds = outs(provider.create(ARTICLE))
    memory.changes.clear()
    updated = provider.update("test.ratings", olds, props({"1": 1, "2": 4, "3": None}))
    assert memory.changes == [Change(upsert={1: 1, 3: None})]
    assert outs(updated)["rows"] == {"1": 1, "2": 4, "3": None}


def test_an_update_deletes_a_row_that_is_no_longer_wanted(
    provider: RatingsProvider, memory: Memory
) -> None:
    olds = outs(provider.create(ARTICLE))
    provider.update("test.ratings", olds, props({"1": 5}))
    assert memory.rows == {1: 5}


def test_rows_of_others_are_reported_and_left_alone(
    provider: RatingsProvider, memory: Memory
) -> None:
    olds = outs(provider.create(ARTICLE))
    memory.rows[7] = None
    read = provider.read("test.ratings", olds)
    assert outs(read)["unmanaged"] == {"7": None}
    assert outs(read)["rows"] == {"1": 5, "2": 4}
    updated = provider.update("test.ratings", outs(read), props({"1": 1}))
    assert memory.rows == {1: 1, 7: None}
    assert outs(updated)["unmanaged"] == {"7": None}


def test_rows_of_others_go_where_the_table_is_ours_alone(
    provider: RatingsProvider, memory: Memory
) -> None:
    ours = props({"1": 5, "2": 4}, exclusive=True)
    olds = outs(provider.create(ours))
    memory.rows[7] = 1
    read = provider.read("test.ratings", olds)
    assert provider.diff("test.ratings", outs(read), ours).changes
    provider.update("test.ratings", outs(read), ours)
    assert memory.rows == {1: 5, 2: 4}


def test_drift_of_rows_and_columns_is_read_and_put_right(
    provider: RatingsProvider, memory: Memory
) -> None:
    olds = outs(provider.create(ARTICLE))
    memory.rows = {1: 1}
    memory.columns = {"ReviewID": "int NOT NULL", "Rating": "bigint", "Remark": "text"}
    read = provider.read("test.ratings", olds)
    assert outs(read)["rows"] == {"1": 1}
    assert outs(read)["columns"] == {"ReviewID": "int NOT NULL", "Rating": "bigint"}
    assert provider.diff("test.ratings", outs(read), ARTICLE).changes
    provider.update("test.ratings", outs(read), ARTICLE)
    assert memory.rows == {1: 5, 2: 4}
    assert memory.columns == {**COLUMNS, "Remark": "text"}  # what somebody added stays


def test_inputs_after_a_read_have_no_unmanaged_rows(
    provider: RatingsProvider, memory: Memory
) -> None:
    olds = outs(provider.create(ARTICLE))
    memory.rows[7] = 1
    assert provider.read("test.ratings", olds).inputs == props({"1": 5, "2": 4})


def test_a_table_that_is_gone_is_read_as_gone(provider: RatingsProvider, memory: Memory) -> None:
    memory.columns = None
    assert provider.read("test.ratings", ARTICLE).id is None


def test_an_update_of_a_table_that_is_gone_says_what_to_do(provider: RatingsProvider) -> None:
    with pytest.raises(DatabaseProblem, match=r"test\.ratings is gone; run `pulumi up --refresh`"):
        provider.update("test.ratings", ARTICLE, ARTICLE)


def test_a_delete_takes_the_table(provider: RatingsProvider, memory: Memory) -> None:
    olds = outs(provider.create(ARTICLE))
    provider.delete("test.ratings", olds)
    assert memory.columns is None
    provider.delete("test.ratings", olds)  # once more is no error


def test_a_delete_does_not_take_rows_of_others(provider: RatingsProvider, memory: Memory) -> None:
    olds = outs(provider.create(ARTICLE))
    memory.rows |= {9: 1, 7: 1}
    with pytest.raises(DatabaseProblem, match=r"\(ReviewID 7, 9\); remove them, or set"):
        provider.delete("test.ratings", olds)
    assert memory.rows == {1: 5, 2: 4, 7: 1, 9: 1}
    provider.delete("test.ratings", {**olds, "exclusive": True})
    assert memory.columns is None


@pytest.mark.parametrize(
    ("given", "rows"),
    [
        ({"rows": {"1": 5.0, "-2": None}}, {1: 5, -2: None}),
        ({"rows": {}}, {}),
        ({"rows": None}, {}),
        ({}, {}),
    ],
)
def test_rows_are_read_from_what_the_engine_hands_over(given: dict[str, Any], rows: Rows) -> None:
    assert rows_of(given) == rows


def configured(**config: str) -> RatingsProvider:
    provider = RatingsProvider()
    raw = {f"mysql:{name}": value for name, value in config.items()}
    provider.configure(ConfigureRequest(Config(raw, "external-mysql")))
    return provider


@pytest.fixture
def no_account(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(traceback, "format_exc", traceback.format_exc)  # restored afterwards
    for name in ("ENDPOINT", "USERNAME", "PASSWORD", "TLS_CONFIG"):
        monkeypatch.delenv(f"MYSQL_{name}", raising=False)


@pytest.mark.usefixtures("no_account")
def test_the_account_comes_from_the_configuration_and_does_not_show(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setenv("MYSQL_USERNAME", "admin")
    provider = configured(endpoint="mysql.example.com:3306", password="s3cret")
    admin = provider._admin  # noqa: SLF001 - where else would it be looked for
    assert (admin.server.endpoint, admin.username, admin.password) == (
        "mysql.example.com:3306",
        "admin",
        "s3cret",
    )
    assert "s3cret" not in repr(vars(provider))


def test_what_goes_into_the_state_is_a_class_by_its_name() -> None:
    pickled = pickle.dumps(RatingsProvider())
    assert b"components._ratings_provider" in pickled
    assert b"_admin" not in pickled


def said_of(problem: Exception) -> str:
    """Give what the SDK's host of dynamic providers sends for an exception."""
    try:
        raise problem  # noqa: TRY301 - what is said is that of the exception being handled
    except Exception:  # noqa: BLE001 - as it does there
        return traceback.format_exc()


@pytest.mark.usefixtures("no_account")
def test_a_problem_is_one_line_for_people_and_a_bug_keeps_its_traceback() -> None:
    with pytest.raises(DatabaseProblem):
        configured()
    assert said_of(DatabaseProblem("the table is gone")) == "the table is gone"
    assert said_of(KeyError("bug")).startswith("Traceback (most recent call last)")
