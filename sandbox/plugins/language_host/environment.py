"""Which Python runs a project: the virtual environment of its ``Pulumi.yaml``, or the one on PATH.

The rules are the published host's, for the toolchain ``pip``
(``sdk/python/toolchain/pip.go`` of pulumi/pulumi).
"""

from __future__ import annotations

import json
import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any

if TYPE_CHECKING:
    from collections.abc import Iterator, Mapping

PACKAGES = Path(__file__).with_name("packages.py")


class UnusableEnvironmentError(Exception):
    """The project's Python cannot be used; the message says what to do."""


@dataclass(frozen=True)
class Environment:
    """A Python interpreter and the variables it runs with.

    Args:
        virtualenv: The virtual environment that ``Pulumi.yaml`` names; None for Python on PATH.
    """

    virtualenv: Path | None

    @classmethod
    def of(cls, root: str, options: Mapping[str, Any]) -> Environment:
        """Read the runtime options of a project.

        Args:
            root: The folder of its ``Pulumi.yaml``.
            options: What stands under ``runtime: options:`` there.

        Raises:
            UnusableEnvironmentError: The options ask for a toolchain other than pip.
        """
        toolchain = options.get("toolchain", "pip")
        if toolchain != "pip":
            raise UnusableEnvironmentError(
                f"runtime option toolchain is {toolchain!r}: the sandbox's language host knows "
                "only 'pip'; use the published Pulumi CLI for others"
            )
        virtualenv = options.get("virtualenv")
        return cls(Path(root, virtualenv) if virtualenv else None)

    @property
    def python(self) -> str:
        """The interpreter.

        Raises:
            UnusableEnvironmentError: There is none.
        """
        if self.virtualenv:
            if (python := self.virtualenv / "bin" / "python").is_file():
                return str(python)
            raise UnusableEnvironmentError(
                f"the virtual environment {self.virtualenv} is not there: run `pulumi install`"
            )
        for name in filter(None, (os.environ.get("PULUMI_PYTHON_CMD"), "python3", "python")):
            if python_on_path := shutil.which(name):
                return python_on_path
        raise UnusableEnvironmentError("there is no python3 on PATH: install Python 3.11 or newer")

    @property
    def variables(self) -> dict[str, str]:
        """This process's variables, with the virtual environment activated in them."""
        variables = dict(os.environ)
        if self.virtualenv:
            variables.pop("PYTHONHOME", None)
            variables["VIRTUAL_ENV"] = str(self.virtualenv)
            path = variables.get("PATH", os.defpath)
            variables["PATH"] = f"{self.virtualenv / 'bin'}{os.pathsep}{path}"
        return variables

    def packages(self) -> list[dict[str, Any]]:
        """What is installed in it, as :mod:`.packages` lists it."""
        listing: list[dict[str, Any]] = json.loads(self._output(str(PACKAGES)))
        return listing

    def version(self) -> str:
        """The interpreter's version, such as ``3.11.7``."""
        return self._output("--version").removeprefix("Python ").strip()

    def install(self, folder: str) -> Iterator[str]:
        """Make the virtual environment if need be, and install ``requirements.txt`` into it.

        Args:
            folder: The program's folder.

        Yields:
            Lines of progress.

        Raises:
            UnusableEnvironmentError: Making it or installing failed.
        """
        if self.virtualenv and not (self.virtualenv / "bin" / "python").is_file():
            yield f"Creating virtual environment {self.virtualenv}...\n"
            yield from self._lines([Environment(None).python, "-m", "venv", str(self.virtualenv)])
        requirements = Path(folder, "requirements.txt")
        if not requirements.is_file():
            yield f"No requirements.txt in {folder}: nothing to install.\n"
            return
        yield from self._lines([self.python, "-m", "pip", "install", "-r", str(requirements)])

    def _lines(self, command: list[str]) -> Iterator[str]:
        with subprocess.Popen(
            command,
            env=self.variables,
            text=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        ) as process:
            yield from process.stdout or ()
        if process.returncode:
            raise UnusableEnvironmentError(f"{' '.join(command)} ended with {process.returncode}")

    def _output(self, *arguments: str) -> str:
        return subprocess.run(
            [self.python, *arguments],
            env=self.variables,
            check=True,
            stdin=subprocess.DEVNULL,
            stdout=subprocess.PIPE,
            text=True,
        ).stdout
