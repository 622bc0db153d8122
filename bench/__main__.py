"""`make bench`: the program against its own resources written flat, and what a sidecar costs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from statistics import median
from subprocess import CalledProcessError
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import comment, doctor, effect, lookups, memory, sidecar, split
from bench.comparison import Comparison, table
from bench.life import CPU, DESTROY, FIRST_PREVIEW, PREVIEW, ROW, UP, CommandFailed, Program, live
from demo.pod import WITHOUT_SIDECAR, visitor
from demo.stage import TESTS, Place, standing
from demo.story import Story
from sandbox.database import Server, fresh_server
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.layout import (
    CHECKOUT,
    CONTEXT,
    HERE,
    HOST_V4,
    RATINGS_MYSQL2_IMAGE,
    TESTS_DATABASE,
)
from sandbox.stack import PROGRAM, admin_of

NAMESPACE = "bench"
RESULT = HERE.root / "bench.json"
MOST = {FIRST_PREVIEW: None, UP: 1.12, PREVIEW: 1.12, ROW: 1.15, DESTROY: None}

#: What was done -> what it took.
Life = Mapping[str, float]

OURS = PROGRAM
FLAT = ("Pulumi.yaml", "__main__.py", "ratings_table.py")

console = Console(highlight=False)


def main(
    pairs: Annotated[int, typer.Option(help="How often each program is brought up.")] = 5,
    previews: Annotated[int, typer.Option(help="Previews of each stack that is up.")] = 3,
    rounds: Annotated[int, typer.Option(help="How often each pod in the mesh is asked.")] = 10,
) -> None:
    """Measure, show a table, and write JSON; a target that is missed is no failure."""
    if os.environ.get("PULUMI_HOME") != str(HERE.pulumi_home):
        console.print("this shell is not in the sandbox; run `make bench`", style="red")
        raise typer.Exit(1)
    # As where people run it: what Python has compiled once it does not compile at each run.
    os.environ.pop("PYTHONDONTWRITEBYTECODE", None)
    try:
        with (
            fresh_server(TESTS_DATABASE) as server,
            Kubectl(os.environ, NAMESPACE).fresh_namespace(),
        ):
            measured = _live(server, pairs, previews)
            stack = ({**os.environ, **admin_of(server)}, _settings(server), pairs)
            told, seconds = comment.measure(*stack), doctor.measure(*stack)
            parts = split.measure(pairs)
        with standing(TESTS, console, keep=False) as stage:
            questions = _compare_pods(stage.home, rounds)
            switched = Story(stage).switched(rounds)
        with console.status("running the tests of the mesh"):
            suite = memory.of_mesh_suite()
    except (SandboxError, CommandFailed, CalledProcessError) as problem:
        console.print(str(problem), markup=False, style="red")
        raise typer.Exit(1) from None
    lookup = lookups.compare(pairs)
    lives = [_compared(measured, name, most) for name, most in MOST.items()]
    cpu = _compared(measured, CPU, None)
    console.print(table("Medians of pairs", "program", "flat", lives))
    console.print(comment.table(told))
    console.print(doctor.line(seconds))
    console.print(split.table(parts, median(cpu.one), median(cpu.other)))
    console.print(
        table(f"A nameserver that takes {lookups.DELAY} s", "100 hosts", "1 host", [lookup])
    )
    console.print(table("Ratings from MySQL", "sidecar", "none", questions))
    console.print("queries per second, four at a time: " + sidecar.rates(questions[-1]))
    console.print(effect.table(switched))
    console.print(f"tests/mesh: {suite.seconds:.0f} s, {suite.mib} MiB of memory at most")
    result = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "comparisons": [each.as_json() for each in (*lives, cpu, lookup, *questions)],
        "comment": told.as_json(),
        "doctor": {"seconds": seconds, "most": doctor.MOST},
        "processor time": parts,
        "effects": effect.as_json(switched),
        "mesh suite": {"seconds": suite.seconds, "MiB": suite.mib},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    console.print(f"in full: {RESULT.relative_to(CHECKOUT)}")


def _live(server: Server, pairs: int, previews: int) -> list[tuple[Life, Life]]:
    environment = {**os.environ, **admin_of(server)}
    ours, flat = _program(server), _flat()
    lives: list[tuple[Life, Life]] = []
    with console.status("warming up") as status:
        for pair in range(pairs + 1):
            rest = (environment, previews, pair / pairs % 1)
            lives.append((live(ours, *rest), live(flat, *rest)))
            status.update(f"pair {pair + 1} of {pairs}")
    return lives[1:]


def _compared(lives: list[tuple[Life, Life]], name: str, most: float | None) -> Comparison:
    return Comparison(name, [a[name] for a, _ in lives], [b[name] for _, b in lives], most)


def _compare_pods(home: Place, rounds: int) -> list[Comparison]:
    home.settle()
    around = visitor(home.kubectl, "past", home.reader(), labels=WITHOUT_SIDECAR)
    with around as past, console.status("asking for ratings"):
        return sidecar.compare(home.pod(), past, rounds)


def _settings(server: Server) -> Mapping[str, Any]:
    return {
        "host": server.at.host,
        "nameserver": str(HOST_V4),
        "context": CONTEXT,
        "namespace": NAMESPACE,
        "image": RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
        "protect": False,
    }


def _program(server: Server) -> Program:
    return Program(
        "program",
        [CHECKOUT / name for name in OURS],
        {f"external-mysql:{name}": value for name, value in _settings(server).items()},
    )


def _flat() -> Program:
    return Program("flat", [CHECKOUT / "bench" / "flat" / name for name in FLAT], {})


if __name__ == "__main__":
    typer.run(main)
