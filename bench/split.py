"""Where the processor time of a preview goes: what the program adds to the SDKs and the engine."""

from __future__ import annotations

import resource
import subprocess
import sys
from collections.abc import Mapping
from statistics import median

from rich.table import Table

from sandbox.layout import CHECKOUT

MOST = 0.5
"""Seconds of processor time that the program may add to a preview without changes."""

_FLAT = (
    "import pulumi, pulumi_kubernetes as k, pulumi_mysql, pulumi_random; "
    "k.core.v1.Secret; k.apps.v1.Deployment; k.apiextensions.CustomResource; "
)
_OWN = (
    "import pulumi_random, checks.before_changes, components.cluster, components.database, "
    "components.destination_rules, components.external_service, components.reader, "
    "components.routing, components.server, components.workload; "
)
_FROZEN = "import gc; gc.freeze(); "
_NO_END = "import os; os._exit(0)"


def measure(rounds: int) -> dict[str, float]:
    """Give what each part takes: its name -> seconds of processor time, medians."""
    own = _python(_OWN + _NO_END, rounds)
    return {
        "importing what a flat program does": _python(_FLAT + _NO_END, rounds),
        "importing what the program does": own,
        "the interpreter's end": _python(_OWN + _FROZEN, rounds) - own,
        "the provider's start and end": _median(
            [str(CHECKOUT / "provider" / "pulumi-resource-mysql-extra")], rounds
        ),
    }


def table(parts: Mapping[str, float], program: float, flat: float) -> Table:
    """Show the parts, and the whole of a preview."""
    shown = Table(title="Processor time of a preview without changes", title_justify="left")
    for heading in ("", "seconds", ""):
        shown.add_column(heading, justify="right" if heading else "left")
    for name, seconds in parts.items():
        shown.add_row(name, f"{seconds:.2f}")
    shown.add_row("all processes of it, the flat program's", f"{flat:.2f}")
    shown.add_row("all processes of it, the program's", f"{program:.2f}")
    added = program - flat
    met = "[green]met" if added <= MOST else "[red]missed"
    shown.add_row(f"so the program adds, at most {MOST}", f"{added:.2f}", met)
    return shown


def cpu_of_children() -> float:
    """Give the processor time of all processes that this one has waited for; seconds."""
    used = resource.getrusage(resource.RUSAGE_CHILDREN)
    return used.ru_utime + used.ru_stime


def _python(code: str, rounds: int) -> float:
    return _median([sys.executable, "-c", code], rounds)


def _median(command: list[str], rounds: int) -> float:
    taken = []
    for _ in range(rounds + 1):
        before = cpu_of_children()
        subprocess.run(
            command, cwd=CHECKOUT, stdin=subprocess.DEVNULL, stdout=subprocess.DEVNULL, check=True
        )
        taken.append(cpu_of_children() - before)
    return median(taken[1:])
