"""``python -m sandbox``: the sandbox's command line."""

from __future__ import annotations

import json
import os
import subprocess
import sys
from datetime import UTC, datetime
from textwrap import shorten
from typing import Annotated

import typer
from rich.console import Console
from rich.markup import escape
from rich.table import Table

from sandbox import environment, lifecycle
from sandbox.errors import SandboxError
from sandbox.layout import APISERVER_URL, DATABASE, DNS_ZONE, HERE, HOST_V4, SERVERS
from sandbox.node import NODE
from sandbox.processes import Supervisor

app = typer.Typer(
    help="Real parts on one machine: a Kubernetes cluster, a MySQL server outside it, its DNS.",
    no_args_is_help=True,
    add_completion=False,
    pretty_exceptions_enable=False,
)
console = Console(highlight=False)
complaints = Console(highlight=False, soft_wrap=True, stderr=True)

NEXT = {
    'eval "$(make -s env)"': "a shell in the sandbox, where pulumi and kubectl work as usual",
    "pulumi preview --diff": "there: what would change",
    "kubectl get pods": "there: what runs",
    "make demo": "the article's story, with Bookinfo's page in a real mesh",
    "make test": "proves it all",
    "make destroy": "deletes what the stack made",
    "make down": "stops the sandbox",
}


@app.command()
def up(
    *,
    mesh: Annotated[bool, typer.Option("--mesh", help="With Istio in the cluster.")] = False,
) -> None:
    """Bring everything up, or whatever of it is not; changes nothing where all stands."""
    try:
        changed = lifecycle.up(HERE, console, mesh=mesh)
    except KeyboardInterrupt:
        raise SandboxError("interrupted; what stands is kept, and `make up` goes on") from None
    console.print("the sandbox is up" if changed else "the sandbox is up, as it was: nothing to do")


@app.command()
def down() -> None:
    """Stop everything: no process, namespace, mount or route stays; the data does."""
    stopped = lifecycle.down(HERE, console)
    console.print("the sandbox is down" if stopped else "the sandbox is down, as it was")


@app.command()
def clean() -> None:
    """Stop everything and remove its data: cluster, database, stacks. Built tools stay."""
    lifecycle.clean(HERE, console)
    console.print("the sandbox is down, and its data is gone")


@app.command()
def status() -> None:
    """Show each server: state, since when, process, address; and the pods of the cluster."""
    states = Supervisor(HERE).states()
    if not states:
        console.print("the sandbox is down; `make up` brings it up")
        raise typer.Exit(1)
    table = Table("server", "state", "for", "process", "address", box=None, pad_edge=False)
    now = datetime.now(UTC).replace(microsecond=0)
    for name, address in SERVERS.items():
        state = states[name]
        colour = "green" if state.word == "RUNNING" else "yellow" if state.is_up else "dim"
        since = str(now - state.since) if state.since else ""
        table.add_row(name, f"[{colour}]{state.word.lower()}", since, str(state.pid or ""), address)
    console.print(table)
    pods = ["kubectl", f"--kubeconfig={HERE.kubeconfig}", "get", "pods", "--all-namespaces"]
    subprocess.run([HERE.bin / pods[0], *pods[1:]], check=False)


@app.command()
def logs(
    server: Annotated[
        str,
        typer.Argument(help=f"One of: {', '.join(SERVERS)}, containerd, kubelet, supervisord."),
    ],
    *,
    follow: Annotated[bool, typer.Option("--follow", "-f", help="Go on with new lines.")] = False,
    lines: Annotated[int, typer.Option("--lines", "-n", help="How many of the last lines.")] = 40,
) -> None:
    """Show the log of one server; those of pods are kubectl's to show."""
    files = [*HERE.logs.glob("*.log"), *(HERE.logs / NODE).glob("*.log")]
    known = {file.stem: file for file in files}
    if server not in known:
        raise SandboxError(
            f"no server {server!r} has a log; these have: {', '.join(sorted(known)) or 'none yet'}"
        )
    command = ["tail", *(["-F"] if follow else []), "-n", str(lines), str(known[server])]
    os.execvp(command[0], command)  # noqa: S606 - Ctrl-C is tail's own then


@app.command()
def env() -> None:
    """Print what puts a shell into the sandbox: eval "$(make -s env)"."""
    typer.echo(environment.exports(HERE))
    if Supervisor(HERE).pid() is None:
        complaints.print("the sandbox is down; `make up` brings it up")


_WIDEST = 76
"""Characters of an output: more is for who asks for it."""


@app.command()
def summary() -> None:
    """Show what stands, the stack's outputs, and what to type next."""
    outputs = subprocess.run(
        ["pulumi", "stack", "output", "--json"], capture_output=True, text=True, check=False
    )
    table = Table.grid(padding=(0, 2))
    table.add_row("[bold]the sandbox[/]")
    table.add_row("  cluster", APISERVER_URL)
    table.add_row("  database", f"{DATABASE.host} ({DATABASE.ipv4}, {DATABASE.ipv6})")
    table.add_row("  nameserver", f"{HOST_V4}, zone {DNS_ZONE}")
    if outputs.returncode == 0:
        table.add_row("[bold]the stack's outputs[/]")
        for name, value in json.loads(outputs.stdout).items():
            table.add_row(
                f"  {name}", escape(shorten(_on_one_line(value), _WIDEST, placeholder=" ..."))
            )
    table.add_row("[bold]what next[/]")
    for command, purpose in NEXT.items():
        table.add_row(f"  [cyan]{command}[/]", purpose)
    console.print()
    console.print(table)


def _on_one_line(value: object) -> str:
    if isinstance(value, dict):
        return ", ".join(f"{key}: {_on_one_line(item)}" for key, item in value.items()) or "none"
    if isinstance(value, list):
        return ", ".join(map(_on_one_line, value)) or "none"
    return str(value)


def main() -> None:
    """Runs the command line; what goes wrong is said in lines for a person, and exits with 1."""
    try:
        app()
    except SandboxError as error:
        complaints.print(f"[red]error:[/] {escape(str(error))}")
        for hint in error.hints:
            complaints.print(f"  {escape(hint)}")
        sys.exit(1)


if __name__ == "__main__":
    main()
