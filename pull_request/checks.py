"""What everybody's pull request is checked with, a stranger's too: no cluster, no secret."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Sequence
from dataclasses import dataclass

from pull_request.markdown import block, code

COMMANDS: Sequence[Sequence[str]] = (
    ("make", "check"),
    (sys.executable, "-m", "pytest", "--quiet", "tests/unit"),
)
_LAST_LINES = 40


@dataclass(frozen=True)
class Result:
    """A command that has ended.

    Attributes:
        printed: What it printed.
    """

    command: Sequence[str]
    passed: bool
    printed: str


def run() -> list[Result]:
    """Run all of them, show what they print, and give what became of each."""
    results = []
    for command in COMMANDS:
        with subprocess.Popen(
            command, stdout=subprocess.PIPE, stderr=subprocess.STDOUT, text=True
        ) as running:
            lines = []
            for line in running.stdout or ():
                sys.stdout.write(line)
                lines.append(line)
        results.append(Result(command, running.returncode == 0, "".join(lines).rstrip()))
    return results


def written(results: Sequence[Result]) -> str:
    """Say in Markdown what became of each; of one that failed, with the end of what it printed."""
    parts = []
    for result in results:
        name = code(" ".join(result.command).removeprefix(f"{sys.executable} -m "))
        parts.append(f"- {'passed' if result.passed else '**failed**'}: {name}")
        if not result.passed:
            parts.append(f"\n{block(chr(10).join(result.printed.splitlines()[-_LAST_LINES:]))}\n")
    return "### Checks without a cluster, a database or a secret\n\n" + "\n".join(parts) + "\n"
