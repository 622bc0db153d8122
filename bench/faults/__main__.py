"""`make faults`: what happens to requests, state and servers when things change or break."""

from __future__ import annotations

import os
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from functools import partial
from pathlib import Path
from subprocess import CalledProcessError
from tempfile import TemporaryDirectory
from typing import Annotated

import typer
from rich.console import Console

from bench.faults import changes, kills, outages
from demo.stage import TESTS, standing
from sandbox.database import fresh_server
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.layout import TESTS_DATABASES, DatabaseAt

console = Console(highlight=False)
application = typer.Typer(add_completion=False, no_args_is_help=False)


@contextmanager
def _told() -> Iterator[Callable[[str], None]]:
    """Say what is tried: on one line of a terminal, line by line in a log."""
    if console.is_terminal:
        with console.status("") as status:
            yield status.update
    else:
        yield partial(console.print, markup=False)


@application.command("changes")
def measure_changes(
    least: Annotated[int, typer.Option(help="Requests a change, at Service and page.")] = 10_000,
    only: Annotated[str, typer.Option(help="Changes whose name has this in it.")] = "",
) -> None:
    """Make changes under load."""
    chosen = [each for each in changes.CHANGES if only in each.name]
    with standing(TESTS, console, keep=False) as stage, _told() as told:
        seen = changes.measure(stage, least, told, chosen)
    console.print(changes.table(seen))
    if any(each.service.failed or each.page.failed for each in seen):
        raise typer.Exit(1)


@contextmanager
def _bench(namespace: str, database: DatabaseAt) -> Iterator[kills.Bench]:
    """A stack of its own, so that several can be tried at once."""
    with (
        fresh_server(database) as server,
        Kubectl(os.environ, namespace).fresh_namespace() as kubectl,
        TemporaryDirectory() as folder,
    ):
        bench = kills.Bench.make(Path(folder), server, kubectl)
        yield bench
        bench.stack.destroy()


@application.command("kills")
def measure_kills(
    points: Annotated[int, typer.Option(help="How often each operation is killed.")] = 25,
    only: Annotated[str, typer.Option(help="Operations whose name has this in it.")] = "",
) -> None:
    """Kill runs of the CLI, and run them again."""
    chosen = [each for each in kills.OPERATIONS if only in each.name]
    with _bench("kills", TESTS_DATABASES[0]) as bench, _told() as told:
        tried = kills.measure(bench, points, told, chosen)
    console.print(kills.table(tried))
    for name, each in tried.items():
        for line in (*each.problems, *each.orphans):
            console.print(f"{name}: {line}", markup=False)
    if any(each.manual or each.orphans for each in tried.values()):
        raise typer.Exit(1)


@application.command("outages")
def measure_outages(
    only: Annotated[str, typer.Option(help="Outages whose name has this in it.")] = "",
    command: Annotated[str, typer.Option(help="Commands whose name has this in it.")] = "",
) -> None:
    """Run commands while a part is away, slow or full."""
    chosen = [each for each in outages.OUTAGES if only in each.name]
    commands = [each for each in outages.COMMANDS if command in each.name]
    with _bench("outages", TESTS_DATABASES[1]) as bench, _told() as told:
        seen = outages.measure(bench, told, chosen, commands)
    for each in seen:
        console.print(outages.in_full(each), markup=False, soft_wrap=True)
    console.print(outages.table(seen))
    if not all(each.is_right for each in seen):
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        application()
    except (SandboxError, CalledProcessError) as problem:
        for line in (str(problem), *getattr(problem, "hints", ())):
            console.print(line, markup=False, style="red", soft_wrap=True)
        raise SystemExit(1) from None
