"""Which cluster is meant: the context has to be in a kubeconfig, or nothing is touched."""

from __future__ import annotations

import os
from pathlib import Path

import pytest

from checks.context import context_problem
from settings import PROJECT, Settings, load


def settings(context: str = "tests", kubeconfig: str = "") -> Settings:
    return load(
        {
            f"{PROJECT}:host": "mysql.example.com",
            f"{PROJECT}:context": context,
            f"{PROJECT}:kubeconfig": kubeconfig,
        }
    )


def kubeconfig(path: Path, *contexts: str) -> Path:
    path.write_text("\n".join(["contexts:", *[f"- {{name: {name}}}" for name in contexts]]))
    return path


@pytest.fixture(autouse=True)
def home(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Path:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.delenv("KUBECONFIG", raising=False)
    return tmp_path


def test_a_context_of_the_kubeconfig_is_fine(home: Path) -> None:
    (home / ".kube").mkdir()
    kubeconfig(home / ".kube" / "config", "staging", "tests")
    assert context_problem(settings()) is None


def test_a_context_of_any_file_of_kubeconfig_is_fine(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    files = [
        kubeconfig(home / "one", "staging"),
        home / "missing",
        kubeconfig(home / "two", "tests"),
    ]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(["", *map(str, files)]))
    assert context_problem(settings()) is None
    assert context_problem(settings("staging")) is None


def test_the_setting_comes_before_the_environment(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    monkeypatch.setenv("KUBECONFIG", str(kubeconfig(home / "environment", "staging")))
    kubeconfig(home / "setting", "tests")
    assert context_problem(settings("tests", "~/setting")) is None
    assert context_problem(settings("staging", "~/setting")) is not None


def test_an_unknown_context_is_said_with_those_that_are_known(
    monkeypatch: pytest.MonkeyPatch, home: Path
) -> None:
    files = [kubeconfig(home / "one", "staging"), kubeconfig(home / "two", "prod-eu", "prod-us")]
    monkeypatch.setenv("KUBECONFIG", os.pathsep.join(map(str, files)))
    assert context_problem(settings("Staging")) == (
        f"external-mysql:context: 'Staging' is no context of {home}/one, {home}/two; "
        "there are: staging, prod-eu, prod-us"
    )


@pytest.mark.parametrize("content", ["", "contexts:", "contexts: []", "apiVersion: v1"])
def test_a_kubeconfig_without_contexts_is_said(home: Path, content: str) -> None:
    (home / "kubeconfig").write_text(content)
    problem = context_problem(settings(kubeconfig="~/kubeconfig"))
    assert problem is not None
    assert problem.endswith("there are: none")


@pytest.mark.parametrize("setting", ["", "~/nowhere", "/nowhere"])
def test_without_a_kubeconfig_it_is_said_where_it_was_looked_for(setting: str) -> None:
    looked_at = Path(setting or "~/.kube/config").expanduser()
    assert context_problem(settings(kubeconfig=setting)) == (
        f"external-mysql:context: 'tests' is unknown, for there is no kubeconfig at {looked_at}; "
        "set KUBECONFIG or external-mysql:kubeconfig"
    )


@pytest.mark.parametrize(
    "content",
    [
        b"contexts: [",
        b"\xff\xfe",
        b"[]",
        b"- contexts",
        b"text",
        b"contexts: 5",
        b"contexts: [tests]",
        b"contexts: [{context: {}}]",
    ],
)
def test_a_file_that_is_no_kubeconfig_is_said_in_one_line(home: Path, content: bytes) -> None:
    (home / "kubeconfig").write_bytes(content)
    problem = context_problem(settings(kubeconfig="~/kubeconfig"))
    assert problem is not None
    assert problem.startswith("external-mysql:")
    assert str(home / "kubeconfig") in problem
    assert "\n" not in problem
