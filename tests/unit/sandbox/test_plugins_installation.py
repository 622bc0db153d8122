"""The engine and its plugins are put where the engine finds them without a warning."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox.plugins import installation
from sandbox.plugins.language_host import packages

pytestmark = pytest.mark.usefixtures("offline")


@pytest.fixture
def engine(tmp_path: Path) -> Path:
    folder = tmp_path / "engine"
    folder.mkdir()
    (folder / "pulumi").write_text("an engine")
    return folder / "pulumi"


@pytest.fixture
def offline(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(installation, "reachable", lambda: False)


def test_a_built_engine_gets_its_language_host_beside_it(tmp_path: Path, engine: Path) -> None:
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    assert not (tmp_path / "bin/pulumi").is_symlink()
    assert (tmp_path / "bin/pulumi").read_text() == "an engine"
    assert "language_host" in (tmp_path / "bin/pulumi-language-python").read_text()
    assert (tmp_path / "bin/pulumi-resource-pulumi-python").stat().st_mode & 0o111


def test_a_published_engine_keeps_its_own(tmp_path: Path, engine: Path) -> None:
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    (engine.parent / "pulumi-language-python").touch()
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    assert (tmp_path / "bin/pulumi").resolve() == engine
    assert not (tmp_path / "bin/pulumi-language-python").exists()


def test_plugins_lie_where_their_installation_would_put_them(tmp_path: Path, engine: Path) -> None:
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    plugins = tmp_path / "home" / "plugins"
    at = plugins / "resource-kubernetes-v4.25.0" / "pulumi-resource-kubernetes"
    assert at.readlink() == tmp_path / "kubernetes"
    for name in ("mysql-v3.3.3", "random-v4.21.4"):
        program = plugins / f"resource-{name}" / f"pulumi-resource-{name.split('-')[0]}"
        assert installation.is_stand_in(program)


def test_versions_are_those_of_the_sdks() -> None:
    found = {package["name"]: package["version"] for package in packages.installed()}
    assert found["pulumi-kubernetes"] == installation.KUBERNETES
    for name, version in installation.STAND_INS.items():
        assert found[f"pulumi-{name}"] == version


def test_a_published_plugin_is_left_alone(tmp_path: Path, engine: Path) -> None:
    published = tmp_path / "home/plugins/resource-mysql-v3.3.3/pulumi-resource-mysql"
    published.parent.mkdir(parents=True)
    published.write_bytes(b"\x7fELF" + bytes(200))
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    assert published.read_bytes().startswith(b"\x7fELF")


def test_a_second_installation_changes_nothing(tmp_path: Path, engine: Path) -> None:
    def everything() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns)
            for path in tmp_path.rglob("*")
        }

    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    before = everything()
    installation.install(tmp_path / "home", tmp_path / "bin", engine, tmp_path / "kubernetes")
    assert everything() == before


def test_paths_with_spaces_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/my clone/.venv/bin/python")
    assert "exec '/my clone/.venv/bin/python'" in installation.launcher("a.b")


def test_pins_of_plugins_are_one_with_the_requirements() -> None:
    requirements = (Path(installation.__file__).parents[2] / "requirements.txt").read_text()
    for name, version in {"kubernetes": installation.KUBERNETES, **installation.STAND_INS}.items():
        assert f"pulumi-{name}=={version}" in requirements
