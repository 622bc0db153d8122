"""`make bench`: the program against its own resources written flat, and what a sidecar costs."""

from __future__ import annotations

import json
import os
import platform
from collections.abc import Mapping
from subprocess import CalledProcessError
from typing import Annotated, Any

import typer
from rich.console import Console

from bench import effect, lookups, memory, sidecar
from bench.comparison import Comparison, table
from bench.life import DESTROY, FIRST_PREVIEW, PREVIEW, UP, CommandFailed, Program, live
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
from sandbox.stack import admin_of

NAMESPACE = "bench"
RESULT = HERE.root / "bench.json"
MOST = {FIRST_PREVIEW: None, UP: 1.2, PREVIEW: 1.15, DESTROY: None}

OURS = ("Pulumi.yaml", "__main__.py", "settings.py", "components", "preflight")
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
    try:
        with (
            fresh_server(TESTS_DATABASE) as server,
            Kubectl(os.environ, NAMESPACE).fresh_namespace(),
        ):
            lives = _compare_lives(server, pairs, previews)
        with standing(TESTS, console, keep=False) as stage:
            questions = _compare_pods(stage.home, rounds)
            switched = Story(stage).switched(rounds)
        with console.status("running the tests of the mesh"):
            suite = memory.of_mesh_suite()
    except (SandboxError, CommandFailed, CalledProcessError) as problem:
        console.print(str(problem), markup=False, style="red")
        raise typer.Exit(1) from None
    lookup = lookups.compare(pairs)
    console.print(table("Medians of pairs", "program", "flat", lives))
    console.print(
        table(f"A nameserver that takes {lookups.DELAY} s", "100 hosts", "1 host", [lookup])
    )
    console.print(table("Ratings from MySQL", "sidecar", "none", questions))
    console.print("queries per second, four at a time: " + sidecar.rates(questions[-1]))
    console.print(effect.table(switched))
    console.print(f"tests/mesh: {suite.seconds:.0f} s, {suite.mib} MiB of memory at most")
    result = {
        "machine": {"cores": os.cpu_count(), "python": platform.python_version()},
        "comparisons": [each.as_json() for each in (*lives, lookup, *questions)],
        "effects": effect.as_json(switched),
        "mesh suite": {"seconds": suite.seconds, "MiB": suite.mib},
    }
    RESULT.write_text(json.dumps(result, indent=2) + "\n")
    console.print(f"in full: {RESULT.relative_to(CHECKOUT)}")


def _compare_lives(server: Server, pairs: int, previews: int) -> list[Comparison]:
    environment = {**os.environ, **admin_of(server)}
    ours, flat = _program(server), _flat()
    lives = []
    with console.status("warming up") as status:
        for pair in range(pairs + 1):
            lives.append((live(ours, environment, previews), live(flat, environment, previews)))
            status.update(f"pair {pair + 1} of {pairs}")
    return [
        Comparison(name, [a[name] for a, _ in lives[1:]], [b[name] for _, b in lives[1:]], most)
        for name, most in MOST.items()
    ]


def _compare_pods(home: Place, rounds: int) -> list[Comparison]:
    home.settle()
    past = visitor(home.kubectl, "past", home.reader(), labels=WITHOUT_SIDECAR)
    with console.status("asking for ratings"):
        return sidecar.compare(home.pod(), past, rounds)


def _program(server: Server) -> Program:
    settings: Mapping[str, Any] = {
        "host": server.at.host,
        "nameserver": str(HOST_V4),
        "context": CONTEXT,
        "namespace": NAMESPACE,
        "image": RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
    }
    return Program(
        "program",
        [CHECKOUT / name for name in OURS],
        {f"external-mysql:{name}": value for name, value in settings.items()},
    )


def _flat() -> Program:
    return Program("flat", [CHECKOUT / "bench" / "flat" / name for name in FLAT], {})


if __name__ == "__main__":
    typer.run(main)
