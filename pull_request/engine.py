"""Pulumi at work: a command of it, with its events and what it printed."""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from tempfile import TemporaryDirectory

from pull_request.events import Event, read


class PullRequestProblem(Exception):
    """Something cannot be done; the message is one line for a person."""


@dataclass(frozen=True)
class Run:
    """A command of the CLI that has ended.

    Attributes:
        stack: The stack's name.
        text: What it printed.
        events: What the engine said of it.
    """

    stack: str
    code: int
    text: str
    events: Sequence[Event]


def run(
    stack: str,
    *arguments: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Run:
    """Run a command that writes events: `preview` or `refresh`.

    Args:
        stack: The stack's name.
        arguments: The command and its options.
        folder: Folder of the program; the current one where it is not given.
        environment: Environment of the CLI; this process's where it is not given.

    Raises:
        PullRequestProblem: There is no Pulumi.
    """
    with TemporaryDirectory(prefix="pull-request-") as own:
        log = Path(own, "events")
        log.touch()
        given = os.environ if environment is None else environment
        program = shutil.which("pulumi", path=given.get("PATH"))
        if program is None:
            raise PullRequestProblem("there is no pulumi on PATH; install it")
        done = subprocess.run(
            [
                program,
                *arguments,
                f"--stack={stack}",
                f"--event-log={log}",
                "--diff",
                "--non-interactive",
                "--color=never",
            ],
            cwd=folder,
            # The log of events is one of the options that the CLI hides.
            env={**given, "PULUMI_DEBUG_COMMANDS": "true", "PULUMI_SKIP_UPDATE_CHECK": "true"},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            check=False,
        )
        events = read(log.read_bytes().splitlines())
    return Run(stack, done.returncode, done.stdout.decode(errors="replace"), events)
