"""What the documents say is what the code does."""

from __future__ import annotations

import ast
import json
import re
import shlex
from pathlib import Path
from typing import Any

import pytest

from guard.rules import RULES
from mysql.account import Account
from provider.admin_rights import grants
from settings import PROJECT, Settings, SettingsProblem, load, names

REPOSITORY = Path(__file__).resolve().parents[2]
README = (REPOSITORY / "README.md").read_text()
PAGES = sorted(
    page
    for folder in (".", "docs", "images", "bench")
    for page in (REPOSITORY / folder).glob("*.md" if folder == "." else "**/*.md")
)


def settings_table() -> str:
    """Render the settings as README.md shows them."""
    schema = Settings.model_json_schema()
    required = set(schema["required"])
    rows = [
        f"| `{name}` | {_type(setting)} | {_default(name, setting, required)} "
        f"| {setting['description']} |"
        for name, setting in schema["properties"].items()
    ]
    return "\n".join(["| Name | Type | Default | What it is |", "|---|---|---|---|", *rows])


def _type(setting: dict[str, Any]) -> str:
    kind = str(setting.get("type", "string"))  # a reference is an enumeration of strings
    if "minimum" in setting:
        return f"{kind}, {setting['minimum']} to {setting['maximum']}"
    return kind


def _default(name: str, setting: dict[str, Any], required: set[str]) -> str:
    if name in required:
        return "none, set it"
    default = setting["default"]
    if default == "":
        return "empty"
    return f"`{default if isinstance(default, str) else json.dumps(default)}`"


def _blocks(language: str) -> list[str]:
    return re.findall(rf"^```{language}\n(.*?)^```", README, re.MULTILINE | re.DOTALL)


def make_table() -> str:
    """Render the targets of the Makefile as README.md shows them, in their order there."""
    rows = [f"| `make {name}` | {what} |" for name, what in _targets().items()]
    return "\n".join(["| Command | What it does |", "|---|---|", *rows])


def _targets() -> dict[str, str]:
    makefile = (REPOSITORY / "Makefile").read_text()
    return dict(re.findall(r"^([a-z][a-z-]*):.*## (.+)$", makefile, re.MULTILINE))


def test_the_settings_table_is_that_of_the_settings() -> None:
    assert settings_table() in README, f"put this table into README.md:\n{settings_table()}"


def test_the_table_of_commands_is_that_of_the_makefile() -> None:
    assert make_table() in README, f"put this table into README.md:\n{make_table()}"


def test_the_policies_are_those_of_the_pack_in_their_order() -> None:
    _, _, section = README.partition("## Policies")
    table, _, _ = section.partition("\n## ")
    told = re.findall(r"^\| `([a-z-]+)` \|", table, re.MULTILINE)
    assert told == [rule.name for rule in RULES]
    (example,) = _blocks("json")
    assert set(json.loads(example)) <= set(told)


def test_every_make_command_exists() -> None:
    code = [*re.findall(r"`([^`\n]+)`", README), *_blocks("bash")]
    told = re.findall(r"\bmake (?:-s )?([a-z][a-z-]*)", "\n".join(code))
    assert set(told) <= _targets().keys()


def test_every_setting_that_is_set_exists() -> None:
    shown = README.replace("".join(_blocks("console")), "")  # but for those that are refused
    told = re.findall(rf"config set[^`\n]*?['\s]{PROJECT}:(\w+)", shown)
    assert told
    assert set(told) <= set(names())


def test_every_setting_in_pulumi_config_has_its_namespace() -> None:
    keys = re.findall(r"pulumi config set (?:--\w+ )*'?([\w.-]+)(:?)", README)
    assert [key for key, colon in keys if not colon] == []


def test_the_outputs_table_is_that_of_the_program() -> None:
    program = ast.parse((REPOSITORY / "__main__.py").read_text())
    exported = [
        call.args[0].value
        for call in ast.walk(program)
        if isinstance(call, ast.Call)
        and ast.unparse(call.func) == "pulumi.export"
        and isinstance(call.args[0], ast.Constant)
    ]
    _, _, section = README.partition("## Outputs")
    table, _, _ = section.partition("\n## ")
    told = [name for row in re.findall(r"^\|(.*?)\|", table, re.MULTILINE) for name in _quoted(row)]
    assert told == exported


def _quoted(cell: str) -> list[str]:
    return re.findall(r"`(\w+)`", cell)


@pytest.mark.parametrize("example", "".join(_blocks("console")).split("$ ")[1:])
def test_a_refusal_reads_as_told(example: str) -> None:
    command, refusal = example.strip().split("\n")
    *_, key, value = shlex.split(command)
    setting = {key.removesuffix("[0]"): [value] if key.endswith("[0]") else value}
    with pytest.raises(SettingsProblem) as refused:
        load({f"{PROJECT}:host": "mysql.example.com", f"{PROJECT}:context": "c", **setting})
    assert str(refused.value) == refusal


@pytest.mark.parametrize("page", PAGES, ids=lambda page: str(page.relative_to(REPOSITORY)))
def test_links_lead_somewhere(page: Path) -> None:
    text = page.read_text()
    for link in re.findall(r"\]\(([^)#]+)[^)]*\)", text):
        assert link.startswith("https://") or (page.parent / link).exists(), link


def test_what_is_where_names_what_is_there() -> None:
    _, _, section = README.partition("## What is where")
    for name in re.findall(r"^([\w./]+)  ", section, re.MULTILINE):
        assert (REPOSITORY / name).exists(), name


def test_the_admin_s_grants_are_those_that_are_tried() -> None:
    (sql,) = _blocks("sql")
    created, *granted = sql.strip().splitlines()
    assert created.startswith("CREATE USER 'deployer'@'%'")
    smallest = grants(Account("deployer"), "test", "9.7.4")
    assert granted == [f"{statement};" for statement in smallest.values()]
