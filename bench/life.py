"""One stack under the real CLI, from its first `up` to its `destroy`, on the clock."""

from __future__ import annotations

import subprocess
import time
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from statistics import median
from tempfile import TemporaryDirectory
from typing import Any

import yaml

from bench.split import cpu_of_children

STACK = "bench"
FIRST_PREVIEW, UP = "first preview", "first up, preview included"
CPU = "processor time of a preview without changes"
PREVIEW, ROW, DESTROY = "preview without changes", "one changed row, preview included", "destroy"
ONE_ROW = {"external-mysql:ratings": {"1": 1}}
_LONGEST_RUN = 600


class CommandFailed(Exception):
    """A command of the CLI failed; the message is all that it printed."""


@dataclass(frozen=True)
class Program:
    """A Pulumi program.

    Attributes:
        name: What people call it.
        sources: Its files and folders; they are linked to, never written.
        settings: Its stack's configuration.
    """

    name: str
    sources: Sequence[Path]
    settings: Mapping[str, Any]


def live(
    program: Program, environment: Mapping[str, str], previews: int, pause: float
) -> dict[str, float]:
    """Preview a new stack, bring it up, preview it, change one row, and destroy it.

    Args:
        program: What is run, in a folder and a state of its own.
        environment: Of the CLI.
        previews: How many previews the median is taken of; one more goes first and is not counted.
        pause: Seconds before the first update: kubelet looks at its pods once a second, and with
            what came before an update begins at the same part of that second again and again.

    Returns:
        What was done -> seconds.

    Raises:
        CommandFailed: A command failed, or a preview would change something.
    """
    with TemporaryDirectory(prefix=f"bench-{program.name}-") as folder:
        for source in program.sources:
            Path(folder, source.name).symlink_to(source)
        file = Path(folder, f"Pulumi.{STACK}.yaml")
        file.write_text(yaml.safe_dump({"config": program.settings}))

        left_behind = Path(folder, "tmp")  # where the Kubernetes plugin leaves a file at each run
        left_behind.mkdir()
        own = {"PULUMI_BACKEND_URL": f"file://{folder}", "TMPDIR": str(left_behind)}

        def pulumi(*arguments: str) -> float:
            return _timed(folder, {**environment, **own}, *arguments)

        pulumi("stack", "init", STACK)
        first_preview = pulumi("preview")
        time.sleep(pause)
        try:
            up = pulumi("up", "--yes")
            before = cpu_of_children()
            unchanged = [pulumi("preview", "--expect-no-changes") for _ in range(previews + 1)]
            cpu = (cpu_of_children() - before) / len(unchanged)
            # The stack's own, with the salt that the CLI has put in.
            stack = yaml.safe_load(file.read_text())
            stack["config"] = {**program.settings, **ONE_ROW}
            file.write_text(yaml.safe_dump(stack))
            row = pulumi("up", "--yes")
        finally:
            destroy = pulumi("destroy", "--yes")
    return {
        FIRST_PREVIEW: first_preview,
        UP: up,
        PREVIEW: median(unchanged[1:]),
        CPU: cpu,
        ROW: row,
        DESTROY: destroy,
    }


def _timed(folder: str, environment: Mapping[str, str], *arguments: str) -> float:
    start = time.perf_counter()
    done = subprocess.run(
        ["pulumi", *arguments, "--non-interactive", "--color", "never"],
        cwd=folder,
        env=environment,
        capture_output=True,
        text=True,
        timeout=_LONGEST_RUN,
        check=False,
    )
    seconds = time.perf_counter() - start
    if done.returncode:
        raise CommandFailed(f"pulumi {' '.join(arguments)} failed:\n{done.stdout}{done.stderr}")
    return seconds
