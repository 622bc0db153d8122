"""What `make env` prints puts a shell into the sandbox and tells no secret."""

from __future__ import annotations

import subprocess
from pathlib import Path

import pytest

from sandbox import environment
from sandbox.layout import DATABASE, Paths

PASSWORD = "pass$(word)'s"  # noqa: S105


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    root = tmp_path / "with space and 'quote'"
    root.mkdir()
    paths = Paths(root)
    paths.admin_password(DATABASE).write_text(f"{PASSWORD}\n")
    return paths


def evaluated(text: str, name: str) -> str:
    return subprocess.run(
        ["bash", "-euc", f'{text}\nprintf %s "${name}"'],
        env={"PATH": "/usr/bin:/bin"},
        capture_output=True,
        text=True,
        check=True,
    ).stdout


def test_every_line_is_an_export(paths: Paths) -> None:
    assert {line.split()[0] for line in environment.exports(paths).splitlines()} == {"export"}


def test_the_password_is_told_by_its_file_only(paths: Paths) -> None:
    text = environment.exports(paths)
    assert PASSWORD not in text
    assert evaluated(text, "MYSQL_PASSWORD") == PASSWORD


def test_the_sandboxs_programs_come_first(paths: Paths) -> None:
    path = evaluated(environment.exports(paths), "PATH").split(":")
    assert path[0] == str(paths.bin)
    assert path[-1] == "/bin"


def test_paths_with_spaces_and_quotes_survive(paths: Paths) -> None:
    assert evaluated(environment.exports(paths), "KUBECONFIG") == str(paths.kubeconfig)
