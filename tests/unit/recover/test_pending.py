"""What a killed run had begun to make is forgotten, where it can be made once more."""

from __future__ import annotations

import json
from typing import Any

import pytest

from recover import pending
from recover.engine import Target

TARGET = Target("file://~", "external-mysql", "prod")


def under_way(kind: str, name: str, operation: str = "creating") -> dict[str, Any]:
    urn = f"urn:pulumi:prod::external-mysql::{kind}::{name}"
    return {"type": operation, "resource": {"urn": urn, "type": kind}}


OURS = under_way("mysql:index/user:User", "reader-user")
HELD = under_way("mysql-extra:index:Schema", "database-free")
THEIRS = under_way("aws:rds/instance:Instance", "database")
CHANGED = under_way("mysql:index/user:User", "reader-user", "updating")


class Cli:
    """The CLI, with a state; what is imported is kept."""

    def __init__(self, *operations: dict[str, Any]) -> None:
        self.state = {"version": 3, "deployment": {"pending_operations": list(operations)}}
        self.imported: list[Any] = []

    def __call__(self, *command: str, stdin: str | None = None) -> str:
        assert command[2:] == ("--stack", "prod")
        if command[1] == "import":
            self.imported.append(json.loads(stdin or ""))
        return json.dumps(self.state)


@pytest.mark.parametrize("operations", [[], [THEIRS], [CHANGED]])
def test_where_there_is_nothing_to_forget_the_state_stays(
    operations: list[dict[str, Any]], monkeypatch: pytest.MonkeyPatch
) -> None:
    cli = Cli(*operations)
    monkeypatch.setattr(pending, "ask", cli)
    assert pending.forget(TARGET) == []
    assert cli.imported == []


def test_what_the_program_makes_is_forgotten_and_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    cli = Cli(OURS, THEIRS, HELD, CHANGED)
    monkeypatch.setattr(pending, "ask", cli)
    (line,) = pending.forget(TARGET)
    assert line.startswith("forgot that reader-user, database-free was being made")
    (state,) = cli.imported
    assert state["deployment"]["pending_operations"] == [THEIRS, CHANGED]
    assert state["version"] == 3


def test_a_state_without_a_word_of_them_is_as_good(monkeypatch: pytest.MonkeyPatch) -> None:
    cli = Cli()
    del cli.state["deployment"]["pending_operations"]  # type: ignore[attr-defined]
    monkeypatch.setattr(pending, "ask", cli)
    assert pending.forget(TARGET) == []
