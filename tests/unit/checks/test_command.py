"""`python -m checks`: settings from Pulumi, a table or JSON, and an exit code."""

from __future__ import annotations

import json
from collections.abc import Callable
from pathlib import Path
from types import SimpleNamespace

import pytest

import checks.facts.gathering
from checks.__main__ import main
from checks.facts.gathering import Facts
from checks.facts.seen import Unseen
from checks.rules import RULES, name_of
from tests.unit.checks.surroundings import cluster, facts, server

Doctor = Callable[..., tuple[int, str, str]]


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> dict[str, Facts]:
    """What there is around the stack."""
    around = {"facts": facts()}
    gathering = SimpleNamespace(facts=lambda _: around["facts"])
    monkeypatch.setattr(checks.facts.gathering, "Gathering", lambda *_: gathering)
    return around


@pytest.fixture
def doctor(
    machine: pytest.MonkeyPatch,
    tmp_path: Path,
    capsys: pytest.CaptureFixture[str],
    around: dict[str, Facts],
) -> Doctor:
    """Run it with a Pulumi that knows these settings besides the least."""
    assert around

    def run(*arguments: str, **settings: str) -> tuple[int, str, str]:
        given = {"host": "mysql.example.com", "context": "tests", **settings}
        config = {f"external-mysql:{name}": {"value": value} for name, value in given.items()}
        config["external-mysql:cidrs"] = {"value": "[]", "objectValue": []}  # type: ignore[dict-item]
        pulumi = tmp_path / "pulumi"
        asked = tmp_path / "asked"
        pulumi.write_text(
            f"#!/bin/sh\necho \"$@\" > {asked}\ncat <<'END'\n{json.dumps(config)}\nEND\n"
        )
        pulumi.chmod(0o755)
        machine.setenv("PATH", str(tmp_path), prepend=":")
        code = main(arguments)
        captured = capsys.readouterr()
        return code, captured.out, captured.err

    return run


def test_where_all_is_as_it_should_be_it_ends_with_0(doctor: Doctor) -> None:
    code, out, err = doctor()
    assert (code, err) == (0, "")
    assert "warning" not in out
    assert out.splitlines()[-1].startswith(f"{len(RULES) + 1} ok; ")


def test_each_rule_has_its_row(doctor: Doctor) -> None:
    _, out, _ = doctor()
    rows = [line[10:30].strip() for line in out.splitlines()[:-1] if line.startswith("ok")]
    assert rows == ["settings", *map(name_of, RULES)]


def test_a_failure_ends_with_1_and_says_what_to_do(
    doctor: Doctor, around: dict[str, Facts]
) -> None:
    around["facts"] = facts(server=server(variables={"read_only": "ON"}))
    code, out, _ = doctor()
    assert code == 1
    (row,) = [line for line in out.splitlines() if line.startswith("failure")]
    assert row.startswith("failure   read only            mysql:endpoint: the MySQL server at")
    assert "-> give the endpoint of the primary" in out


def test_a_warning_ends_with_0(doctor: Doctor, around: dict[str, Facts]) -> None:
    around["facts"] = facts(server=server(connected=149))
    code, out, _ = doctor()
    assert code == 0
    assert "1 warning" in out.splitlines()[-1]


def test_what_was_not_seen_for_one_reason_is_one_row(
    doctor: Doctor, around: dict[str, Facts]
) -> None:
    around["facts"] = facts(cluster=cluster(config_maps=[]))
    code, out, _ = doctor()
    assert code == 0
    (row,) = [line for line in out.splitlines() if line.startswith("not seen")]
    assert row[10:].strip().startswith("ambient, outbound policy, injection")


def test_json_has_all_that_the_table_has(doctor: Doctor, around: dict[str, Facts]) -> None:
    around["facts"] = facts(server=Unseen("no MySQL server answers", "check mysql:endpoint"))
    code, out, _ = doctor("--json")
    findings = json.loads(out)["findings"]
    assert code == 1
    assert {
        "rule": "database",
        "severity": "failure",
        "says": "no MySQL server answers",
        "todo": "check mysql:endpoint",
    } in findings
    assert {finding["rule"] for finding in findings} == {"settings", *map(name_of, RULES)}


@pytest.mark.parametrize(
    ("wrong", "says"),
    [
        ({"port": "65536"}, "external-mysql:port: '65536' is wrong"),
        ({"context": "staging"}, "external-mysql:context: 'staging' is no context of"),
        ({"database": "books"}, "external-mysql:database: 'books' cannot work with the image"),
    ],
)
def test_a_wrong_setting_is_all_that_is_said(
    doctor: Doctor, wrong: dict[str, str], says: str
) -> None:
    code, out, _ = doctor("--json", **wrong)
    (finding,) = json.loads(out)["findings"]
    assert code == 1
    assert finding["rule"] == "settings"
    assert finding["says"].startswith(says)


def test_an_admin_that_is_not_set_is_said(doctor: Doctor, machine: pytest.MonkeyPatch) -> None:
    machine.delenv("MYSQL_USERNAME")
    code, out, _ = doctor()
    assert code == 1
    assert out.startswith("failure   settings             mysql:username: it is not set")


def test_the_stack_is_the_one_that_is_named(doctor: Doctor, tmp_path: Path) -> None:
    doctor("--stack", "prod")
    assert (tmp_path / "asked").read_text().strip().endswith("--stack prod")


def test_what_pulumi_refuses_is_said_in_one_line(
    machine: pytest.MonkeyPatch, tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi = tmp_path / "pulumi"
    pulumi.write_text("#!/bin/sh\necho 'error: no stack named prod found' >&2\nexit 255\n")
    pulumi.chmod(0o755)
    machine.setenv("PATH", str(tmp_path), prepend=":")
    assert main([]) == 1
    assert capsys.readouterr().err == "error: no stack named prod found\n"


def test_without_pulumi_it_is_said(
    machine: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    machine.setenv("PATH", "")
    assert main([]) == 1
    assert capsys.readouterr().err == "error: there is no pulumi on PATH; install it\n"
