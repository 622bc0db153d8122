"""The language host answers and runs as the published one does."""

from __future__ import annotations

import sys
from pathlib import Path
from typing import Any

import pytest
from pulumi.runtime.proto import language_pb2

from sandbox.plugins.language_host import packages
from sandbox.plugins.language_host.environment import Environment, UnusableEnvironmentError
from sandbox.plugins.language_host.server import plugin_needed, program_arguments, verdict


def test_a_package_with_a_resource_plugin_needs_it() -> None:
    package = {
        "name": "pulumi-mysql",
        "version": "3.3.3",
        "plugin": {"resource": True, "name": "mysql", "version": "3.3.3"},
    }
    needed = plugin_needed(package)
    assert needed is not None
    assert (needed.name, needed.kind, needed.version) == ("mysql", "resource", "v3.3.3")


@pytest.mark.parametrize("plugin", [None, {"resource": False}])
def test_a_package_without_one_needs_none(plugin: dict[str, Any] | None) -> None:
    package = {"name": "pulumi-policy", "version": "1.0.0", "plugin": plugin}
    assert plugin_needed(package) is None


def test_the_environment_s_own_packages_are_found() -> None:
    found = {package["name"]: package for package in packages.installed()}
    assert found["pulumi-mysql"]["plugin"]["name"] == "mysql"
    assert found["pulumi-mysql"]["required"] is False
    assert found["protobuf"]["required"] is True
    assert found["pytest"]["plugin"] is None


def test_a_program_is_told_all_that_the_engine_says() -> None:
    request = language_pb2.RunRequest(
        project="p",
        stack="dev",
        pwd="/p",
        dryRun=True,
        parallel=4,
        monitor_address="127.0.0.1:1",
        organization="o",
        info=language_pb2.ProgramInfo(root_directory="/p", entry_point="."),
    )
    told = program_arguments("127.0.0.1:2", request)
    assert told == [
        *("--monitor", "127.0.0.1:1", "--engine", "127.0.0.1:2", "--project", "p"),
        *("--root_directory", "/p", "--stack", "dev", "--organization", "o", "--pwd", "/p"),
        *("--dry_run", "true", "--parallel", "4", "."),
    ]


@pytest.mark.parametrize(
    ("code", "error", "told_already"),
    [
        (0, "", False),
        (32, "", True),
        (1, "program exited with non-zero exit code: 1", False),
    ],
)
def test_exit_codes_mean_what_they_mean_to_the_published_host(
    code: int,
    error: str,
    told_already: bool,  # noqa: FBT001 - a case of the table
) -> None:
    response = verdict(code)
    assert (response.error, response.bail) == (error, told_already)


def test_a_project_without_a_virtual_environment_runs_on_path_s_python(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    (tmp_path / "python3").symlink_to(sys.executable)
    monkeypatch.setenv("PATH", str(tmp_path))
    monkeypatch.delenv("PULUMI_PYTHON_CMD", raising=False)
    assert Environment.of("/p", {}).python == str(tmp_path / "python3")


def test_a_virtual_environment_is_activated(tmp_path: Path) -> None:
    (tmp_path / "venv" / "bin").mkdir(parents=True)
    (tmp_path / "venv" / "bin" / "python").symlink_to(sys.executable)
    environment = Environment.of(str(tmp_path), {"virtualenv": "venv"})
    assert environment.python == str(tmp_path / "venv/bin/python")
    assert environment.variables["PATH"].startswith(f"{tmp_path}/venv/bin:")
    assert environment.variables["VIRTUAL_ENV"] == f"{tmp_path}/venv"


def test_a_missing_virtual_environment_is_named(tmp_path: Path) -> None:
    environment = Environment.of(str(tmp_path), {"virtualenv": "venv"})
    with pytest.raises(UnusableEnvironmentError, match=r"venv is not there: run `pulumi inst"):
        _ = environment.python


def test_other_toolchains_are_refused() -> None:
    with pytest.raises(UnusableEnvironmentError, match="knows only 'pip'"):
        Environment.of("/p", {"toolchain": "uv"})
