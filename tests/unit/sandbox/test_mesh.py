"""Istio is installed where it is wanted, and waited for wherever it is."""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any

import pytest

from sandbox import mesh
from sandbox.cluster import Cluster
from sandbox.layout import Paths
from sandbox.mesh import Mesh

NAMESPACE = "/api/v1/namespaces/istio-system"
ISTIOD = f"{NAMESPACE}/services/istiod"
PROFILE = "samples/bookinfo/demo-profile-no-gateways.yaml"


@pytest.fixture
def there(monkeypatch: pytest.MonkeyPatch) -> dict[str, Any]:
    """What the API server holds: path -> object."""
    objects: dict[str, Any] = {}

    def get(_: Cluster, path: str) -> tuple[int, str]:
        found = objects.get(path)
        return (404, "{}") if found is None else (200, json.dumps(found))

    monkeypatch.setattr(Cluster, "get", get)
    monkeypatch.setattr(mesh, "unanswered", lambda *_: None)
    return objects


@pytest.fixture
def ran(monkeypatch: pytest.MonkeyPatch, there: dict[str, Any]) -> list[str]:
    """What was run: the first words of kubectl and istioctl."""
    words: list[str] = []

    def kubectl(_: Cluster, *arguments: str) -> None:
        words.append(f"kubectl {arguments[0]}")
        name, value = arguments[-1].split("=")
        there[NAMESPACE] = {"metadata": {"annotations": {name: value}}}
        there[ISTIOD] = {"spec": {"clusterIP": "10.96.53.9"}}

    monkeypatch.setattr(Cluster, "kubectl", kubectl)
    monkeypatch.setattr(
        Mesh, "_istioctl", lambda *arguments: words.append(f"istioctl {arguments[1]}")
    )
    return words


@pytest.fixture
def files(tmp_path: Path) -> Path:
    """Istio's module."""
    profile = tmp_path / "istio" / PROFILE
    profile.parent.mkdir(parents=True)
    profile.write_text("profile: demo")
    return tmp_path / "istio"


def istio(files: Path, *, wanted: bool) -> Mesh:
    return Mesh(Cluster(Paths(files.parent), {}), {"istio": files}, wanted=wanted)


def missing(of: Mesh) -> str | None:
    (part,) = of.parts()
    return part.missing()


def begin(of: Mesh) -> None:
    (part,) = of.parts()
    part.begin()


def test_a_sandbox_without_istio_lacks_nothing_where_it_is_not_wanted(
    there: dict[str, Any], files: Path
) -> None:
    assert there == {}
    assert missing(istio(files, wanted=False)) is None
    assert missing(istio(files, wanted=True)) == "istiod is not installed"


def test_wanted_it_is_installed_once(there: dict[str, Any], ran: list[str], files: Path) -> None:
    begin(istio(files, wanted=True))
    assert ran == ["istioctl install", "kubectl annotate"]
    assert missing(istio(files, wanted=True)) is None
    begin(istio(files, wanted=True))
    assert len(ran) == len(["istioctl install", "kubectl annotate"])
    assert there


def test_other_settings_are_installed_over_those_that_are_there(
    ran: list[str], files: Path
) -> None:
    begin(istio(files, wanted=True))
    (files / PROFILE).write_text("profile: default")
    assert missing(istio(files, wanted=True)) == "other settings are installed"
    assert missing(istio(files, wanted=False)) is None
    assert ran


def test_it_is_waited_for_also_where_it_is_not_wanted(
    monkeypatch: pytest.MonkeyPatch, there: dict[str, Any], files: Path
) -> None:
    there[ISTIOD] = {"spec": {"clusterIP": "10.96.53.9"}}
    monkeypatch.setattr(mesh, "unanswered", lambda host, *_: f"no answer of {host}")
    assert missing(istio(files, wanted=False)) == "no answer of 10.96.53.9"


def test_it_is_not_installed_where_it_is_only_waited_for(ran: list[str], files: Path) -> None:
    begin(istio(files, wanted=False))
    assert ran == []
