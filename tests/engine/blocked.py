"""A program whose one resource is made when the test says so: until then its update goes on."""

from __future__ import annotations

import os
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

PROGRAM = """\
from pulumi.dynamic import CreateResult, Resource, ResourceProvider


class Blocked(ResourceProvider):
    def create(self, props):
        open(props["pipe"]).read()
        return CreateResult("blocked", props)


class Block(Resource):
    def __init__(self):
        super().__init__(Blocked(), "block", {"pipe": "PIPE"})


Block()
"""


@dataclass(frozen=True)
class Program:
    """The program in a folder of its own, with a stack.

    Attributes:
        folder: The folder.
        environment: For the CLI.
        pipe: What the resource reads while it is made.
    """

    folder: Path
    environment: Mapping[str, str]
    pipe: Path

    @classmethod
    def make(cls, folder: Path, environment: Mapping[str, str]) -> Program:
        """Write the program, and make its stack."""
        pipe = folder / "pipe"
        os.mkfifo(pipe)
        (folder / "Pulumi.yaml").write_text("name: blocked\nruntime: python\n")
        (folder / "__main__.py").write_text(PROGRAM.replace("PIPE", str(pipe)))
        program = cls(folder, environment, pipe)
        program.run("pulumi", "stack", "init", "test", check=True)
        return program

    def run(self, *command: str, check: bool = False) -> subprocess.CompletedProcess[str]:
        """Run a command in the folder."""
        return subprocess.run(
            command,
            cwd=self.folder,
            env=self.environment,
            check=check,
            capture_output=True,
            text=True,
        )

    def up(self) -> subprocess.Popen[str]:
        """Start an update."""
        return subprocess.Popen(
            ["pulumi", "up", "--yes", "--skip-preview", "--non-interactive", "--color", "never"],
            cwd=self.folder,
            env=self.environment,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )

    @contextmanager
    def blocked(self) -> Iterator[tuple[subprocess.Popen[str], IO[str]]]:
        """An update that makes its resource, which is done once the file is closed."""
        engine = self.up()
        try:
            with self.pipe.open("w") as pipe:  # from here on the resource is being made
                yield engine, pipe
        finally:
            engine.kill()
            engine.wait()
