"""What the Pulumi CLI says of the stack that is meant, and of where its state is."""

from __future__ import annotations

import json
import subprocess
from dataclasses import dataclass
from pathlib import Path

import yaml

from recover.problem import RecoverProblem


@dataclass(frozen=True)
class Target:
    """A stack and where its state is.

    Attributes:
        url: The backend's, as the CLI was given it.
        project: The project's name.
        stack: The stack's.
    """

    url: str
    project: str
    stack: str


def target(stack: str | None) -> Target:
    """Give what a command of the CLI in this folder would work on.

    Args:
        stack: The stack that was named; None for the one that is selected.

    Raises:
        RecoverProblem: There is no project, no stack or no CLI.
    """
    project = _project(Path.cwd())
    url = json.loads(ask("whoami", "--json"))["url"]
    return Target(url, project, (stack or ask("stack", "--show-name").strip()).rpartition("/")[2])


def _project(folder: Path) -> str:
    """Read the project's name where the CLI does: here, or in the nearest folder above."""
    for each in (folder, *folder.parents):
        file = each / "Pulumi.yaml"
        if file.is_file():
            return str(yaml.safe_load(file.read_text())["name"])
    raise RecoverProblem(f"no Pulumi.yaml is in {folder} or above; go to the project's folder")


def ask(*command: str, stdin: str | None = None) -> str:
    """Run a command of the CLI; gives what it printed.

    Raises:
        RecoverProblem: It failed, in its own words.
    """
    try:
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            input=stdin,
            capture_output=True,
            text=True,
            check=False,
        )
    except FileNotFoundError:
        raise RecoverProblem("there is no pulumi on PATH; install it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"`pulumi {' '.join(command)}` failed"]
        raise RecoverProblem(said[-1].removeprefix("error: "))
    return done.stdout
