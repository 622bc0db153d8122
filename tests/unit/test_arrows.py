"""Who may know of whom: imports between the folders run one way, those inside functions too."""

from __future__ import annotations

import ast
import sys
from collections.abc import Iterator
from pathlib import Path

import pytest

REPOSITORY = Path(__file__).resolve().parents[2]

# Folder or module -> what of this repository it may import, besides itself.
ARROWS: dict[str, set[str]] = {
    "mysql": set(),
    "mesh": set(),
    "late": set(),
    "cluster": {"late"},
    "provider": {"mysql", "mesh", "cluster", "late"},
    "components": {"provider.sdk", "mysql", "mesh", "cluster.manifest"},
    "settings": {"mysql", "mesh", "cluster"},
    "checks": {
        "settings",
        "components",
        "mysql",
        "mesh",
        "cluster",
        "provider.NAME",
        "provider.admin_rights",
        "provider.authorities",
        "provider.connection",
        "provider.login_facts",
    },
    "picture": set(),
    "recover": set(),
    "pull_request": {"picture"},
    "__main__": {"checks", "components", "mesh", "provider"},
}
BESIDE_THE_PROGRAM = {"sandbox", "demo", "bench", "tests"}
OURS = {*ARROWS, *BESIDE_THE_PROGRAM}

# Folder or module -> what of other packages it may import; a folder that is not here, anything.
PACKAGES: dict[str, set[str]] = {
    "mysql": {"pymysql.constants"},
    "mesh": {"dns"},
    "cluster": set(),
    "cluster.api": {"kubernetes", "urllib3"},
    "cluster.kubeconfig": {"yaml"},
    "cluster.manifest": {"pulumi"},
    "provider": {
        "google.protobuf",
        "grpc",
        # No more of the SDK: it takes three times as long to import, with every preview.
        "pulumi.runtime.proto",
        "pulumi.runtime._grpc_settings",
        "pymysql",
    },
    "provider.first": {"pulumi"},
    "provider.hooks": {"pulumi"},
    "provider.sdk": {"pulumi"},
    "picture": {"pydantic", "pydantic_core"},
    "recover": {"minio", "psutil", "pydantic", "urllib3", "yaml"},
    "pull_request": {"pydantic"},
    "pull_request.github": {"httpx2"},
}


def modules(name: str) -> list[str]:
    """Give the modules of a folder, or the one module."""
    if (REPOSITORY / f"{name}.py").is_file():
        return [name]
    return sorted(
        ".".join(file.relative_to(REPOSITORY).with_suffix("").parts).removesuffix(".__init__")
        for file in (REPOSITORY / name).rglob("*.py")
    )


PROGRAM = [module for name in ARROWS for module in modules(name)]


def imported(module: str) -> Iterator[str]:
    """Give what a module imports, wherever in it: `pulumi.runtime.proto.engine_pb2.LogRequest`."""
    path = REPOSITORY.joinpath(*module.split("."))
    file = path / "__init__.py" if path.is_dir() else path.with_suffix(".py")
    for node in ast.walk(ast.parse(file.read_text())):
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, f"{module} imports by a relative name"
            yield from (f"{node.module}.{alias.name}" for alias in node.names)


def is_of(name: str, packages: set[str]) -> bool:
    """Say whether a dotted name is one of these, or in one."""
    return any(f"{name}.".startswith(f"{package}.") for package in packages)


def top(name: str) -> str:
    return name.partition(".")[0]


def test_every_part_of_the_program_has_its_arrows() -> None:
    parts = {
        path.name.removesuffix(".py")
        for path in REPOSITORY.iterdir()
        if path.suffix == ".py" or (path / "__init__.py").is_file()
    }
    assert parts == OURS - {"bench"}  # its programs are run each for itself
    assert (REPOSITORY / "bench").is_dir()


@pytest.mark.parametrize("module", PROGRAM)
def test_imports_run_one_way(module: str) -> None:
    here = module if top(module) == "components" else top(module)
    allowed = {here, *ARROWS[top(module)]}
    against = {name for name in imported(module) if top(name) in OURS and not is_of(name, allowed)}
    assert against == set()


@pytest.mark.parametrize("module", PROGRAM)
def test_the_program_does_not_know_of_sandbox_demo_benchmarks_and_tests(module: str) -> None:
    assert not {name for name in imported(module) if is_of(name, BESIDE_THE_PROGRAM)}


@pytest.mark.parametrize("module", [m for m in PROGRAM if top(m) in PACKAGES])
def test_each_part_knows_only_the_packages_that_it_needs(module: str) -> None:
    allowed = PACKAGES[top(module)] | PACKAGES.get(module, set())
    foreign = {
        name
        for name in imported(module)
        if top(name) not in {*OURS, *sys.stdlib_module_names} and not is_of(name, allowed)
    }
    assert foreign == set()


def test_an_import_inside_a_function_is_seen() -> None:
    assert "kubernetes.client.Configuration" in set(imported("cluster.api"))


def test_a_name_that_only_begins_alike_is_another() -> None:
    assert is_of("mesh.egress.Egress", {"mesh"})
    assert is_of("mesh", {"mesh"})
    assert not is_of("meshes.egress", {"mesh"})
    assert not is_of("provider.server", {"provider.sdk"})
