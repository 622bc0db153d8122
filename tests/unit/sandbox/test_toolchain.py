"""Tools are pinned by their folders, made once, and never half."""

from __future__ import annotations

import json
import subprocess
import sys
from pathlib import Path
from xml.etree import ElementTree as ET

import pytest

from sandbox import cache, layout, toolchain
from sandbox.errors import SandboxError
from sandbox.toolchain import catalog, golang, nodejs
from sandbox.toolchain import tool as tool_module
from sandbox.toolchain.bundle import Bundle
from sandbox.toolchain.engine import Engine
from sandbox.toolchain.golang import GoMod, GoProgram, parse_version
from sandbox.toolchain.installed import Installed
from sandbox.toolchain.job import Job
from sandbox.toolchain.python import ProductpagePackages
from sandbox.toolchain.tool import FOLDERS, recipe
from sandbox.toolchain.wheels import WheelProgram


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(folder))
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tools of our own, with one tool in it."""
    folder = tmp_path / "toolchain"
    (folder / "thing").mkdir(parents=True)
    (folder / "thing" / "go.mod").write_text("module x\n\ngo 1.26.0\n\nrequire a.b/c v1.2.3\n")
    monkeypatch.setattr(tool_module, "FOLDERS", folder)
    monkeypatch.setattr(golang, "FOLDERS", folder)
    return folder


class Fake:
    """A tool that is made in no time."""

    def __init__(self, name: str, *needs: str, there: bool = False) -> None:
        self.name = name
        self.needs = needs
        self.there = there
        self.made_with: tuple[set[str], str] | None = None

    def at_hand(self) -> Path | None:
        return Path("/there", self.name) if self.there else None

    def make(self, ready: dict[str, Path], position: str) -> Path:
        self.made_with = (set(ready), position)
        return Path("/made", self.name)


@pytest.fixture
def fakes(monkeypatch: pytest.MonkeyPatch) -> dict[str, Fake]:
    tools = {
        fake.name: fake
        for fake in (Fake("leaf"), Fake("branch", "leaf"), Fake("old", "leaf", there=True))
    }
    monkeypatch.setattr(catalog, "TOOLS", tools)
    return tools


def test_what_a_tool_needs_is_made_before_it(fakes: dict[str, Fake]) -> None:
    assert toolchain.ensure(["branch"])["branch"] == Path("/made/branch")
    assert fakes["branch"].made_with == ({"leaf"}, "2 of 2")


def test_what_is_at_hand_needs_nothing(fakes: dict[str, Fake]) -> None:
    assert toolchain.ensure(["old"]) == {"old": Path("/there/old")}
    assert fakes["leaf"].made_with is None


def test_progress_counts_only_what_has_to_be_made(fakes: dict[str, Fake]) -> None:
    toolchain.ensure(["old", "leaf"])
    assert fakes["leaf"].made_with == ({"old"}, "1 of 1")


@pytest.mark.usefixtures("fakes")
def test_an_unknown_tool_is_refused_with_the_names_that_there_are() -> None:
    with pytest.raises(SandboxError, match="no tool 'twig'") as refusal:
        toolchain.ensure(["twig"])
    assert refusal.value.hints == ("Tools: branch, leaf, old.",)


def test_finding_everything_in_place_imports_nothing_slow() -> None:
    slow = ("rich", "pulumi", "grpc", "lightkube")
    program = (
        "import sys; from sandbox import toolchain; "
        f"sys.exit(' '.join(name for name in {slow} if name in sys.modules) or None)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=layout.CHECKOUT, check=False, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr


def test_another_content_is_another_recipe(folders: Path) -> None:
    before = recipe("thing")
    (folders / "thing" / "go.sum").write_text("a.b/c v1.2.3 h1:x=\n")
    assert recipe("thing") != before


@pytest.mark.usefixtures("folders")
def test_other_flags_are_another_recipe() -> None:
    assert recipe("thing", "-trimpath") != recipe("thing")


@pytest.mark.usefixtures("folders")
def test_the_same_content_is_the_same_recipe() -> None:
    assert recipe("thing", "-s") == recipe("thing", "-s")


def test_an_interrupted_build_leaves_nothing_to_be_taken_for_it(folders: Path) -> None:
    assert folders
    program = GoProgram("thing", "thing", "a.b/c", "a.b/c/cmd")

    def interrupted(into: Path) -> None:
        (into / "thing").write_text("half")
        raise KeyboardInterrupt

    with pytest.raises(KeyboardInterrupt):
        program.entry.ensure(interrupted)
    assert program.at_hand() is None
    assert program.entry.ensure(lambda into: (into / "thing").touch()).is_dir()
    assert program.at_hand() == program.entry.folder / "thing"
    assert (program.entry.folder / "thing").read_text() == ""


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.26.8", (1, 26, 8)),
        ("go1.26.8\ntime 2026-08-28T16:20:06Z\n", (1, 26, 8)),
        ("v3.259.0", (3, 259, 0)),
        ("v3.260.0-alpha.1+dirty", (3, 260, 0)),
        ("1.26", (1, 26, 0)),
        ("v20.20.2\n", (20, 20, 2)),
    ],
)
def test_versions_are_read_as_their_programs_write_them(
    text: str, version: tuple[int, int, int]
) -> None:
    assert parse_version(text) == version


def test_a_text_without_a_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version"):
        parse_version("devel")


@pytest.mark.parametrize("folder", ["pulumi", "kubernetes", "coredns", "istio"])
def test_each_go_mod_says_which_go_it_needs(folder: str) -> None:
    assert GoMod.of(folder).go >= (1, 24, 0)


def test_a_module_is_found_whether_it_is_required_alone_or_in_a_block() -> None:
    alone = GoMod("module x\n\nrequire a.b/c v1.2.3\n")
    block = GoMod("module x\n\nrequire (\n\ta.b/cd v9.9.9\n\ta.b/c v1.2.3 // indirect\n)\n")
    assert alone.required("a.b/c") == block.required("a.b/c") == "v1.2.3"


def test_kubernetes_programs_are_stamped_with_their_module_s_version() -> None:
    flags = catalog.kubernetes("kubectl").linker_flags
    major, minor, patch = catalog.kubernetes("kubectl").version
    assert flags.startswith("-s -w ")
    assert f"version.gitVersion=v{major}.{minor}.{patch}" in flags
    assert f"version.gitMinor={minor}" in flags


def test_every_tool_of_the_catalog_has_what_it_needs() -> None:
    for tool in catalog.TOOLS.values():
        assert set(tool.needs) <= set(catalog.TOOLS)


@pytest.mark.parametrize("name", ["ratings-mysql", "ratings-mysql2"])
def test_lock_files_name_no_registry(name: str) -> None:
    lock = json.loads((FOLDERS / name / "package-lock.json").read_text())
    assert not [package for package in lock["packages"].values() if "resolved" in package]


def test_ratings_are_made_again_when_istio_moves(monkeypatch: pytest.MonkeyPatch) -> None:
    service = nodejs.NodeService("ratings-mysql")
    before = service.entry
    monkeypatch.setattr(nodejs, "recipe", lambda folder, *more: f"{folder}, moved, {more}")
    assert service.entry != before


def test_a_failed_command_shows_its_last_lines_and_where_the_log_is() -> None:
    script = "import sys; [print(f'line {n}', file=sys.stderr) for n in range(40)]; sys.exit(3)"
    with (
        pytest.raises(SandboxError, match=r"building thing failed with exit code 3") as failure,
        Job.shown("building thing", "1 of 1") as job,
    ):
        job.run([sys.executable, "-c", script], FOLDERS, {})
    log = layout.cache() / "logs" / "building-thing.log"
    assert failure.value.hints[-2:] == ("line 39", f"The whole log: {log}")
    assert "line 0" in log.read_text()


def test_a_command_s_output_is_returned() -> None:
    with Job.shown("asking", "1 of 1") as job:
        assert job.run([sys.executable, "-c", "print('yes')"], FOLDERS, {}) == "yes\n"


def published_engine(folder: Path, version: str, *, language_host: bool = True) -> None:
    folder.mkdir()
    programs = {"pulumi": f"#!/bin/sh\necho {version}\n"}
    if language_host:
        programs["pulumi-language-python"] = "#!/bin/sh\n"
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


ENGINE = Engine(GoProgram("pulumi", "pulumi", "github.com/pulumi/pulumi/pkg/v3", "cmd/pulumi"))


@pytest.mark.parametrize(
    ("version", "language_host", "used"),
    [
        ("v99.0.0", True, True),
        ("v99.0.0", False, False),
        ("v3.1.0", True, False),
    ],
)
def test_a_published_engine_is_used_where_it_is_new_enough_and_complete(
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    version: str,
    language_host: bool,  # noqa: FBT001 - a case of the table
    used: bool,  # noqa: FBT001
) -> None:
    published_engine(tmp_path / "published", version, language_host=language_host)
    monkeypatch.setenv("PATH", f"{tmp_path / 'published'}:/usr/bin:/bin")
    assert ENGINE.published() == (tmp_path / "published" / "pulumi" if used else None)


def test_the_sandbox_s_own_engine_is_not_taken_for_a_published_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = layout.Paths(tmp_path / "sandbox")
    paths.root.mkdir()
    published_engine(paths.bin, "v99.0.0")
    monkeypatch.setattr(layout, "HERE", paths)
    monkeypatch.setenv("PATH", f"{paths.bin}:/usr/bin:/bin")
    assert ENGINE.published() is None


def test_the_cache_is_where_the_variable_says(own_cache: Path) -> None:
    assert cache.Entry("x", "y").folder.parent == own_cache


def test_a_bundle_is_its_programs_side_by_side(own_cache: Path, tmp_path: Path) -> None:
    own_cache.mkdir()
    programs = tuple(WheelProgram(name, name) for name in ("go", "node"))
    ready = {name: tmp_path / name for name in ("go", "node")}
    for name, file in ready.items():
        file.write_text(name)
    bundle = Bundle("both", programs)
    assert (bundle.needs, bundle.at_hand()) == (("go", "node"), None)
    folder = bundle.make(ready, "1 of 1")
    assert folder == bundle.at_hand()
    assert {file.name: file.read_text() for file in folder.iterdir()} == {
        "go": "go",
        "node": "node",
    }


def test_a_bundle_is_made_again_when_one_of_its_programs_moves() -> None:
    assert Bundle("x", (catalog.ENVOY,)).entry != Bundle("x", (catalog.PILOT_AGENT,)).entry


def test_a_program_that_only_debian_has_is_asked_for() -> None:
    program = Installed("no-such-program", "its-package")
    assert program.at_hand() is None
    with pytest.raises(SandboxError, match="/usr/bin/no-such-program is missing") as refusal:
        program.make({}, "1 of 1")
    assert refusal.value.hints == (
        "install it: apt-get install --no-install-recommends its-package",
    )


def test_the_page_s_packages_are_of_one_python(monkeypatch: pytest.MonkeyPatch) -> None:
    before = ProductpagePackages().entry
    monkeypatch.setattr(sys.implementation, "cache_tag", "cpython-399")
    assert ProductpagePackages().entry != before


def test_the_pom_names_exact_versions_and_no_registry() -> None:
    pom = ET.parse(FOLDERS / "reviews" / "pom.xml").getroot()  # noqa: S314 - our own file
    space = {"m": "http://maven.apache.org/POM/4.0.0"}
    for kind in ("dependency", "plugin", "artifactItem"):
        for part in pom.findall(f".//m:{kind}", space):
            assert parse_version(part.findtext("m:version", "", space))
    assert not pom.findall(".//m:repositories", space)


def test_every_tool_of_the_mesh_is_in_the_catalog() -> None:
    assert set(catalog.MESH) <= set(catalog.TOOLS)
