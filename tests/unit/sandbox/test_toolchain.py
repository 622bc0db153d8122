"""Tools are pinned by their folders, made once, several at a time, and never half."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from collections.abc import Callable
from pathlib import Path
from threading import Barrier

import pytest

from sandbox import cache, layout, toolchain
from sandbox.errors import SandboxError
from sandbox.toolchain import catalog, golang
from sandbox.toolchain import tool as tool_module
from sandbox.toolchain.__main__ import main as toolchain_command
from sandbox.toolchain.gobuild import GoBuild, GoPrograms
from sandbox.toolchain.golang import parse_version, required
from sandbox.toolchain.job import Job, at_once
from sandbox.toolchain.tool import FOLDERS, Tool, recipe

TIMEOUT = 10.0
"""Seconds after which a test that waits for another thread fails."""


@pytest.fixture(autouse=True)
def own_cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    folder = tmp_path / "cache"
    monkeypatch.setenv("EXTERNAL_MYSQL_CACHE", str(folder))
    return folder


@pytest.fixture
def folders(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A folder of tools of our own, with one tool in it."""
    folder = tmp_path / "toolchain"
    (folder / "thing" / "part").mkdir(parents=True)
    (folder / "thing" / "go.mod").write_text("module x\n\ngo 1.26.0\n\nrequire a.b/c v1.2.3\n")
    (folder / "thing" / "part" / "main.go").write_text("package main\n")
    monkeypatch.setattr(tool_module, "FOLDERS", folder)
    monkeypatch.setattr(golang, "FOLDERS", folder)
    return folder


@pytest.fixture
def tools(monkeypatch: pytest.MonkeyPatch) -> dict[str, Tool]:
    """A catalog of our own, empty at first."""
    known: dict[str, Tool] = {}
    monkeypatch.setattr(catalog, "TOOLS", known)
    return known


def tool(fill: Callable[[Path], None], *names: str) -> dict[str, Tool]:
    made = Tool(names[0], {name: name for name in names}, lambda: "recipe", fill)
    return dict.fromkeys(names, made)


def test_programs_of_one_tool_are_made_once(tools: dict[str, Tool]) -> None:
    made: list[Path] = []
    tools |= tool(made.append, "kubectl", "kubelet")
    first = toolchain.ensure(["kubectl", "kubelet"])
    assert len(made) == 1
    assert first == toolchain.ensure(["kubectl", "kubelet"])
    assert len(made) == 1
    assert first["kubelet"] == tools["kubectl"].entry.folder / "kubelet"


def test_only_what_is_asked_for_is_made(tools: dict[str, Tool]) -> None:
    made: list[Path] = []
    tools |= tool(made.append, "one") | tool(made.append, "other")
    assert list(toolchain.ensure(["one"])) == ["one"]
    assert toolchain.at_hand(["one", "other"]).keys() == {"one"}


def test_tools_and_what_is_beside_them_are_made_side_by_side(tools: dict[str, Tool]) -> None:
    all_are_there = Barrier(3, timeout=TIMEOUT)

    def fill(_: Path) -> None:
        all_are_there.wait()

    tools |= tool(fill, "one") | tool(fill, "other")
    assert len(toolchain.ensure(["one", "other"], beside=[all_are_there.wait])) == 2


def test_where_one_fails_the_commands_of_the_others_are_ended(tmp_path: Path) -> None:
    os.mkfifo(tmp_path / "pid")
    pids: list[int] = []

    def fails() -> None:
        pids.append(int((tmp_path / "pid").read_text()))
        raise SandboxError("no such package")

    def takes_long() -> None:
        with Job.shown("building thing") as job:
            job.run(["sh", "-c", "echo $$ >pid; exec sleep 60"], tmp_path, dict(os.environ))

    with pytest.raises(SandboxError, match="no such package"):
        at_once([takes_long, fails])
    with pytest.raises(ProcessLookupError):
        os.kill(pids[0], 0)


def test_an_unknown_tool_is_refused_with_the_names_that_there_are(tools: dict[str, Tool]) -> None:
    tools |= tool(Path.touch, "branch") | tool(Path.touch, "leaf")
    with pytest.raises(SandboxError, match="no tool 'twig'") as refusal:
        toolchain.ensure(["twig"])
    assert refusal.value.hints == ("Tools: branch, leaf.",)


def test_finding_everything_in_place_imports_nothing_slow() -> None:
    slow = ("rich", "pulumi", "grpc", "kubernetes")
    program = (
        "import sys; from sandbox import toolchain; "
        f"sys.exit(' '.join(name for name in {slow} if name in sys.modules) or None)"
    )
    ran = subprocess.run(
        [sys.executable, "-c", program], cwd=layout.CHECKOUT, check=False, capture_output=True
    )
    assert ran.returncode == 0, ran.stderr


@pytest.mark.parametrize("file", ["go.sum", "part/main.go"])
def test_another_content_is_another_recipe(folders: Path, file: str) -> None:
    before = recipe("thing")
    (folders / "thing" / file).write_text("another")
    assert recipe("thing") != before


@pytest.mark.usefixtures("folders")
def test_what_is_built_otherwise_is_another_recipe() -> None:
    builds = [
        GoBuild("thing", ("./part",), "a.b/c"),
        GoBuild("thing", ("./part", "."), "a.b/c"),
        GoBuild("thing", ("./part",), "a.b/c", stamps={"a.b/c.version": "{major}"}),
        GoBuild("thing", ("./part",), "a.b/c", tags="small"),
        GoBuild("thing", ("./part",), "a.b/c", unoptimised="a.b/c/sdk/..."),
        GoBuild("thing", ("./part",), "a.b/c", embeds={"here": "there"}),
        GoBuild("thing", ("./part",), "a.b/c", companions={"script": "a.b/c"}),
    ]
    assert len({build.recipe for build in builds}) == len(builds)
    assert builds[0].recipe == GoBuild("thing", ("./part",), "a.b/c").recipe


@pytest.mark.parametrize(
    ("text", "version"),
    [
        ("go1.26.8", (1, 26, 8)),
        ("go1.26.8\ntime 2026-08-28T16:20:06Z\n", (1, 26, 8)),
        ("v3.259.0", (3, 259, 0)),
        ("v3.260.0-alpha.1+dirty", (3, 260, 0)),
        ("1.26", (1, 26, 0)),
    ],
)
def test_versions_are_read_as_their_programs_write_them(
    text: str, version: tuple[int, int, int]
) -> None:
    assert parse_version(text) == version


def test_a_text_without_a_version_is_an_error() -> None:
    with pytest.raises(ValueError, match="no version"):
        parse_version("devel")


def test_a_module_is_found_whether_it_is_required_alone_or_in_a_block(folders: Path) -> None:
    assert required("thing", "a.b/c") == (1, 2, 3)
    (folders / "thing" / "go.mod").write_text(
        "module x\n\nrequire (\n\ta.b/cd v9.9.9\n\ta.b/c v1.2.4 // indirect\n)\n"
    )
    assert required("thing", "a.b/c") == (1, 2, 4)
    with pytest.raises(ValueError, match=r"the go\.mod of thing has no a\.b"):
        required("thing", "a.b")


GO = """\
#!{python}
import json, pathlib, sys
if sys.argv[1] == "mod":
    print(json.dumps({{"Dir": "{modules}/" + sys.argv[-1].replace("/", "-")}}))
else:
    into = next(arg[3:] for arg in sys.argv if arg.startswith("-o="))
    replaced = next(arg.partition("=")[2] for arg in sys.argv if arg.startswith("-overlay="))
    said = {{"arguments": sys.argv, "overlay": json.load(open(replaced))}}
    pathlib.Path(into, "said").write_text(json.dumps(said))
"""


@pytest.fixture
def go(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """A Go that writes down how it was called, and knows two modules; where their files are."""
    program, modules = tmp_path / "go" / "bin" / "go", tmp_path / "modules"
    program.parent.mkdir(parents=True)
    program.write_text(GO.format(python=sys.executable, modules=modules))
    program.chmod(0o755)
    (tmp_path / "go" / "VERSION").write_text("go1.99.0\n")
    (modules / "d.e-f" / "scripts").mkdir(parents=True)
    (modules / "d.e-f" / "scripts" / "run").write_text("a script")
    monkeypatch.setenv("PATH", f"{program.parent}:{os.environ['PATH']}")
    return modules


def test_a_build_makes_all_its_programs_with_their_files(folders: Path, go: Path) -> None:
    build = GoBuild(
        "thing",
        ("./part", "a.b/c/cmd/other"),
        "a.b/c",
        stamps={"a.b/c.version": "v{major}.{minor}.{patch}"},
        embeds={"schema.json": "cmd/schema.json"},
        companions={"scripts/run": "d.e/f"},
    )
    programs = GoPrograms("things", build)
    made = programs.make()
    said = json.loads((made / "said").read_text())
    assert said["arguments"][-2:] == ["./part", "a.b/c/cmd/other"]
    assert "-ldflags=-s -w -X a.b/c.version=v1.2.3" in said["arguments"]
    assert said["overlay"] == {
        "Replace": {f"{folders}/thing/schema.json": f"{go}/a.b-c/cmd/schema.json"}
    }
    assert (made / "run").read_text() == "a script"
    assert os.access(made / "run", os.X_OK)
    assert not (made / "overlay.json").exists()
    assert programs.find("other") == made / "other"


BUILT = {tool.name: tool for tool in catalog.TOOLS.values() if isinstance(tool, GoPrograms)}


@pytest.mark.parametrize("built", BUILT.values(), ids=BUILT)
def test_each_go_mod_says_which_go_it_needs_and_which_version_is_built(built: GoPrograms) -> None:
    for build in built.builds:
        assert required(build.folder, "go") >= (1, 24, 0)
        assert build.version >= (0, 0, 0)


def test_the_programs_of_kubernetes_are_stamped_with_their_module_s_version() -> None:
    (build,) = catalog.KUBERNETES.builds
    major, minor, patch = build.version
    assert f"version.gitVersion=v{major}.{minor}.{patch} " in build.flags[-1]
    assert f"version.gitMinor={minor} " in build.flags[-1]


def test_what_kubeadm_calls_by_a_name_has_it() -> None:
    servers = ("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy")
    names = {*servers, "kubelet", "kubeadm", "kubectl", "coredns", "etcd"}
    assert set(catalog.KUBERNETES.places) == names


def test_a_failed_command_shows_its_last_lines_and_where_the_log_is() -> None:
    script = "import sys; [print(f'line {n}', file=sys.stderr) for n in range(40)]; sys.exit(3)"
    with (
        pytest.raises(SandboxError, match=r"building thing failed with exit code 3") as failure,
        Job.shown("building thing") as job,
    ):
        job.run([sys.executable, "-c", script], FOLDERS, {})
    log = layout.cache() / "logs" / "building-thing.log"
    assert failure.value.hints[-2:] == ("line 39", f"The whole log: {log}")
    assert "line 0" in log.read_text()


def test_a_command_s_output_is_returned() -> None:
    with Job.shown("asking") as job:
        assert job.run([sys.executable, "-c", "print('yes')"], FOLDERS, {}) == "yes\n"


def published_engine(folder: Path, version: str, *, language_host: bool = True) -> None:
    folder.mkdir()
    programs = {"pulumi": f"#!/bin/sh\necho {version}\n"}
    if language_host:
        programs["pulumi-language-python"] = "#!/bin/sh\n"
    for name, text in programs.items():
        (folder / name).write_text(text)
        (folder / name).chmod(0o755)


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
    assert catalog.ENGINE.find("pulumi") == (tmp_path / "published/pulumi" if used else None)


def test_the_sandbox_s_own_engine_is_not_taken_for_a_published_one(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    paths = layout.Paths(tmp_path / "sandbox")
    paths.root.mkdir()
    published_engine(paths.bin, "v99.0.0")
    monkeypatch.setattr(layout, "HERE", paths)
    monkeypatch.setenv("PATH", f"{paths.bin}:/usr/bin:/bin")
    assert catalog.ENGINE.find("pulumi") is None


def test_the_cache_is_where_the_variable_says(own_cache: Path) -> None:
    assert cache.Entry("x", "y").folder.parent == own_cache


def test_every_tool_of_the_mesh_is_in_the_catalog() -> None:
    assert set(catalog.MESH) <= set(catalog.TOOLS)


def test_a_tool_that_is_not_known_is_one_line_with_those_that_are(
    capsys: pytest.CaptureFixture[str],
) -> None:
    assert toolchain_command(["no-such-tool"]) == 1
    error, hint = capsys.readouterr().err.splitlines()
    assert error == "error: there is no tool 'no-such-tool'"
    assert "actionlint" in hint
