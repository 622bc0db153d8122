"""Debian trees are made once, from the machine's own mirror."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import pytest

from sandbox import debian, mysql_tree
from sandbox.errors import SandboxError


def apt_says(monkeypatch: pytest.MonkeyPatch, folder: Path, script: str) -> None:
    """Has ``apt-get`` and ``apt-config`` answer as a script says."""
    for program in ("apt-get", "apt-config"):
        (folder / program).write_text(f"#!/bin/sh\n{script}\n")
        (folder / program).chmod(0o755)
    monkeypatch.setenv("PATH", str(folder))


def test_another_recipe_is_another_tree() -> None:
    tree = debian.Tree("x", ("runc",))
    others = [
        replace(tree, packages=("crun",)),
        replace(tree, suite="sid"),
        replace(tree, variant="extract"),
    ]
    assert len({each.entry.folder for each in [tree, *others]}) == len([tree, *others])


def test_packages_come_from_the_machine_s_own_mirror(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt_says(
        monkeypatch, tmp_path, "echo http://one.example/debian; echo http://two.example/debian"
    )
    assert debian.mirror() == "http://one.example/debian"


def test_a_machine_without_a_mirror_is_told_where_to_name_one(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt_says(monkeypatch, tmp_path, "exit 100")
    with pytest.raises(SandboxError, match="apt has no Debian mirror") as refusal:
        debian.mirror()
    assert "sources.list.d" in refusal.value.hints[0]


def test_a_proxy_that_only_apt_knows_is_passed_on(
    monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    apt_says(monkeypatch, tmp_path, "echo \"http_proxy='http://cache.example:3142'\"")
    monkeypatch.delenv("http_proxy", raising=False)
    assert debian.variables()["http_proxy"] == "http://cache.example:3142"
    monkeypatch.setenv("http_proxy", "http://own.example")
    assert debian.variables()["http_proxy"] == "http://own.example"


def test_a_command_in_a_tree_ends_with_the_process_that_started_it() -> None:
    command = debian.inside(Path("/tree"), ["true"], {"/there": Path("/here")})
    assert {"--mount", "--pid", "--kill-child"} <= set(command)
    assert command[-5:] == [Path("/tree"), Path("/here"), "/there", "--", "true"]


@pytest.mark.parametrize(
    ("version", "said"),
    [
        (f"/usr/sbin/mysqld  Ver {mysql_tree.TRIED} for Linux on x86_64 (Debian)", None),
        ("/usr/sbin/mysqld  Ver 10.0.1-1 for Linux on x86_64", "MySQL is 10.0.1-1 now"),
        ("", "MySQL is of an unknown version now"),
    ],
)
def test_another_mysql_than_the_one_that_was_tried_is_told(version: str, said: str | None) -> None:
    told = mysql_tree.moved(version)
    assert told is None if said is None else told and told.startswith(said)
