"""The preview of a change, found out."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Mapping
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

from pull_request.engine import run
from pull_request.report import Report, report


@dataclass(frozen=True)
class Options:
    """What is previewed.

    Attributes:
        refresh: Whether to look first at what is there.
        destroy: Whether it is of `pulumi destroy`.
        policy_pack: Path of the policies that it is to keep; empty for none.
    """

    refresh: bool = False
    destroy: bool = False
    policy_pack: str = ""

    @property
    def arguments(self) -> list[str]:
        """The command of the CLI and its options."""
        command = ["destroy", "--preview-only"] if self.destroy else ["preview"]
        if self.refresh:
            command.append("--refresh")
        if self.policy_pack:
            command.append(f"--policy-pack={self.policy_pack}")
        return command


def report_of(
    stack: str,
    options: Options,
    *more: str,
    folder: Path | None = None,
    environment: Mapping[str, str] | None = None,
) -> Report:
    """Run a preview, and find out what it says.

    Args:
        stack: The stack's name.
        options: What is previewed.
        more: Further options of the CLI.
        folder: Folder of the program; the current one where it is not given.
        environment: Environment of the CLI; this process's where it is not given.
    """
    with ThreadPoolExecutor(max_workers=1) as beside:
        settings = beside.submit(last_settings, stack, folder, environment)
        done = run(stack, *options.arguments, *more, folder=folder, environment=environment)
        return report(done, last_settings=settings.result())


def last_settings(
    stack: str, folder: Path | None, environment: Mapping[str, str] | None
) -> dict[str, str] | None:
    """Give the settings of the last update, secrets blinded; None where there was none."""
    given = os.environ if environment is None else environment
    command = ["stack", "history", "--json", "--page-size=1", f"--stack={stack}"]
    try:
        done = subprocess.run(
            ["pulumi", *command, "--non-interactive"],
            cwd=folder,
            env={**given, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            check=False,
        )
        updates = json.loads(done.stdout)
        config = updates[0]["config"]
    except (OSError, ValueError, LookupError, TypeError):
        return None
    return {
        name: "[secret]" if setting.get("secret") else str(setting.get("value", ""))
        for name, setting in config.items()
    }
