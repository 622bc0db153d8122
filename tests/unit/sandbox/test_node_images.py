"""What a pod is given for the name of an image."""

from __future__ import annotations

import sys
from pathlib import Path

import pytest

from sandbox import layout
from sandbox.node import images
from sandbox.node.errors import ImageError
from sandbox.node.images import KNOWN, PATH, Image, Images, Recipe, bookinfo
from sandbox.toolchain import catalog
from sandbox.toolchain.tool import Tool

IMAGE = Image(("run",), 0, "/", {})
BOOKINFO = "registry.istio.io/release/examples-bookinfo-{}:1.20.3"
READY = {name: Path("/usr/bin", name) for name in catalog.TOOLS}


class Slow:
    """A tool that is built after the node agent has started."""

    name = "slow"
    needs = ()

    def __init__(self) -> None:
        self.built = False

    def at_hand(self) -> Path | None:
        return Path("/cache/slow") if self.built else None

    def make(self, ready: object, position: str) -> Path:  # noqa: ARG002 - never called
        raise AssertionError("the node agent builds nothing")


@pytest.fixture
def slow(monkeypatch: pytest.MonkeyPatch) -> Slow:
    tool = Slow()
    tools: dict[str, Tool] = {"slow": tool}
    monkeypatch.setattr(catalog, "TOOLS", tools)
    return tool


def test_an_unknown_image_is_refused_with_the_names_of_the_known_ones() -> None:
    known = Images(dict.fromkeys(("a:1", "b:1"), Recipe((), lambda _: IMAGE)))
    with pytest.raises(ImageError, match=r'"nginx": .* only the images a:1, b:1$'):
        known.find("nginx")


def test_an_image_that_is_not_built_says_what_builds_it_and_is_found_once_it_is(slow: Slow) -> None:
    known = Images(
        {"a:1": Recipe(("slow",), lambda ready: Image((), 0, "/", {"/x": ready["slow"]}))}
    )
    with pytest.raises(ImageError, match=r'"a:1": .* built by `make mesh`, .* not built slow yet$'):
        known.find("a:1")
    slow.built = True
    assert known.find("a:1").files == {"/x": Path("/cache/slow")}


@pytest.mark.parametrize(
    ("command", "args", "runs"),
    [
        (None, None, ("entry", "a")),
        (None, ["b"], ("entry", "b")),
        (["c"], None, ("c",)),
        (["c"], ["b"], ("c", "b")),
    ],
)
def test_a_container_replaces_the_image_s_command_as_kubernetes_says(
    command: list[str] | None, args: list[str] | None, runs: tuple[str, ...]
) -> None:
    image = Image(("a",), 0, "/", {}, entrypoint=("entry",))
    assert image.run_with(command, args) == runs


def test_every_image_is_made_of_tools_that_there_are() -> None:
    for recipe in KNOWN.values():
        assert recipe.make(READY).run_with(None, None)


def test_what_the_mesh_builds_is_enough_for_every_image_of_it() -> None:
    of_the_machine = {"python"}
    for recipe in KNOWN.values():
        if recipe.target == "mesh":
            assert set(recipe.tools) <= {*catalog.MESH, *of_the_machine}


def test_images_of_istio_have_the_names_that_its_installer_gives_them() -> None:
    assert "registry.istio.io/release/pilot:1.31.0" in KNOWN
    assert "registry.istio.io/release/proxyv2:1.31.0" in KNOWN


def test_the_sidecar_has_its_programs_where_its_defaults_look_for_them() -> None:
    image = KNOWN["registry.istio.io/release/proxyv2:1.31.0"].make(READY)
    assert image.entrypoint == ("/usr/local/bin/pilot-agent",)
    assert image.files["/usr/local/bin"] == READY["proxyv2"]
    assert "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json" in image.files


def test_nothing_is_put_into_a_folder_of_the_machine() -> None:
    for recipe in KNOWN.values():
        for target in recipe.make(READY).files:
            assert target == "/usr/local/bin" or not target.startswith("/usr")


@pytest.mark.parametrize(
    ("image", "version", "ratings", "color"),
    [
        ("reviews-v1", "v1", "false", "black"),
        ("reviews-v2", "v2", "true", "black"),
        ("reviews-v3", "v3", "true", "red"),
    ],
)
def test_versions_of_reviews_differ_in_their_stars(
    image: str, version: str, ratings: str, color: str
) -> None:
    variables = KNOWN[BOOKINFO.format(image)].make(READY).environment
    assert variables["SERVICE_VERSION"] == version
    assert (variables["ENABLE_RATINGS"], variables["STAR_COLOR"]) == (ratings, color)


@pytest.mark.parametrize(
    ("name", "version"), [(BOOKINFO.format("ratings-v1"), "v1"), (layout.RATINGS_IMAGE, "v2")]
)
def test_the_ratings_image_is_configured_as_its_dockerfile_says(name: str, version: str) -> None:
    image = KNOWN[name].make(READY)
    assert image.command == ("node", "/opt/microservices/ratings.js", "9080")
    assert (image.user, image.environment["SERVICE_VERSION"]) == (1000, version)
    assert image.files == {"/opt/microservices": READY["ratings-mysql"]}


def test_the_page_runs_on_this_python_wherever_it_is() -> None:
    image = bookinfo.productpage(READY | {"python": Path(sys.base_prefix, "bin", "python3")})
    assert image.command[1:3] == ("-m", "gunicorn")
    assert image.environment["PYTHONPATH"] in image.files


def test_a_program_of_the_machine_needs_nothing_shown() -> None:
    assert bookinfo.shown(Path("/usr/bin/node")) == ({}, PATH)


def test_a_program_from_elsewhere_is_shown_where_it_is(tmp_path: Path) -> None:
    program = tmp_path / "wheel" / "bin" / "node"
    assert bookinfo.shown(program) == (
        {str(tmp_path / "wheel"): tmp_path / "wheel"},
        f"{tmp_path}/wheel/bin:{images.PATH}",
    )
