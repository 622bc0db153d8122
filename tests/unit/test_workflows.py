"""The workflows run what is here, and are told what README.md says."""

from __future__ import annotations

import re
import shlex
from pathlib import Path
from typing import Any

import pytest
import yaml

from pull_request.__main__ import parser

REPOSITORY = Path(__file__).resolve().parents[2]
STACK = (REPOSITORY / ".github" / "workflows" / "stack.yml").read_text()
README = (REPOSITORY / "README.md").read_text()
JOBS: dict[str, Any] = yaml.safe_load(STACK)["jobs"]
COMMANDS = [
    line.strip()
    for job in JOBS.values()
    for step in job["steps"]
    for line in str(step.get("run", "")).splitlines()
]


def test_readme_names_each_variable_and_each_secret_with_its_kind() -> None:
    used = {
        (name, {"vars": "variable", "secrets": "secret"}[kind])
        for kind, name in re.findall(r"\b(vars|secrets)\.(\w+)", STACK)
    }
    table = re.findall(r"^\| (`[^|]+`) \| (variable|secret) \|", README, re.MULTILINE)
    told = {(name, kind) for names, kind in table for name in re.findall(r"`(\w+)`", names)}
    assert told == used


def test_what_the_program_is_told_stands_in_one_place() -> None:
    environments = [job["env"] for job in JOBS.values() if "env" in job]
    assert len(environments) == len(JOBS) - 1
    assert all(environment == environments[0] for environment in environments)
    for secret in re.findall(r"secrets\.\w+", STACK):
        assert STACK.count(secret) == 1, secret


def test_a_fork_gets_the_checks_alone_and_they_get_no_secret() -> None:
    (open_to_all,) = [name for name, job in JOBS.items() if "if" not in job]
    assert open_to_all == "checks"
    assert "env" not in JOBS["checks"]
    assert JOBS["checks"]["permissions"] == {"contents": "read"}
    assert "head.repo.full_name == github.repository" in JOBS["preview"]["if"]


@pytest.mark.parametrize("job", ["up", "destroy"])
def test_what_changes_the_stack_runs_on_main_behind_an_environment(job: str) -> None:
    assert JOBS[job]["environment"] == "production"
    assert "github.ref == 'refs/heads/main'" in JOBS[job]["if"]


def test_each_command_of_ours_exists() -> None:
    makefile = (REPOSITORY / "Makefile").read_text()
    ours = [shlex.split(line) for line in COMMANDS if re.match(r"make |python -m pull_req", line)]
    assert len(ours) == 5
    for command in ours:
        if command[0] == "make":
            assert re.search(rf"^{command[1]}:.*## ", makefile, re.MULTILINE), command
        else:
            assert parser().parse_args(command[3:]).command == command[3]


def test_the_engine_is_the_one_that_everything_here_was_tried_with() -> None:
    pinned = (REPOSITORY / "sandbox" / "toolchain" / "pulumi" / "go.mod").read_text()
    (version,) = re.findall(r"github\.com/pulumi/pulumi/pkg/v3 v([\d.]+)", pinned)
    assert yaml.safe_load(STACK)["env"]["PULUMI_VERSION"] == version
