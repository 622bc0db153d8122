"""`make faults`: what happens to requests, state and servers when things change or break."""

from __future__ import annotations

from subprocess import CalledProcessError
from typing import Annotated

import typer
from rich.console import Console

from bench.faults import changes
from demo.stage import TESTS, standing
from sandbox.errors import SandboxError

console = Console(highlight=False)
application = typer.Typer(add_completion=False, no_args_is_help=False)


@application.command("changes")
def measure_changes(
    least: Annotated[int, typer.Option(help="Requests a change, at each of the two.")] = 10_000,
    only: Annotated[str, typer.Option(help="Changes whose name has this in it.")] = "",
) -> None:
    """Make changes under load."""
    chosen = [each for each in changes.CHANGES if only in each.name]
    with standing(TESTS, console, keep=False) as stage, console.status("") as status:
        seen = changes.measure(stage, least, status.update, chosen)
    console.print(changes.table(seen))
    if any(each.service.failed or each.page.failed for each in seen):
        raise typer.Exit(1)


if __name__ == "__main__":
    try:
        application()
    except (SandboxError, CalledProcessError) as problem:
        console.print(str(problem), markup=False, style="red")
        raise SystemExit(1) from None
