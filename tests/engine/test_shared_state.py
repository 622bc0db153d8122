"""Several people, one state: two runs at once, a run that was killed, a bucket that is away."""

from __future__ import annotations

import json
import socket
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import layout
from sandbox.stack import PROGRAM, Stack, in_sandbox
from tests.engine.blocked import Program
from tests.engine.bucket import Bucket, bucket
from tests.engine.parts import Database
from tests.engine.running import running

PATIENCE = 30
"""Seconds until an attempt to reach the bucket counts as one that does not come."""


@pytest.fixture(scope="module")
def s3(tmp_path_factory: pytest.TempPathFactory) -> Iterator[Bucket]:
    with bucket(tmp_path_factory.mktemp("s3")) as made:
        yield made


@pytest.fixture(scope="module")
def shell() -> dict[str, str]:
    """The sandbox's shell, where this repository's modules are found from any folder."""
    own = {"PULUMI_CONFIG_PASSPHRASE": "shared state tests", "PYTHONPATH": str(layout.CHECKOUT)}
    return {**in_sandbox(), **own}


@pytest.fixture(params=["file", "s3"])
def program(request: pytest.FixtureRequest, tmp_path: Path, shell: dict[str, str]) -> Program:
    """A program that goes on until the test says so, with its state in a folder or a bucket."""
    if request.param == "file":
        at = {"PULUMI_BACKEND_URL": f"file://{tmp_path}"}
    else:
        at = request.getfixturevalue("s3").environment(tmp_path.name)
    project = tmp_path / request.param
    project.mkdir()
    return Program.make(project, {**shell, **at})


def unlock(program: Program, *options: str) -> subprocess.CompletedProcess[str]:
    return program.run(sys.executable, "-m", "recover", "unlock", "--stack", "test", *options)


# --- two at once


def test_of_two_runs_at_once_one_is_refused_in_a_line_and_the_other_goes_on(
    tmp_path: Path,
    environment: dict[str, str],
    settings: dict[str, Any],
    s3: Bucket,
    database: Database,
) -> None:
    at = s3.environment("program")
    stack = Stack.make(tmp_path, {**environment, **at}, settings, backend=at["PULUMI_BACKEND_URL"])
    with running(stack) as first:
        first.until("resourcePreEvent")
        second = stack.up(ok=False)
        assert first.process.poll() is None, "it was to go on for longer than the second"
        assert "the stack is currently locked by 1 lock(s)" in second.text
        assert f"(pid {first.process.pid})" in second.text
        assert "Traceback" not in second.text
        code, said = first.end()
        assert code == 0, said
    stack.preview("--expect-no-changes")
    assert database.rows() == {1: 5, 2: 4}
    stack.destroy()
    assert stack.resources() == []


# --- killed


def test_the_lock_of_a_run_goes_once_that_was_killed_and_not_before(program: Program) -> None:
    with program.blocked() as (engine, _):
        live = unlock(program)
        assert live.returncode == 1
        assert live.stderr.count("\n") == 1
        assert f"process {engine.pid}, since " in live.stderr
        assert "which still runs; wait for it" in live.stderr
        engine.kill()
        engine.wait()

    refused = program.up()
    said, _ = refused.communicate()
    assert refused.returncode != 0
    assert "currently locked by 1 lock(s)" in said

    other = "elsewhere.example.com"
    there = program.run(
        *("unshare", "--uts", "sh", "-c"),
        f"hostname {other} && exec {sys.executable} -m recover unlock --stack test",
    )
    assert there.returncode == 1
    owner = f"{engine.pid}@{socket.gethostname()}"
    assert "which is another machine: it cannot be seen from here" in there.stderr
    assert f"--even {owner}`" in there.stderr
    nobody = unlock(program, "--even", f"{engine.pid}@{other}")
    assert f"there is no such lock of test; of: {owner}" in nobody.stderr

    removed = unlock(program)
    assert removed.returncode == 0, removed.stderr
    assert removed.stdout.startswith("removed the lock of ")
    assert f"process {engine.pid}, since " in removed.stdout
    assert unlock(program).stdout == "the stack test is not locked\n"
    with program.blocked() as (engine, pipe):
        pipe.close()
        said, _ = engine.communicate()
        assert engine.returncode == 0, said


def test_a_state_that_cannot_be_read_for_a_kill_at_the_wrong_moment_is_read_again(
    tmp_path: Path, shell: dict[str, str]
) -> None:
    program = Program.make(tmp_path, {**shell, "PULUMI_BACKEND_URL": f"file://{tmp_path}"})
    export = ("pulumi", "stack", "export", "--stack", "test")
    attributes = ".pulumi/stacks/blocked/test.json.attrs"
    (tmp_path / attributes).write_bytes(b"")  # as the engine leaves it then
    assert "failed to load checkpoint: EOF" in program.run(*export).stderr
    mended = unlock(program).stdout.splitlines()
    assert (
        f"removed {attributes}, which was cut off as it was written; the state is whole" in mended
    )
    program.run(*export, check=True)
    assert unlock(program).stdout == "the stack test is not locked\n"


# --- away


@pytest.mark.parametrize("program", ["s3"], indirect=True)
def test_a_bucket_that_is_away_for_a_moment_is_waited_for(program: Program, s3: Bucket) -> None:
    with program.blocked() as (engine, pipe):
        with s3.gone() as away:
            away.settimeout(PATIENCE)
            pipe.close()
            attempt, _ = away.accept()  # the engine writes down what it has made
            attempt.close()
        said, _ = engine.communicate()
        assert engine.returncode == 0, said
    exported = json.loads(program.run("pulumi", "stack", "export", check=True).stdout)
    names = [each["urn"].rpartition("::")[2] for each in exported["deployment"]["resources"]]
    assert names[-1] == "block"
    assert unlock(program).stdout == "the stack test is not locked\n"


# --- where the state is


def test_a_login_and_the_variable_say_where_the_state_is_and_the_project_does_not(
    tmp_path: Path, shell: dict[str, str]
) -> None:
    for file in PROGRAM:
        (tmp_path / file).symlink_to(layout.CHECKOUT / file)
    folders = {name: f"file://{tmp_path / name}" for name in ("login", "variable")}
    for name in folders:
        (tmp_path / name).mkdir()
    environment = {**shell, "PULUMI_HOME": str(tmp_path / "home")}
    del environment["PULUMI_BACKEND_URL"]

    def pulumi(*command: str, **variables: str) -> subprocess.CompletedProcess[str]:
        return subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=tmp_path,
            env={**environment, **variables},
            capture_output=True,
            text=True,
            check=False,
        )

    def backend(**variables: str) -> str:
        return str(json.loads(pulumi("whoami", "--json", **variables).stdout)["url"])

    assert "PULUMI_ACCESS_TOKEN must be set" in pulumi("stack", "ls").stderr
    assert pulumi("login", folders["login"]).returncode == 0
    assert backend() == folders["login"]
    assert backend(PULUMI_BACKEND_URL=folders["variable"]) == folders["variable"]
    assert pulumi("stack", "init", "here").returncode == 0
    assert (tmp_path / "login/.pulumi/stacks/external-mysql/here.json").is_file()
