"""Runs of the CLI that are killed at one event after the other, and what becomes of them next."""

from __future__ import annotations

import signal
import subprocess
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any

import psutil
from rich.table import Table

from mysql.generations import generation_of
from sandbox.database import Server
from sandbox.errors import SandboxError
from sandbox.kubectl import Kubectl
from sandbox.layout import CONTEXT, HOST_V4, RATINGS_MYSQL2_IMAGE
from sandbox.stack import Stack, admin_of

READER = "bookinfo"
_KINDS = ("deployments", "secrets", "configmaps", "serviceentries", "virtualservices",
          "destinationrules", "poddisruptionbudgets")  # fmt: skip
_MARKED = "external-mysql/owner"
_ADOPT = ["Database/test", "Table/ratings", "Account/bookinfo"]
_THEIRS = (
    "CREATE DATABASE test",
    "CREATE TABLE test.ratings (ReviewID INT PRIMARY KEY, Rating INT) COMMENT 'theirs'",
    "INSERT INTO test.ratings VALUES (1, 3), (7, 2)",
    "CREATE USER bookinfo IDENTIFIED BY 'Th31rs-and_no:body+else'",
    "GRANT SELECT, INSERT ON test.* TO bookinfo",
)
_FOUND = (
    "SHOW CREATE TABLE test.ratings",
    "SELECT * FROM test.ratings",
    "SHOW GRANTS FOR bookinfo",
    "SELECT User, Host, plugin, authentication_string FROM mysql.user WHERE User LIKE 'bookinfo%'",
)
_THEIRS_GOES_ON = "pulumi-resource-kubernetes"
"""A plugin that ends what it deletes, though nobody asks for it any more."""
_LONGEST = 300
_END_SECONDS = 20


def everything(engine: psutil.Process) -> list[psutil.Process]:
    """A power cut: the engine and all that it started."""
    return [engine, *engine.children(recursive=True)]


def engine_alone(engine: psutil.Process) -> list[psutil.Process]:
    """The engine: what it started has to end by itself."""
    return [engine]


def program(engine: psutil.Process) -> list[psutil.Process]:
    """The program, with its language host."""
    return _named(engine, "pulumi-language")


def our_provider(engine: psutil.Process) -> list[psutil.Process]:
    """The program's own provider."""
    return _named(engine, "mysql-extra")


def kubernetes(engine: psutil.Process) -> list[psutil.Process]:
    """The provider of Kubernetes' objects."""
    return _named(engine, "pulumi-resource-kubernetes")


VICTIMS: Sequence[Callable[[psutil.Process], list[psutil.Process]]] = (
    everything,
    engine_alone,
    program,
    our_provider,
    kubernetes,
)


@dataclass
class Tried:
    """What became of one operation, killed at so many events.

    Attributes:
        points: How often it was killed.
        converged: How often the next run put everything right.
        manual: How often somebody had to do more than `make unlock`.
        orphans: What was there afterwards that no state knows.
        problems: What went wrong otherwise.
    """

    points: int = 0
    converged: int = 0
    manual: int = 0
    orphans: list[str] = field(default_factory=list)
    problems: list[str] = field(default_factory=list)


@dataclass
class Bench:
    """One stack, in a namespace and on a server of its own."""

    stack: Stack
    server: Server
    kubectl: Kubectl
    turn: int = 0
    found: list[list[Any]] = field(default_factory=list)

    @classmethod
    def make(cls, folder: Path, server: Server, kubectl: Kubectl) -> Bench:
        """Make the stack, which has made nothing yet."""
        environment = {
            **kubectl.environment,
            **admin_of(server),
            "PULUMI_CONFIG_PASSPHRASE": "faults",
        }
        settings: Mapping[str, Any] = {
            "host": server.at.host,
            "nameserver": str(HOST_V4),
            "context": CONTEXT,
            "namespace": kubectl.namespace,
            "image": RATINGS_MYSQL2_IMAGE,
            "destinationRules": True,
            "protect": False,
        }
        return cls(Stack.make(folder, environment, settings, kubectl.namespace), server, kubectl)

    @contextmanager
    def as_it_was(self) -> Iterator[None]:
        """Put the settings back afterwards."""
        file = self.stack.folder / f"Pulumi.{self.stack.name}.yaml"
        before = file.read_text()
        try:
            yield
        finally:
            file.write_text(before)

    def rotate(self) -> None:
        """Have the next run make another account."""
        self.turn += 1
        self.stack.set(rotation=str(self.turn))

    def move(self) -> None:
        """Have the next run take another way out of the mesh, or the first again."""
        self.turn += 1
        self.stack.set(egress="bypass" if self.turn % 2 else "lookup")

    def theirs(self) -> None:
        """Have what others made: the first time it is made, later it has to be as it was."""
        with self.server.connect() as connection, connection.cursor() as cursor:

            def ask(statement: str) -> list[Any]:
                cursor.execute(statement)
                return list(cursor.fetchall())

            if not ask("SHOW DATABASES LIKE 'test'"):
                for statement in _THEIRS:
                    ask(statement)
                connection.commit()
            found = [*map(ask, _FOUND)]
        self.found = self.found or found
        if found != self.found:
            raise SandboxError(f"what was adopted was not given back: {self.found} -> {found}")

    def recover(self) -> None:
        """Remove the lock of the run that is no more, as `make unlock` does."""
        done = self.stack.module("recover", "unlock", f"--stack={self.stack.name}")
        if done.returncode:
            raise SandboxError(f"`recover unlock` failed: {done.stdout}{done.stderr}")

    def orphans(self) -> list[str]:
        """Name what is in the cluster and on the server that the state does not know."""
        state = self.stack.state()
        return [each for each in self.standing() if f'"{each}"' not in state]

    def standing(self) -> list[str]:
        """Name what the stack has made that is in the cluster and on the server."""
        return [*self._objects(), *self._on_server()]

    def _objects(self) -> Iterator[str]:
        for kind in _KINDS:
            for item in self.kubectl.get(kind)["items"]:
                if _MARKED in (item["metadata"].get("annotations") or {}):
                    yield item["metadata"]["name"]

    def _on_server(self) -> Iterator[str]:
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute("SELECT User FROM mysql.user")
            for (user,) in cursor.fetchall():
                if generation_of(READER, user) or "_twin_" in user:
                    yield user
            cursor.execute("SHOW DATABASES LIKE 'test'")
            for (name,) in cursor.fetchall():
                yield name


@dataclass(frozen=True)
class Operation:
    """An operation that is killed, and how a stack is brought to where it starts."""

    name: str
    command: Sequence[str]
    before: Callable[[Bench], object]
    ends_empty: bool = False


def _stands(bench: Bench) -> None:
    bench.stack.up()


def _is_gone(bench: Bench) -> None:
    bench.stack.destroy()


def _is_to_rotate(bench: Bench) -> None:
    bench.stack.up()
    bench.rotate()


def _is_to_move(bench: Bench) -> None:
    bench.stack.up()
    bench.move()


def _is_to_adopt(bench: Bench) -> None:
    bench.stack.destroy()
    bench.theirs()
    bench.stack.set(adopt=_ADOPT)


_UP = ("up", "--yes", "--skip-preview")
OPERATIONS = (
    Operation("up", _UP, _is_gone),
    Operation("rotation", _UP, _is_to_rotate),
    Operation("another way out", _UP, _is_to_move),
    Operation("destroy", ("destroy", "--yes"), _stands, ends_empty=True),
    Operation("adoption", _UP, _is_to_adopt),  # the last, for what others made stays
)


def measure(
    bench: Bench,
    points: int,
    started: Callable[[str], None],
    operations: Sequence[Operation] = OPERATIONS,
) -> dict[str, Tried]:
    """Kill each operation at so many of its events, evenly spread.

    Args:
        bench: Where.
        points: How often each is killed.
        started: Is told what is tried.
        operations: Which.
    """
    return {each.name: _try(bench, each, points, started) for each in operations}


def _try(bench: Bench, operation: Operation, points: int, started: Callable[[str], None]) -> Tried:
    tried = Tried()
    operation.before(bench)
    started(f"{operation.name}: how many events there are")
    last = _run(bench, operation, kill_at=None, victims=everything)
    for point in range(points):
        at = 1 + point * (last - 1) // max(points - 1, 1)
        victims = VICTIMS[point % len(VICTIMS)]
        started(f"{operation.name}: {victims.__name__} killed at event {at} of {last}")
        operation.before(bench)
        _run(bench, operation, kill_at=at, victims=victims)
        tried.points += 1
        try:
            bench.recover()
            bench.stack.run(*operation.command)
            if not operation.ends_empty:
                bench.stack.up("--refresh", "--expect-no-changes")
            tried.converged += 1
        except SandboxError as problem:
            tried.manual += 1
            tried.problems.append(f"{victims.__name__} at {at} of {last}: {problem}")
            started(tried.problems[-1])
            _start_again(bench)
            continue
        tried.orphans += [f"{each} ({victims.__name__} at {at})" for each in bench.orphans()]
    return tried


def _start_again(bench: Bench) -> None:
    """Take away by hand what one try has left, so that it does not count against the next."""
    bench.stack.run("cancel", "--yes")
    bench.stack.run("refresh", "--yes", "--clear-pending-creates")
    bench.stack.destroy()


def _run(
    bench: Bench,
    operation: Operation,
    kill_at: int | None,
    victims: Callable[[psutil.Process], list[psutil.Process]],
) -> int:
    """Run an operation, kill it at an event, and wait until all it started is gone.

    Gives how many events there were.
    """
    log = bench.stack.folder / "killed-events"
    log.write_text("")
    engine = subprocess.Popen(
        ["pulumi", *operation.command, f"--event-log={log}", "--non-interactive"],
        cwd=bench.stack.folder,
        env={**bench.stack.environment, "PULUMI_DEBUG_COMMANDS": "true"},
        stdout=subprocess.DEVNULL,
        stderr=subprocess.DEVNULL,
    )
    process, started = psutil.Process(engine.pid), time.monotonic()
    family: set[psutil.Process] = set()
    while engine.poll() is None:
        family.update(process.children(recursive=True))
        if kill_at is not None and _lines(log) >= kill_at:
            for victim in victims(process):
                _kill(victim)
            break
        if time.monotonic() - started > _LONGEST:
            raise SandboxError(f"{operation.name} does not end")
        time.sleep(0.005)
    engine.wait(_LONGEST)
    _, waited = psutil.wait_procs(family, timeout=_END_SECONDS)
    left = [each for each in waited if _goes_on(each)]
    ours = sorted({_name(each) for each in left if _THEIRS_GOES_ON not in _name(each)})
    for each in left:
        _kill(each)
    if ours:
        raise SandboxError(f"{operation.name}: its engine is gone, and these go on: {ours}")
    return _lines(log)


def _lines(log: Path) -> int:
    return log.read_bytes().count(b"\n")


def _named(engine: psutil.Process, name: str) -> list[psutil.Process]:
    return [each for each in engine.children(recursive=True) if name in _name(each)]


def _goes_on(process: psutil.Process) -> bool:
    """Say whether it runs: what nobody has reaped yet, whose parent was killed, does not."""
    try:
        return bool(process.status() != psutil.STATUS_ZOMBIE)
    except psutil.NoSuchProcess:
        return False


def _name(process: psutil.Process) -> str:
    try:
        return " ".join(process.cmdline()[:3])
    except psutil.NoSuchProcess:
        return ""


def _kill(process: psutil.Process) -> None:
    try:
        process.send_signal(signal.SIGKILL)
    except psutil.NoSuchProcess:
        return


def table(tried: Mapping[str, Tried]) -> Table:
    """Show it."""
    shown = Table("killed", "tried", "converged", "manual steps", "orphans")
    for name, each in tried.items():
        shown.add_row(
            name, *(str(n) for n in (each.points, each.converged, each.manual, len(each.orphans)))
        )
    return shown
