"""The engine and its plugins are put where the engine finds them without a warning."""

from __future__ import annotations

import sys
import urllib.request
from importlib.metadata import version
from pathlib import Path
from threading import Event
from urllib.error import URLError

import pytest

from sandbox.plugins import installation

PLUGINS = {"mysql": "3.3.3", "random": "4.21.4"}
DOWNLOADS_ALL = """\
#!/bin/sh
folder="$PULUMI_HOME/plugins/resource-$4-$5"
mkdir -p "$folder"
echo published >"$folder/pulumi-resource-$4"
"""
IS_KILLED_ON_THE_WAY = f'{DOWNLOADS_ALL}touch "$folder.partial"\nkill -KILL $$\n'
OVERSLEEPS = "#!/bin/sh\nexec sleep 60\n"


@pytest.fixture
def engine(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An engine that was built here, and cannot download anything."""
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(tmp_path))
    monkeypatch.setattr(installation, "downloadable", lambda _: False)
    return an_engine(tmp_path / "engine", "#!/bin/sh\nexit 1\n")


def an_engine(folder: Path, text: str) -> Path:
    folder.mkdir()
    program = folder / "pulumi"
    program.write_text(text)
    program.chmod(0o755)
    return program


def install(folder: Path, engine: Path) -> None:
    installation.install(folder / "home", folder / "bin", engine, folder / "kubernetes")


def plugin(folder: Path, name: str) -> Path:
    return folder / f"home/plugins/resource-{name}-v{PLUGINS[name]}/pulumi-resource-{name}"


def test_a_built_engine_gets_its_own_plugins_beside_it(tmp_path: Path, engine: Path) -> None:
    install(tmp_path, engine)
    assert (tmp_path / "bin/pulumi").samefile(engine)
    assert not (tmp_path / "bin/pulumi").is_symlink()
    for name in ("pulumi-language-python", "pulumi-resource-pulumi-python"):
        program = tmp_path / "bin" / name
        assert str(engine.with_name(name)) in program.read_text()
        assert program.stat().st_mode & 0o111


def test_a_published_engine_keeps_its_own(
    tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, engine)
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(tmp_path / "cache"))
    install(tmp_path, engine)
    assert (tmp_path / "bin/pulumi").readlink() == engine
    assert not (tmp_path / "bin/pulumi-language-python").exists()


def test_plugins_lie_where_their_installation_would_put_them(tmp_path: Path, engine: Path) -> None:
    install(tmp_path, engine)
    at = tmp_path / "home/plugins/resource-kubernetes-v4.25.0/pulumi-resource-kubernetes"
    assert at.readlink() == tmp_path / "kubernetes"
    for name in PLUGINS:
        assert installation.is_stand_in(plugin(tmp_path, name))


def test_versions_are_those_of_the_sdks() -> None:
    assert version("pulumi-kubernetes") == installation.KUBERNETES
    for name, stood_in_for in installation.STAND_INS.items():
        assert version(f"pulumi-{name}") == stood_in_for


def test_a_second_installation_changes_nothing(tmp_path: Path, engine: Path) -> None:
    def everything() -> dict[str, tuple[int, int]]:
        return {
            str(path): (path.lstat().st_ino, path.lstat().st_mtime_ns)
            for path in tmp_path.rglob("*")
        }

    install(tmp_path, engine)
    before = everything()
    install(tmp_path, engine)
    assert everything() == before


def test_paths_with_spaces_are_quoted(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(sys, "executable", "/my clone/.venv/bin/python")
    assert "exec '/my clone/.venv/bin/python'" in installation.launcher("a.b")
    assert "'/my clone/pulumi'" in installation.guarded(Path("/my clone/pulumi"))


# --- published plugins


def test_a_published_plugin_is_left_alone(tmp_path: Path, engine: Path) -> None:
    published = plugin(tmp_path, "mysql")
    published.parent.mkdir(parents=True)
    published.write_bytes(b"\x7fELF" + bytes(200))
    install(tmp_path, engine)
    assert published.read_bytes().startswith(b"\x7fELF")


def test_a_published_plugin_takes_the_place_of_its_stand_in_once_it_can_be_had(
    tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    install(tmp_path, engine)
    monkeypatch.setattr(installation, "downloadable", lambda _: True)
    install(tmp_path, an_engine(tmp_path / "other", DOWNLOADS_ALL))
    assert [plugin(tmp_path, name).read_text() for name in PLUGINS] == ["published\n"] * 2
    assert [path.name for path in (tmp_path / "home").iterdir()] == ["plugins"]


@pytest.mark.parametrize("text", ["#!/bin/sh\nexit 1\n", IS_KILLED_ON_THE_WAY, OVERSLEEPS])
def test_a_download_that_fails_leaves_the_stand_in(
    tmp_path: Path, engine: Path, monkeypatch: pytest.MonkeyPatch, text: str
) -> None:
    monkeypatch.setattr(installation, "downloadable", lambda _: True)
    monkeypatch.setattr(installation, "DOWNLOADED_IN", 0.2)
    install(tmp_path, an_engine(tmp_path / "other", text))
    assert all(installation.is_stand_in(plugin(tmp_path, name)) for name in PLUGINS)
    assert not list(tmp_path.rglob("*.partial"))


def test_what_a_killed_download_of_the_engine_s_own_has_left_is_cleared_away(
    tmp_path: Path, engine: Path
) -> None:
    half = plugin(tmp_path, "mysql")
    half.parent.mkdir(parents=True)
    half.write_bytes(b"\x7fELF")
    unfinished = half.parent.with_name("resource-mysql-v3.3.3.partial")
    unfinished.touch()
    install(tmp_path, engine)
    assert installation.is_stand_in(half)
    assert not unfinished.exists()


class Silent:
    """The downloads, or the machine's nameserver, where nothing is ever answered."""

    def __init__(self, *_: object, **__: object) -> None:
        Event().wait()


def refuse(*_: object, **__: object) -> None:
    raise URLError("no such host")


@pytest.mark.parametrize("answer", [refuse, Silent])
def test_downloads_that_are_out_of_reach_are_not_waited_for(
    monkeypatch: pytest.MonkeyPatch, answer: object
) -> None:
    monkeypatch.setattr(installation, "REACHED_IN", 0.1)
    monkeypatch.setattr(installation, "urlopen", answer)
    assert not installation.downloadable("mysql")


def test_the_file_that_would_be_downloaded_is_asked_for(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[urllib.request.Request] = []

    class Answer:
        def close(self) -> None: ...

    def answer(request: urllib.request.Request, timeout: float) -> Answer:
        asked.append(request)
        return Answer()

    monkeypatch.setattr(installation, "urlopen", answer)
    monkeypatch.setattr("platform.machine", lambda: "x86_64")
    assert installation.downloadable("mysql")
    assert asked[0].full_url == (
        "https://get.pulumi.com/releases/plugins/pulumi-resource-mysql-v3.3.3-linux-amd64.tar.gz"
    )


def test_pins_of_plugins_are_one_with_the_requirements() -> None:
    requirements = (Path(installation.__file__).parents[2] / "requirements.txt").read_text()
    for name, pinned in {"kubernetes": installation.KUBERNETES, **installation.STAND_INS}.items():
        assert f"pulumi-{name}=={pinned}" in requirements
