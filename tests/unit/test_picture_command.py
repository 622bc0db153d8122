"""`python -m picture`: where it takes the state from, where it puts the picture, what it says."""

from __future__ import annotations

import io
import json
import sys
from pathlib import Path

import pytest

from picture.__main__ import main
from tests.unit.picture_states import drawn, exported


@pytest.fixture
def state(tmp_path: Path) -> Path:
    """A file that `pulumi stack export` wrote."""
    file = tmp_path / "state.json"
    file.write_text(json.dumps(exported()))
    return file


def pulumi(folder: Path, script: str, monkeypatch: pytest.MonkeyPatch) -> None:
    """Put a `pulumi` on PATH that does as told, and nothing else."""
    program = folder / "pulumi"
    program.write_text(f"#!/bin/sh\n{script}\n")
    program.chmod(0o755)
    monkeypatch.setenv("PATH", f"{folder}:/usr/bin:/bin")


def test_it_draws_a_state_in_a_file_to_standard_output(
    state: Path, capsysbinary: pytest.CaptureFixture[bytes]
) -> None:
    assert main(["--state", str(state)]) == 0
    assert capsysbinary.readouterr().out.decode() == drawn()


def test_it_draws_a_state_from_standard_input(
    state: Path, capsysbinary: pytest.CaptureFixture[bytes], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(sys, "stdin", io.TextIOWrapper(io.BytesIO(state.read_bytes())))
    assert main(["--state", "-"]) == 0
    assert capsysbinary.readouterr().out.decode() == drawn()


def test_it_writes_into_a_file(state: Path, tmp_path: Path) -> None:
    picture = tmp_path / "wiring.svg"
    assert main(["--state", str(state), "--output", str(picture)]) == 0
    assert picture.read_text(encoding="utf-8") == drawn()


def test_it_asks_pulumi_for_the_stack_and_never_for_its_secrets(
    state: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    pulumi(tmp_path, f'echo "$@" >{tmp_path}/asked; cat {state}', monkeypatch)
    picture = tmp_path / "wiring.svg"
    assert main(["--stack", "prod", "--output", str(picture)]) == 0
    asked = (tmp_path / "asked").read_text().strip()
    assert asked == "stack export --non-interactive --stack prod"
    assert picture.read_text(encoding="utf-8") == drawn()


def test_what_pulumi_says_is_said_in_one_line_and_the_old_picture_stays(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    pulumi(tmp_path, "echo 'error: no stack named prod found' >&2; exit 6", monkeypatch)
    picture = tmp_path / "wiring.svg"
    picture.write_text("old")
    assert main(["--stack", "prod", "--output", str(picture)]) == 1
    assert capsys.readouterr().err == "error: no stack named prod found\n"
    assert picture.read_text() == "old"


def test_without_pulumi_it_says_what_to_do(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    monkeypatch.setenv("PATH", str(tmp_path))
    assert main([]) == 1
    said = "error: there is no pulumi on PATH; install it, or give a state with --state\n"
    assert capsys.readouterr().err == said


def test_a_file_that_is_not_there_is_named(
    tmp_path: Path, capsys: pytest.CaptureFixture[str]
) -> None:
    missing = tmp_path / "missing.json"
    assert main(["--state", str(missing)]) == 1
    assert capsys.readouterr().err == f"error: {missing}: No such file or directory\n"
