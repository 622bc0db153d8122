"""Parts that are away, slow or full: what each command does then, how soon, in what words."""

from __future__ import annotations

import socket
import threading
import time
from collections.abc import Callable, Iterator, Mapping, Sequence
from contextlib import AbstractContextManager, ExitStack, closing, contextmanager, suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import Any
from urllib.parse import urlsplit
from xmlrpc.client import Fault

import pymysql
import yaml
from rich.table import Table

from bench.faults.kills import Bench
from sandbox.layout import HERE, HOST_V4
from sandbox.processes import Supervisor
from sandbox.stack import Run

BOUND = 15.0
"""Seconds within which each failure is to be said."""
_ROLL_OUT = 200.0
"""Seconds for one that is pods' which cannot read: a roll-out may take three minutes."""
_PATIENCE = 900.0
"""Seconds for a run whose statements take two each."""
_SLOW = 2.0
_LOGIN = 5
"""How often a client speaks until it has logged in over TLS, at most: that is as fast as ever."""

Environment = Mapping[str, str]


@dataclass(frozen=True)
class Trouble:
    """What a run is told of where a part is, all the time, and how that part fails meanwhile."""

    begin: Callable[[], object]
    end: Callable[[], object]
    told: Environment = field(default_factory=dict)


@dataclass(frozen=True)
class Outage:
    """A part that does not do what it should."""

    name: str
    around: Callable[[Bench], AbstractContextManager[Trouble]]


@dataclass(frozen=True)
class Seen:
    """What a command did meanwhile, and whether one afterwards put everything right.

    Attributes:
        seconds: Until what failed was said, from the begin of that, or until it had gone through.
        said: Its errors and warnings.
        stands: What there was after it, where it was to take something away.
    """

    outage: str
    command: str
    seconds: float
    code: int
    said: Sequence[str]
    stands: Sequence[str]
    finished: bool

    @property
    def is_right(self) -> bool:
        """Whether it ended in time, closed what was to be closed, and was finished afterwards."""
        # Without an API server nobody can tell the sidecars.
        is_closed = (
            self.command != OFF
            or "API server" in self.outage
            or not any("mysql-external" in each for each in self.stands)
        )
        in_time = self.seconds <= (_ROLL_OUT if self.command == PODS else BOUND) or not self.code
        return self.finished and is_closed and in_time and "Traceback" not in "".join(self.said)


@contextmanager
def _mysql_stopped(bench: Bench) -> Iterator[Trouble]:
    supervisor, name = Supervisor(HERE), bench.server.at.name

    def start() -> None:
        with suppress(Fault):  # it runs already
            supervisor.start(name)
        _until_it_answers(bench)

    try:
        yield Trouble(lambda: supervisor.stop(name), start)
    finally:
        start()


def _behind_a_door(way: str) -> Callable[[Bench], AbstractContextManager[Trouble]]:
    """Have the admin's way to MySQL lead through a door; the pods have their own."""

    @contextmanager
    def around(bench: Bench) -> Iterator[Trouble]:
        with Door((str(bench.server.at.ipv4), bench.server.at.port)).standing() as door:
            # The certificate is for the server's name, and not for this door to it.
            told = {"MYSQL_ENDPOINT": door.endpoint, "MYSQL_TLS_CONFIG": "skip-verify"}
            yield Trouble(lambda: door.lead(way), lambda: door.lead("on"), told)

    return around


@contextmanager
def _mysql_read_only(bench: Bench) -> Iterator[Trouble]:
    with bench.server.connect() as connection, connection.cursor() as cursor:
        yield Trouble(
            lambda: cursor.execute("SET GLOBAL super_read_only = ON"),
            lambda: cursor.execute("SET GLOBAL read_only = OFF"),
        )


@contextmanager
def _mysql_full(bench: Bench) -> Iterator[Trouble]:
    with (
        bench.server.connect() as connection,
        connection.cursor() as cursor,
        ExitStack() as held,
    ):

        def fill() -> None:
            cursor.execute("SET GLOBAL max_connections = 1")
            while True:  # an administrator has one connection more than there are
                try:
                    held.enter_context(bench.server.connect())
                except pymysql.MySQLError:
                    return

        def empty() -> None:
            held.close()
            cursor.execute("SET GLOBAL max_connections = DEFAULT")

        try:
            yield Trouble(fill, empty)
        finally:
            empty()


@contextmanager
def _dns_away(bench: Bench) -> Iterator[Trouble]:
    with closing(socket.socket(type=socket.SOCK_DGRAM)) as door:
        door.bind(("127.0.0.1", 0))
        silent = threading.Event()
        threading.Thread(target=_relay, args=(door, silent), daemon=True).start()
        bench.stack.set(nameserver=f"127.0.0.1:{door.getsockname()[1]}")
        yield Trouble(silent.set, silent.clear)


def _api_server(way: str) -> Callable[[Bench], AbstractContextManager[Trouble]]:
    @contextmanager
    def around(bench: Bench) -> Iterator[Trouble]:
        config = yaml.safe_load(Path(bench.stack.environment["KUBECONFIG"]).read_text())
        (cluster,) = (each["cluster"] for each in config["clusters"])
        server = urlsplit(cluster["server"])
        with Door((str(server.hostname), server.port or 443)).standing() as door:
            cluster |= {"server": f"https://{door.endpoint}", "tls-server-name": server.hostname}
            file = bench.stack.folder / "kubeconfig-of-an-outage"
            file.write_text(yaml.safe_dump(config))
            told = {"KUBECONFIG": str(file)}
            yield Trouble(lambda: door.lead(way), lambda: door.lead("on"), told)

    return around


OUTAGES = (
    Outage("MySQL is stopped", _mysql_stopped),
    Outage("MySQL is mute", _behind_a_door("nowhere")),
    Outage("MySQL takes 2 s a statement", _behind_a_door("slowly on")),
    Outage("MySQL is read-only", _mysql_read_only),
    Outage("MySQL is out of connections", _mysql_full),
    Outage("DNS is away", _dns_away),
    Outage("the API server is away", _api_server("shut")),
    Outage("the API server is mute", _api_server("nowhere")),
)


@dataclass(frozen=True)
class Command:
    """A command of an engineer's, and the settings that go before it."""

    name: str
    arguments: Sequence[str]
    settings: Mapping[str, object]


OFF, DESTROY, PODS = "up, egress off", "destroy", "up, more pods"
_UP = ("up", "--yes", "--skip-preview")
_ENDS = {"update failed", "preview failed", "destroy failed"}
COMMANDS = (
    Command("preview, nothing changes", ("preview",), {}),
    Command("up, one rating", _UP, {"ratings": {"1": 1}}),
    Command(PODS, _UP, {"replicas": 2}),
    Command("up, a rotation", _UP, {"rotation": "outage"}),
    Command(OFF, _UP, {"egress": "off"}),
    Command(DESTROY, ("destroy", "--yes"), {}),
)


def measure(
    bench: Bench,
    started: Callable[[str], None],
    outages: Sequence[Outage] = OUTAGES,
    commands: Sequence[Command] = COMMANDS,
) -> list[Seen]:
    """Run each command in each outage, and once more after it."""
    seen = []
    bench.stack.patience = _PATIENCE
    for outage in outages:
        for command in commands:
            started(f"{outage.name}: {command.name}")
            with bench.as_it_was(), outage.around(bench) as trouble:
                bench.stack.run(*_UP, ok=True, **trouble.told)
                bench.stack.set(**command.settings)
                trouble.begin()
                began = time.time()
                run = bench.stack.run(*command.arguments, ok=None, **trouble.told)
                took = _until_said(run, began) if run.code else time.time() - began
                trouble.end()
                stands = bench.standing() if command.name in (OFF, DESTROY) else []
                after = bench.stack.run(*command.arguments, ok=None, **trouble.told)
                each = Seen(
                    *(outage.name, command.name, took, run.code, _said(run), stands),
                    finished=after.code == 0 and not (command.name == DESTROY and bench.standing()),
                )
                seen.append(each)
    return seen


def table(seen: Sequence[Seen]) -> Table:
    """Show it."""
    shown = Table("outage", "command", "s", "went through", "finished after it")
    for each in seen:
        shown.add_row(
            each.outage,
            each.command,
            f"{each.seconds:.1f}",
            "no" if each.code else "yes",
            "yes" if each.finished else "NO",
        )
    return shown


def in_full(each: Seen) -> str:
    """Tell what was said and what was left, in lines."""
    stands = [f"  stands: {', '.join(each.stands)}"] if each.stands else []
    return "\n".join(
        [f"{each.outage}: {each.command}", *(f"  {line}" for line in each.said), *stands]
    )


def _said(run: Run) -> list[str]:
    events = (each["diagnosticEvent"] for each in run.events if "diagnosticEvent" in each)
    lines = (
        f"{each.get('urn', '').rpartition('::')[2]}: {each['message'].strip()}"
        for each in events
        if each["severity"] in ("error", "warning") and not _is_the_end(each)
    )
    return list(dict.fromkeys(lines))


def _is_the_end(diagnostic: Mapping[str, Any]) -> bool:
    """Say whether it is the engine's last word, which comes once all that goes on has ended."""
    return not diagnostic.get("urn") and diagnostic["message"].strip() in _ENDS


def _until_said(run: Run, began: float) -> float:
    """Give the longest time from the begin of what failed until that was said, in whole seconds."""
    begun: dict[str, float] = {}
    longest = 0.0
    for each in run.events:
        if "resourcePreEvent" in each:
            begun[each["resourcePreEvent"]["metadata"]["urn"]] = each["timestamp"]
            continue
        said = each.get("diagnosticEvent", {})
        if said.get("severity") == "error" and not _is_the_end(said):
            since = begun.get(said.get("urn", ""), began)
            longest = max(longest, each["timestamp"] - since)
    return longest


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


class Door:
    """A port of this machine that leads to a server, unless it is told otherwise."""

    def __init__(self, server: tuple[str, int]) -> None:
        self._server = server
        self._way = "on"
        self._listener = socket.create_server(("127.0.0.1", 0))
        self._address: tuple[str, int] = self._listener.getsockname()

    @property
    def endpoint(self) -> str:
        """Where it is, as `host:port`."""
        return f"127.0.0.1:{self._address[1]}"

    @contextmanager
    def standing(self) -> Iterator[Door]:
        """Take connections meanwhile."""
        threading.Thread(target=self._take, daemon=True).start()
        try:
            yield self
        finally:
            self._listener.close()

    def lead(self, way: str) -> None:
        """Lead `on`, `slowly on`, or `nowhere`, where nobody says a word; or be `shut`."""
        self._way = way
        if way == "shut":
            # A thread that waits for somebody would keep it open.
            self._listener.shutdown(socket.SHUT_RDWR)
            self._listener.close()
        elif self._listener.fileno() == -1:
            self._listener = socket.create_server(self._address)
            threading.Thread(target=self._take, daemon=True).start()

    def _take(self) -> None:
        while True:
            try:
                client, _ = self._listener.accept()
            except OSError:
                return
            threading.Thread(target=self._serve, args=(client,), daemon=True).start()

    def _serve(self, client: socket.socket) -> None:
        with client:
            match self._way:
                case "nowhere":
                    while client.recv(65536):
                        pass
                case "on" | "slowly on":
                    self._forward(client)

    def _forward(self, client: socket.socket) -> None:
        spoken = 0

        def delay() -> float:
            nonlocal spoken
            spoken += 1
            return _SLOW if spoken > _LOGIN and self._way == "slowly on" else 0.0

        with socket.create_connection(self._server) as server:
            back = threading.Thread(target=_copy, args=(server, client, lambda: 0.0), daemon=True)
            back.start()
            _copy(client, server, delay)
            back.join()


def _relay(door: socket.socket, silent: threading.Event) -> None:
    """Hand questions to the nameserver, and answers back."""
    while True:
        try:
            question, asker = door.recvfrom(4096)
        except OSError:
            return
        if silent.is_set():
            continue
        with closing(socket.socket(type=socket.SOCK_DGRAM)) as asking:
            asking.settimeout(1)
            asking.sendto(question, (str(HOST_V4), 53))
            with suppress(TimeoutError):
                door.sendto(asking.recv(4096), asker)


def _copy(source: socket.socket, target: socket.socket, delay: Callable[[], float]) -> None:
    try:
        while chunk := source.recv(65536):
            time.sleep(delay())
            target.sendall(chunk)
        target.shutdown(socket.SHUT_WR)
    except OSError:
        return
