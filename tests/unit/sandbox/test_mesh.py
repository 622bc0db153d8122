"""Istio is installed where it is wanted, and waited for wherever it is."""

from __future__ import annotations

from pathlib import Path

import pytest

from sandbox import mesh
from sandbox.cluster import Cluster
from sandbox.kubectl import Kubectl
from sandbox.layout import Paths
from sandbox.mesh import Mesh
from sandbox.node import Node

PROFILE = "samples/bookinfo/demo-profile-no-gateways.yaml"
ISTIOD, SETTINGS = "services", "namespaces"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, str]:
    """What the cluster holds: istiod's address, and the digest of the settings."""
    found: dict[str, str] = {}
    monkeypatch.setattr(mesh, "unanswered", lambda *_: None)

    def kubectl(_: Kubectl, *arguments: str) -> str:
        if arguments[0] == "get":
            return found.get(arguments[1], "")
        found[SETTINGS] = arguments[-1].split("=")[1]
        found[ISTIOD] = "10.96.53.9"
        return ""

    monkeypatch.setattr(Kubectl, "__call__", kubectl)
    return found


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, there: dict[str, str]) -> list[str]:
    """What istioctl was run for."""
    assert there == {}
    words: list[str] = []
    monkeypatch.setattr(Mesh, "_istioctl", lambda *arguments: words.append(arguments[1]))
    return words


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Istio's module."""
    profile = tmp_path / "istio" / PROFILE
    profile.parent.mkdir(parents=True)
    profile.write_text("profile: demo")
    return tmp_path / "istio"


def istio(files: Path, *, wanted: bool) -> Mesh:
    paths = Paths(files.parent)
    tools = {"istio": files, "kubectl": files / "kubectl"}
    return Mesh(Cluster(paths, tools, Node(paths, tools)), tools, wanted=wanted)


def missing(of: Mesh) -> str | None:
    (part,) = of.parts()
    return part.missing()


def begin(of: Mesh) -> None:
    (part,) = of.parts()
    part.begin()


@pytest.mark.usefixtures("there")
def test_a_sandbox_without_istio_lacks_nothing_where_it_is_not_wanted(files: Path) -> None:
    assert missing(istio(files, wanted=False)) is None
    assert missing(istio(files, wanted=True)) == "istiod is not installed"


def test_wanted_it_is_installed_once(ran: list[str], files: Path) -> None:
    begin(istio(files, wanted=True))
    assert missing(istio(files, wanted=True)) is None
    begin(istio(files, wanted=True))
    assert ran == ["install"]


def test_other_settings_are_installed_over_those_that_are_there(
    ran: list[str], files: Path
) -> None:
    begin(istio(files, wanted=True))
    (files / PROFILE).write_text("profile: default")
    assert missing(istio(files, wanted=True)) == "other settings are installed"
    assert missing(istio(files, wanted=False)) is None
    begin(istio(files, wanted=True))
    assert ran == ["install", "install"]


def test_it_is_waited_for_also_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, str], files: Path
) -> None:
    there[ISTIOD] = "10.96.53.9"
    monkeypatch.setattr(mesh, "unanswered", lambda host, *_: f"no answer of {host}")
    assert missing(istio(files, wanted=False)) == "no answer of 10.96.53.9"


def test_it_is_not_installed_where_it_is_only_waited_for(ran: list[str], files: Path) -> None:
    begin(istio(files, wanted=False))
    assert ran == []
