"""Programs and files of Go modules."""

from __future__ import annotations

import json
import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path, PurePath
from typing import Final

from sandbox.toolchain.golang import SETTINGS, Go, Version, required
from sandbox.toolchain.tool import Tool, recipe

BUILD: Final = ("build", "-v", "-trimpath", "-mod=readonly", "-buildvcs=false")
COMPILER: Final = "-dwarf=false"
LINKER: Final = "-s -w"
"""Both leave out what only debuggers read."""


@dataclass(frozen=True)
class GoBuild:
    """One ``go build``: programs of one ``go.mod``, which share what they import.

    Args:
        folder: The tool's folder with ``go.mod`` and ``go.sum``.
        packages: The packages of their ``main``. A program has the name of its package; that of
            ``.`` is the folder's.
        module: The module whose version is the programs'.
        stamps: Variables that the linker sets; ``{major}``, ``{minor}`` and ``{patch}`` are the
            module's.
        tags: Build tags.
        unoptimised: A pattern of packages that are large and hardly run.
        embeds: Files that Go is to see in the tool's folder, each with its place in the module.
        companions: Files that are laid beside the programs, each with its module.
    """

    folder: str
    packages: tuple[str, ...]
    module: str
    stamps: Mapping[str, str] = field(default_factory=dict)
    tags: str = ""
    unoptimised: str = ""
    embeds: Mapping[str, str] = field(default_factory=dict)
    companions: Mapping[str, str] = field(default_factory=dict)

    @property
    def programs(self) -> tuple[str, ...]:
        """The names of its programs."""
        return tuple(PurePath(self.folder, package).name for package in self.packages)

    @property
    def version(self) -> Version:
        """The programs' version."""
        return required(self.folder, self.module)

    @property
    def flags(self) -> tuple[str, ...]:
        """What the compiler and the linker are told."""
        major, minor, patch = self.version
        stamps = [
            f"-X {name}={text.format(major=major, minor=minor, patch=patch)}"
            for name, text in self.stamps.items()
        ]
        compiler = [f"-gcflags=all={COMPILER}"]
        if self.unoptimised:
            compiler.append(f"-gcflags={self.unoptimised}={COMPILER} -N -l")
        return (f"-tags={self.tags}", *compiler, f"-ldflags={' '.join((LINKER, *stamps))}")

    @property
    def recipe(self) -> str:
        """All that decides what comes out."""
        settings = [f"{name}={value}" for name, value in SETTINGS.items()]
        files = (*self.packages, *self.embeds.values(), *self.companions)
        return recipe(self.folder, *settings, *BUILD, *self.flags, *files)

    def run(self, into: Path) -> None:
        """Build the programs.

        Args:
            into: The folder that gets them.
        """
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        with Job.shown(f"building {self.folder}") as job:
            go = Go.at(self.folder, job)
            overlay = into / "overlay.json"
            overlay.write_text(json.dumps({"Replace": self._embedded(go)}))
            more = (f"-p={os.cpu_count()}", f"-overlay={overlay}", f"-o={into}/")
            go(*BUILD, *more, *self.flags, *self.packages)
            overlay.unlink()
            for name, module in self.companions.items():
                companion = into / PurePath(name).name
                shutil.copyfile(go.module(module) / name, companion)
                companion.chmod(0o755)

    def _embedded(self, go: Go) -> dict[str, str]:
        if not self.embeds:
            return {}
        module = go.module(self.module)
        return {str(go.folder / name): str(module / place) for name, place in self.embeds.items()}


class GoPrograms(Tool):
    """Programs that belong together: where one changes, all are built anew.

    Args:
        name: What they are called together.
        builds: What they are built by.
    """

    def __init__(self, name: str, *builds: GoBuild) -> None:
        self.builds = builds
        places = {program: program for build in builds for program in build.programs}
        super().__init__(name, places, self._made_of, self._build)

    def _made_of(self) -> str:
        return "\n".join(build.recipe for build in self.builds)

    def _build(self, into: Path) -> None:
        for build in self.builds:
            build.run(into)


def sources(folder: str, module: str) -> Tool:
    """The files of a module.

    Args:
        folder: Their name, and the tool's folder whose ``go.mod`` requires the module.
        module: The module.
    """
    made_of, fetch = partial(recipe, folder, module), partial(_fetch, folder, module)
    return Tool(f"{folder}-sources", {folder: "files"}, made_of, fetch)


def _fetch(folder: str, module: str, into: Path) -> None:
    from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

    with Job.shown(f"fetching the sources of {folder}") as job:
        files = Go.at(folder, job).module(module)
        # A copy, because `go clean -modcache` empties the place where they are; and without their
        # modes, because those forbid their owner to write or remove them.
        shutil.copytree(files, into / "files", copy_function=shutil.copyfile)
