"""docs/checks.md tells all rules and all that they may say, in the code's own words."""

from __future__ import annotations

import re
from collections.abc import Iterator
from pathlib import Path

import pytest

from checks.finding import Message, Severity
from checks.judging import rules
from checks.rules import RULES, Rule, name_of

PAGE = Path(__file__).parents[3] / "docs" / "checks.md"
_WHERE = {
    "addresses": "DNS",
    "server": "the MySQL server",
    "cluster": "the API server",
    "pod_dns": "a pod",
}


def messages(rule: Rule) -> Iterator[Message]:
    yield from (each for each in vars(rule).values() if isinstance(each, Message))


def about(rule: Rule) -> str:
    return (rule.__doc__ or "").splitlines()[0].removesuffix(".")


def in_cell(text: str) -> str:
    """Write a message with its places in italics, as a cell of a table."""
    plain = re.sub(r"\{(\w+)[^}]*\}", r"*\1*", text)
    return plain.replace("|", "\\|")


def table_of_rules() -> str:
    rows = ["| Rule | About | Asks | Asked, besides by the doctor |", "|---|---|---|---|"]
    for rule in RULES:
        asks = ", ".join(_WHERE[need] for need in rule.NEEDS)
        rows.append(f"| {name_of(rule)} | {about(rule)} | {asks} | {rule.WHEN} |")
    return "\n".join(rows)


def table_of_messages() -> str:
    rows = ["| Rule | | Says | What to do |", "|---|---|---|---|"]
    for rule in RULES:
        rows += [
            f"| {name_of(rule)} | {message.severity} | {in_cell(message.says)} "
            f"| {in_cell(message.todo)} |"
            for message in messages(rule)
            if message.severity is not Severity.OK
        ]
    return "\n".join(rows)


@pytest.mark.parametrize("table", [table_of_rules, table_of_messages])
def test_the_page_has_the_table(table: object) -> None:
    assert callable(table)
    assert table() in PAGE.read_text(), f"put this table into docs/checks.md:\n{table()}"


def test_each_rule_is_listed_once_and_is_a_file() -> None:
    files = {path.stem for path in Path(RULES[0].__file__ or "").parent.glob("*.py")}
    assert {name_of(rule).replace(" ", "_") for rule in RULES} == files - {"__init__", "when"}
    assert rules() == list(RULES)


@pytest.mark.parametrize("rule", RULES, ids=name_of)
def test_a_rule_tells_the_setting_that_it_is_about_and_the_way_out(rule: Rule) -> None:
    for message in messages(rule):
        assert not message.says.endswith((".", ";"))
        assert not message.todo.endswith((".", ";"))
        assert "\n" not in message.says + message.todo
