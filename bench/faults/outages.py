"""Parts that are away, slow or full: what each command does then, how soon, in what words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, contextmanager
from dataclasses import dataclass
from pathlib import Path

import pymysql
import yaml
from rich.table import Table

from bench.faults.kills import Bench
from sandbox.layout import HERE, HOST_V4
from sandbox.processes import Supervisor
from sandbox.stack import Run

BOUND = 15.0
"""Seconds within which each failure is to be said."""
_SLOW = 2.0
_UNUSED = "198.18.53.99"

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Outage:
    """A part that does not do what it should, for as long as it lasts; gives what a run is told."""

    name: str
    during: Callable[[Bench], AbstractContextManager[Environment]]


@dataclass(frozen=True)
class Seen:
    """What a command did meanwhile, and whether one afterwards put everything right."""

    outage: str
    command: str
    seconds: float
    code: int
    said: Sequence[str]
    finished: bool


@contextmanager
def _mysql_stopped(bench: Bench) -> Iterator[Environment]:
    supervisor = Supervisor(HERE)
    supervisor.stop(bench.server.at.name)
    try:
        yield {}
    finally:
        supervisor.start(bench.server.at.name)
        _until_it_answers(bench)


@contextmanager
def _mysql_mute(_: Bench) -> Iterator[Environment]:
    """Somebody takes the connection, and says nothing."""
    with _listening(lambda client: client.recv(1)) as endpoint:
        yield {"MYSQL_ENDPOINT": endpoint}


@contextmanager
def _mysql_slow(bench: Bench) -> Iterator[Environment]:
    """Each statement takes two seconds, once a login is through."""

    def forward(client: socket.socket) -> None:
        with socket.create_connection((str(bench.server.at.ipv4), bench.server.at.port)) as server:
            opened = time.monotonic()
            back = threading.Thread(target=_copy, args=(server, client, lambda: 0.0), daemon=True)
            back.start()
            _copy(client, server, lambda: _SLOW if time.monotonic() - opened > 1 else 0.0)

    with _listening(forward) as endpoint:
        # The certificate is for the server's name, and not for this door to it.
        yield {"MYSQL_ENDPOINT": endpoint, "MYSQL_TLS_CONFIG": "skip-verify"}


@contextmanager
def _mysql_read_only(bench: Bench) -> Iterator[Environment]:
    with bench.server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SET GLOBAL super_read_only = ON")
        try:
            yield {}
        finally:
            cursor.execute("SET GLOBAL read_only = OFF")


@contextmanager
def _mysql_full(bench: Bench) -> Iterator[Environment]:
    with bench.server.connect() as connection, connection.cursor() as cursor, ExitStack() as held:
        cursor.execute("SET GLOBAL max_connections = 1")
        held.callback(cursor.execute, "SET GLOBAL max_connections = DEFAULT")
        while True:  # an administrator has one connection more than there are
            try:
                held.enter_context(bench.server.connect())
            except pymysql.MySQLError:
                break
        yield {}


@contextmanager
def _dns_away(bench: Bench) -> Iterator[Environment]:
    bench.stack.set(nameserver=_UNUSED)
    try:
        yield {}
    finally:
        bench.stack.set(nameserver=str(HOST_V4))


@contextmanager
def _api_server_away(bench: Bench) -> Iterator[Environment]:
    with socket.socket() as unused:
        unused.bind(("127.0.0.1", 0))
        yield _kubeconfig(bench, f"https://127.0.0.1:{unused.getsockname()[1]}")


@contextmanager
def _api_server_mute(bench: Bench) -> Iterator[Environment]:
    with _listening(lambda client: client.recv(1)) as endpoint:
        yield _kubeconfig(bench, f"https://{endpoint}")


OUTAGES = (
    Outage("MySQL is stopped", _mysql_stopped),
    Outage("MySQL is mute", _mysql_mute),
    Outage("MySQL takes 2 s a statement", _mysql_slow),
    Outage("MySQL is read-only", _mysql_read_only),
    Outage("MySQL is out of connections", _mysql_full),
    Outage("DNS is away", _dns_away),
    Outage("the API server is away", _api_server_away),
    Outage("the API server is mute", _api_server_mute),
)


@dataclass(frozen=True)
class Command:
    """A command of an engineer's, and the settings that go before it."""

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, object]


_UP = ("up", "--yes", "--skip-preview")
COMMANDS = (
    Command("preview, nothing changes", ("preview",), {}),
    Command("up, one rating", _UP, {"ratings": {"1": 1}}),
    Command("up, another image of the pods", _UP, {"replicas": 2}),
    Command("up, a rotation", _UP, {"rotation": "outage"}),
    Command("up, egress off", _UP, {"egress": "off"}),
    Command("destroy", ("destroy", "--yes"), {}),
)


def measure(
    bench: Bench,
    started: Callable[[str], None],
    outages: Sequence[Outage] = OUTAGES,
    commands: Sequence[Command] = COMMANDS,
) -> list[Seen]:
    """Run each command in each outage, and once more after it."""
    seen = []
    for outage in outages:
        for command in commands:
            started(f"{outage.name}: {command.name}")
            with bench.as_it_was():
                bench.stack.up()
                with outage.during(bench) as told:
                    bench.stack.set(**command.settings)
                    began = time.monotonic()
                    run = bench.stack.run(*command.arguments, ok=None, **told)
                    took = time.monotonic() - began
                after = bench.stack.run(*command.arguments, ok=None)
                seen.append(
                    Seen(outage.name, command.name, took, run.code, _said(run), after.code == 0)
                )
    return seen


def table(seen: Sequence[Seen]) -> Table:
    """Show it."""
    shown = Table("outage", "command", "seconds", "went through", "finished after it", "said")
    for each in seen:
        shown.add_row(
            each.outage,
            each.command,
            f"{each.seconds:.1f}",
            "no" if each.code else "yes",
            "yes" if each.finished else "NO",
            "\n".join(each.said),
        )
    return shown


def _said(run: Run) -> list[str]:
    own = [line for line in run.errors if not line.startswith(("update failed", "preview failed"))]
    return sorted(set(own))


def _kubeconfig(bench: Bench, server: str) -> Environment:
    config = yaml.safe_load(Path(bench.stack.environment["KUBECONFIG"]).read_text())
    for cluster in config["clusters"]:
        cluster["cluster"]["server"] = server
    file = bench.stack.folder / "kubeconfig-of-an-outage"
    file.write_text(yaml.safe_dump(config))
    return {"KUBECONFIG": str(file)}


def _until_it_answers(bench: Bench) -> None:
    until = time.monotonic() + 60
    while True:
        try:
            bench.server.connect().close()
        except pymysql.MySQLError:
            if time.monotonic() > until:
                raise
            time.sleep(0.2)
        else:
            return


@contextmanager
def _listening(serve: Callable[[socket.socket], object]) -> Iterator[str]:
    """Take connections on a port of this machine; gives it as `host:port`."""

    def one(client: socket.socket) -> None:
        with client:
            serve(client)

    def take() -> None:
        while True:
            try:
                client, _ = door.accept()
            except OSError:
                return
            threading.Thread(target=one, args=(client,), daemon=True).start()

    with socket.create_server(("127.0.0.1", 0)) as door:
        threading.Thread(target=take, daemon=True).start()
        try:
            yield f"127.0.0.1:{door.getsockname()[1]}"
        finally:
            door.shutdown(socket.SHUT_RDWR)


def _copy(source: socket.socket, target: socket.socket, delay: Callable[[], float]) -> None:
    try:
        while chunk := source.recv(65536):
            time.sleep(delay())
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
