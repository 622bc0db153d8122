"""The sandbox's servers, run and watched by supervisord (https://supervisord.org).

supervisord is asked over its XML-RPC interface, on a unix socket that only root may use. Each
server ends when supervisord does, even if that was killed: ``setpriv --pdeathsig`` sees to it.
"""

from __future__ import annotations

import configparser
import io
import os
import select
import shlex
import subprocess
import sys
import xmlrpc.client
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING, Any, Final

from supervisor.xmlrpc import Faults, SupervisorTransport

from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.layout import Paths

DIES_WITH_PARENT: Final = ("setpriv", "--pdeathsig", "KILL")
_SECONDS_TO_STOP: Final = 20
_UP: Final = {"RUNNING", "STARTING", "BACKOFF", "STOPPING"}
_PASSED_ON: Final = ("PATH", "HOME", "LANG", "XDG_CACHE_HOME", "EXTERNAL_MYSQL_CACHE")
_THRIFTY: Final = 'GOGC="25",TCMALLOC_AGGRESSIVE_DECOMMIT="true"'
"""Memory is dearer here than time: servers in Go look for garbage sooner than by default, and MySQL
gives back at once what it does not use."""


@dataclass(frozen=True)
class Program:
    """A server to be run.

    Args:
        name: Its name, which is also its log's.
        command: Its command line.
        stop: The signal that ends it.
    """

    name: str
    command: tuple[str, ...]
    stop: str = "TERM"


@dataclass(frozen=True)
class State:
    """What supervisord says of one server."""

    name: str
    word: str
    """RUNNING, STARTING, BACKOFF, STOPPED, EXITED, FATAL, ..."""
    pid: int | None
    since: datetime | None
    """When it was last started or, if it does not run, when it ended."""

    @property
    def is_up(self) -> bool:
        """Whether it runs or is about to."""
        return self.word in _UP

    @property
    def has_given_up(self) -> bool:
        """Whether supervisord no longer tries to start it."""
        return self.word in {"FATAL", "EXITED"}


class Supervisor:
    """The supervisord of one sandbox.

    Args:
        paths: Where that sandbox keeps its files.
    """

    def __init__(self, paths: Paths) -> None:
        self._paths = paths
        self._config = paths.run / "supervisord.conf"
        self._socket = paths.run / "supervisor.sock"

    @property
    def _rpc(self) -> Any:  # noqa: ANN401 - the interface of an XML-RPC proxy is the server's
        transport = SupervisorTransport(serverurl=f"unix://{self._socket}")
        return xmlrpc.client.ServerProxy("http://supervisor", transport=transport).supervisor

    def pid(self) -> int | None:
        """The process id of supervisord; None where it does not run."""
        try:
            return int(self._rpc.getPID())
        except OSError:
            return None

    def ensure(self, programs: Iterable[Program]) -> bool:
        """Starts supervisord, or lets a running one know of programs that changed.

        It starts no program; one whose command changed is stopped.

        Returns:
            Whether anything had to be done.

        Raises:
            SandboxError: If supervisord does not start.
        """
        self._config.write_text(_configuration(self._paths, programs))
        if self.pid() is None:
            self._launch()
            return True
        return self._reload()

    def states(self) -> dict[str, State]:
        """All servers by name; empty where supervisord does not run."""
        try:
            return {info["name"]: _state(info) for info in self._rpc.getAllProcessInfo()}
        except OSError:
            return {}

    def start(self, name: str) -> None:
        """Starts a server; returns at once, whether or not it will live."""
        self._rpc.startProcess(name, False)  # noqa: FBT003 - XML-RPC has no keywords

    def stop(self, *names: str) -> None:
        """Ends servers side by side and waits until they have ended; fine if they had."""
        running = [name for name, state in self.states().items() if state.is_up and name in names]
        with ThreadPoolExecutor(max_workers=len(running) or 1) as pool:
            list(pool.map(self._stop, running))

    def shutdown(self) -> None:
        """Ends supervisord with all servers that still run; waits until it has ended."""
        pid = self.pid()
        if pid is None:
            return
        handle = os.pidfd_open(pid)
        try:
            self._rpc.shutdown()
            # Longer than its servers get: it kills those that do not hear it.
            ended, _, _ = select.select([handle], [], [], 2 * _SECONDS_TO_STOP)
        finally:
            os.close(handle)
        if not ended:
            raise SandboxError(
                f"supervisord (process {pid}) did not end within {2 * _SECONDS_TO_STOP} s",
                f"its log: {self._paths.log('supervisord')}",
                f"to end it and all it runs: kill -9 {pid}",
            )

    def _stop(self, name: str) -> None:
        try:
            self._rpc.stopProcess(name)
        except xmlrpc.client.Fault as fault:
            if fault.faultCode != Faults.NOT_RUNNING:
                raise

    def _launch(self) -> None:
        command = [sys.executable, "-m", "supervisor.supervisord", "-c", str(self._config)]
        # Its environment is every server's: what the caller's holds besides stays out of it.
        environment = {name: os.environ[name] for name in _PASSED_ON if name in os.environ}
        done = subprocess.run(command, env=environment, capture_output=True, text=True, check=False)
        if done.returncode:
            raise SandboxError(
                f"supervisord did not start: {(done.stderr or done.stdout).strip()}",
                f"its configuration: {self._config}",
            )

    def _reload(self) -> bool:
        ((added, changed, removed),) = self._rpc.reloadConfig()
        self.stop(*changed, *removed)
        for name in (*changed, *removed):
            self._rpc.removeProcessGroup(name)
        for name in (*added, *changed):
            self._rpc.addProcessGroup(name)
        return bool(added or changed or removed)


def tail(log: Path, lines: int = 8) -> list[str]:
    """The last lines of a log; empty where there is none."""
    if not log.exists():
        return []
    with log.open("rb") as file:
        file.seek(max(0, log.stat().st_size - 64 * 1024))
        return file.read().decode(errors="replace").splitlines()[-lines:]


def _state(info: dict[str, Any]) -> State:
    is_up = info["statename"] in _UP
    at = info["start"] if is_up else info["stop"]
    return State(
        info["name"],
        info["statename"],
        info["pid"] or None,
        datetime.fromtimestamp(at, UTC) if at else None,
    )


def _configuration(paths: Paths, programs: Iterable[Program]) -> str:
    """What supervisord reads: https://supervisord.org/configuration.html."""
    lines = configparser.RawConfigParser()
    lines["unix_http_server"] = {"file": f"{paths.run / 'supervisor.sock'}", "chmod": "0600"}
    lines["supervisord"] = {
        "logfile": f"{paths.log('supervisord')}",
        "pidfile": f"{paths.run / 'supervisord.pid'}",
        "directory": f"{CHECKOUT}",
    }
    lines["rpcinterface:supervisor"] = {
        "supervisor.rpcinterface_factory": "supervisor.rpcinterface:make_main_rpcinterface"
    }
    for program in programs:
        lines[f"program:{program.name}"] = {
            "command": " ".join(map(_quoted, (*DIES_WITH_PARENT, *program.command))),
            "stopsignal": program.stop,
            "environment": _THRIFTY,
            "autostart": "false",
            "autorestart": "true",
            "stopwaitsecs": f"{_SECONDS_TO_STOP}",
            "redirect_stderr": "true",
            "stdout_logfile": f"{paths.log(program.name)}",
            "stdout_logfile_maxbytes": "10MB",
            "stdout_logfile_backups": "1",
        }
    text = io.StringIO()
    lines.write(text)
    return text.getvalue()


def _quoted(word: str) -> str:
    """A word of a command line, for supervisord: it splits like a shell and expands ``%``."""
    return shlex.quote(word).replace("%", "%%")
