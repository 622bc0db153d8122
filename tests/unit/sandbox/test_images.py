"""Every image that the cluster runs is built here, once, from what is named for it."""

from __future__ import annotations

import re
from collections.abc import Iterator
from dataclasses import replace
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sandbox import images, layout, toolchain
from sandbox.errors import SandboxError
from sandbox.images import build, catalog
from sandbox.images.image import Image
from sandbox.toolchain.golang import parse_version


def with_bases(image: Image) -> Iterator[Image]:
    yield image
    for base in image.bases:
        yield from with_bases(base)


EVERY = {each.reference: each for image in catalog.KNOWN.values() for each in with_bases(image)}
OWN = [image for image in EVERY.values() if isinstance(image.containerfile, Path)]


@pytest.fixture
def tools(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> dict[str, Path]:
    """One tool, in a cache of our own."""
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(tmp_path / "cache"))
    return {"tool": tmp_path / "cache" / "tool-1" / "tool"}


@pytest.fixture
def image(tmp_path: Path) -> Image:
    containerfile = tmp_path / "Containerfile"
    containerfile.write_text("FROM scratch\nCOPY tool /\n")
    return Image("localhost/x:1", containerfile, {"tool": "tool"}, {"color": "red"})


def text(image: Image) -> str:
    assert isinstance(image.containerfile, Path)
    return image.containerfile.read_text()


def test_every_image_of_bookinfo_is_built() -> None:
    there = toolchain.at_hand(["istio"])
    if not there:
        pytest.skip("Istio's sources are not here: `make mesh` fetches them")
    manifest = (there["istio"] / "samples/bookinfo/platform/kube/bookinfo.yaml").read_text()
    wanted = set(re.findall(r"image: (\S+)", manifest))
    assert wanted
    assert wanted <= {image.reference for image in catalog.MESH}


def test_the_images_of_stack_dev_are_built() -> None:
    assert [image.reference for image in catalog.STACK] == [
        layout.RATINGS_IMAGE,
        layout.RATINGS_MYSQL2_IMAGE,
    ]


@pytest.mark.parametrize("image", OWN, ids=lambda image: image.name)
def test_a_containerfile_begins_with_images_that_are_built_before_it(image: Image) -> None:
    begins = re.findall(r"^FROM (\S+)", text(image), re.MULTILINE)
    known = {base.reference for base in image.bases} | {"scratch", "${BASE}"}
    assert begins
    assert set(begins) <= known


@pytest.mark.parametrize("image", OWN, ids=lambda image: image.name)
def test_a_containerfile_of_ours_says_first_what_it_is(image: Image) -> None:
    assert text(image).startswith("# ")


@pytest.mark.parametrize("image", EVERY.values(), ids=lambda image: image.name)
def test_what_an_image_is_made_of_is_in_the_catalog_of_tools(image: Image) -> None:
    assert image.tools <= set(toolchain.catalog.TOOLS)


def test_the_pom_names_exact_versions_and_no_registry() -> None:
    pom = ET.parse(catalog.OWN / "reviews" / "pom.xml").getroot()  # noqa: S314 - our own file
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    for kind in ("dependency", "plugin", "artifactItem"):
        for part in pom.findall(f".//m:{kind}", space):
            assert parse_version(part.findtext("m:version", "", space))
    assert not pom.findall(".//m:repositories", space)


def test_the_same_image_is_not_built_twice(image: Image, tools: dict[str, Path]) -> None:
    assert image.entry(tools) == replace(image).entry(tools)


def test_what_goes_into_an_image_makes_it_another(
    image: Image, tools: dict[str, Path], tmp_path: Path
) -> None:
    base = Image("localhost/base", tmp_path / "Containerfile")
    others = [
        image,
        replace(image, reference="localhost/x:2"),
        replace(image, context={"elsewhere": "tool"}),
        replace(image, arguments={"color": "black"}),
        replace(image, bases=(base,)),
        replace(image, bases=(replace(base, arguments={"a": "b"}),)),
    ]
    entries = [other.entry(tools) for other in others]
    entries.append(image.entry({"tool": tools["tool"].parents[1] / "tool-2" / "tool"}))
    (tmp_path / "Containerfile").write_text("FROM scratch\n")
    entries.append(image.entry(tools))
    assert len({entry.folder for entry in entries}) == len(entries)


def test_bases_are_built_first_and_only_for_what_is_missing(
    image: Image, tools: dict[str, Path]
) -> None:
    base = replace(image, reference="localhost/base")
    top = replace(image, bases=(base,))
    assert images.missing([top, base], tools) == [base, top]
    top.entry(tools).folder.mkdir(parents=True)
    assert images.missing([top], tools) == []


def test_an_unknown_image_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(SandboxError, match="builds no image nginx:1") as refusal:
        images.tools(["nginx:1"])
    assert layout.RATINGS_IMAGE in refusal.value.hints[0]


def test_a_build_has_the_machine_s_settings_as_files(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("HOME", str(tmp_path))
    monkeypatch.setenv("PIP_INDEX_URL", "https://pip.example.com")
    monkeypatch.setenv("npm_config_registry", "https://npm.example.com")
    (tmp_path / ".npmrc").write_text("fund=false")
    settings = build.settings(tmp_path)
    pip = settings["/usr/local/pip.conf"].read_text().splitlines()
    npm = settings["/root/.npmrc"].read_text().splitlines()
    assert pip[0] == "[global]"
    assert "index-url=https://pip.example.com" in pip
    assert npm[0] == "fund=false"
    assert "registry=https://npm.example.com" in npm
    assert "cert=/run/authorities.crt" in pip
    assert "cafile=/run/authorities.crt" in npm
