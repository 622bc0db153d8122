"""``python -m checks``: ask all rules about a stack's surroundings, and change nothing."""

from __future__ import annotations

import argparse
import json
import os
import shutil
import subprocess
import sys
import textwrap
from collections import Counter
from collections.abc import Mapping, Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import replace
from importlib import import_module
from time import monotonic
from typing import Any

from checks.context import context_problem
from checks.finding import Finding, Severity
from mysql.admin import Admin, AdminProblem
from mysql.driver import database_problem
from settings import PROJECT, Settings, SettingsProblem, load

_SETTINGS = "settings"
_MARGIN = 31
"""Width of severity and rule."""
_NARROWEST = 70
_SLOW = (
    "checks.judging",
    "cryptography.x509",
    "kubernetes.client",
    "kubernetes.config",
    "kubernetes.stream",
    "provider.server",
)
"""What takes its time to load, and is loaded while Pulumi reads the settings."""


class DoctorProblem(Exception):
    """The stack's settings cannot be had; the message is one line."""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, tell, and give the exit code: 1 where something cannot work, 0 otherwise."""
    given = _parser().parse_args(arguments)
    started = monotonic()
    try:
        with ThreadPoolExecutor() as pool:
            config = pool.submit(_config, given.stack)
            for name in _SLOW:
                import_module(name)
            found = examine(config.result())
    except DoctorProblem as problem:
        sys.stderr.write(f"error: {problem}\n")
        return 1
    seconds = monotonic() - started
    sys.stdout.write(_as_json(found) if given.json else _as_table(found, seconds))
    return int(any(finding.severity is Severity.FAILURE for _, finding in found))


def examine(config: Mapping[str, Any]) -> list[tuple[str, Finding]]:
    """Ask all rules.

    Args:
        config: The stack's configuration, `namespace:name` -> value.

    Returns:
        Name of a rule, and what it has found; wrong settings are all there is to be said of them.
    """
    from checks.facts.gathering import Gathering  # noqa: PLC0415 - they load much, see _SLOW
    from checks.judging import judge, needs, rules  # noqa: PLC0415

    try:
        settings, admin = _settings(config)
    except SettingsProblem as problem:
        return [
            (_SETTINGS, Finding(Severity.FAILURE, *_in_two(line)))
            for line in str(problem).splitlines()
        ]
    asked = rules()
    facts = Gathering(settings, admin).facts(needs(asked))
    whole = Finding(Severity.OK, f"{settings.host} for {settings.namespace} in {settings.context}")
    return [(_SETTINGS, whole), *judge(asked, facts)]


def _settings(config: Mapping[str, Any]) -> tuple[Settings, Admin]:
    settings = load(config)
    try:
        admin = Admin.read(lambda name: config.get(f"mysql:{name}"), os.environ)
        admin.authority()
    except AdminProblem as problem:
        raise SettingsProblem(f"mysql:{problem.setting}: {problem}") from None
    if wrong := database_problem(settings.image, settings.database):
        raise SettingsProblem(f"{PROJECT}:{wrong}")
    if wrong := context_problem(settings):
        raise SettingsProblem(wrong)
    return settings, admin


def _config(stack: str | None) -> Mapping[str, Any]:
    """Have Pulumi read the stack's configuration; its secrets stay in this process."""
    command = ["pulumi", "config", "--json", "--show-secrets", "--non-interactive"]
    if stack is not None:
        command += ["--stack", stack]
    try:
        done = subprocess.run(command, capture_output=True, text=True, check=False)
    except FileNotFoundError:
        raise DoctorProblem("there is no pulumi on PATH; install it") from None
    if done.returncode:
        said = done.stderr.strip().splitlines() or [f"`{' '.join(command)}` failed"]
        raise DoctorProblem(said[-1].removeprefix("error: "))
    return {
        name: each.get("objectValue", each.get("value"))
        for name, each in json.loads(done.stdout).items()
    }


def _in_two(line: str) -> tuple[str, str]:
    says, _, todo = line.rpartition("; ")
    return (says, todo) if says else (line, "")


def _as_json(found: Sequence[tuple[str, Finding]]) -> str:
    findings = [
        {"rule": rule, "severity": finding.severity, "says": finding.says, "todo": finding.todo}
        for rule, finding in found
    ]
    return json.dumps({"findings": findings}, indent=2) + "\n"


def _as_table(found: Sequence[tuple[str, Finding]], seconds: float) -> str:
    width = max(shutil.get_terminal_size((120, 24)).columns, _NARROWEST)
    lines = []
    for rule, finding in _together(found):
        text = finding.says + (f"\n-> {finding.todo}" if finding.todo else "")
        margin = f"{finding.severity:<9} {rule:<20} "
        for part in text.splitlines():
            lines += textwrap.wrap(
                part,
                width,
                initial_indent=margin,
                subsequent_indent=" " * _MARGIN,
                break_on_hyphens=False,
            )
            margin = " " * _MARGIN
    counted = Counter(finding.severity for _, finding in found)
    summary = ", ".join(f"{counted[each]} {each}" for each in Severity if counted[each])
    return "\n".join([*lines, f"{summary}; {seconds:.1f} s"]) + "\n"


def _together(found: Sequence[tuple[str, Finding]]) -> list[tuple[str, Finding]]:
    """Put what was not seen for one and the same reason into one line."""
    rules: dict[Finding, list[str]] = {}
    for rule, finding in found:
        if finding.severity is Severity.UNSEEN:
            rules.setdefault(finding, []).append(rule)
    return [
        *((rule, finding) for rule, finding in found if finding not in rules),
        *(
            ("", replace(finding, says=f"{', '.join(names)}: {finding.says}"))
            for finding, names in rules.items()
        ),
    ]


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(
        prog="python -m checks",
        description="Look at all that a stack counts on, and say what is in its way. Nothing is "
        "changed. The exit code is 1 where something cannot work, and 0 otherwise.",
    )
    parser.add_argument("--stack", help="the stack; default: the one that is selected")
    parser.add_argument("--json", action="store_true", help="write the findings as JSON")
    return parser


if __name__ == "__main__":
    sys.exit(main())
