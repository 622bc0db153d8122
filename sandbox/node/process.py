"""A container's process: started in its namespaces, watched, signalled, entered."""

from __future__ import annotations

import asyncio
import json
import os
import signal
import sys
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox.node import root
from sandbox.node.errors import ContainerError

if TYPE_CHECKING:
    from asyncio.subprocess import Process as Subprocess

    from sandbox.node.security import Privileges

_TOOLS = {"PATH": "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"}
_LONGEST_OUTPUT = 10 * 1024
"""Bytes that a kubelet keeps of what a probe said."""


@dataclass(frozen=True)
class Bind:
    """A file or folder of this machine that a container sees at ``target``."""

    source: Path
    target: str
    writable: bool = False


@dataclass(frozen=True)
class Plan:
    """Everything that a container's process is started with.

    Attributes:
        network_namespace: its pod's.
        root: an empty folder of this machine, mounted upon in the container's namespace only.
        copies: path in the container -> file of this machine.
        environment: all of it; never shown.
    """

    network_namespace: str
    hostname: str
    root: Path
    command: Sequence[str]
    working_dir: str
    privileges: Privileges
    binds: Sequence[Bind] = ()
    copies: Mapping[str, Path] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict, repr=False)

    def message(self) -> bytes:
        """What :mod:`sandbox.node.root` reads from its standard input."""
        binds = [
            {"source": str(each.source), "target": each.target, "writable": each.writable}
            for each in self.binds
        ]
        content = {
            "hostname": self.hostname,
            "root": str(self.root),
            "copies": {target: str(source) for target, source in self.copies.items()},
            "binds": binds,
            "working_dir": self.working_dir,
            "read_only": self.privileges.read_only_root,
            "user": self.privileges.user,
            "setpriv": self.privileges.setpriv(),
            "command": list(self.command),
            "environment": dict(self.environment),
        }
        return json.dumps(content).encode()


class StartError(ContainerError):
    """The container's process could not be started."""

    reason = "StartError"


class Process:
    """One run of a container."""

    def __init__(self, plan: Plan, outer: Subprocess, pid: int) -> None:
        """Take over what :func:`start` started; ``pid`` is the container's first process."""
        self._plan = plan
        self._outer = outer
        self.pid = pid

    @property
    def output(self) -> tuple[asyncio.StreamReader, asyncio.StreamReader]:
        """Its standard output and standard error."""
        streams = self._outer.stdout, self._outer.stderr
        if streams[0] is None or streams[1] is None:
            raise TypeError("a container is started with pipes")
        return streams[0], streams[1]

    async def wait(self) -> int:
        """Its exit code; 128 and the signal's number if a signal ended it."""
        return exit_code(await self._outer.wait())

    def signal(self, number: signal.Signals) -> None:
        """Send it a signal, unless it has ended."""
        if self._outer.returncode is None:
            with suppress(ProcessLookupError):
                os.kill(self.pid, number)

    def kill(self) -> None:
        """End it and everything in its PID namespace at once."""
        self.signal(signal.SIGKILL)

    async def execute(self, command: Sequence[str]) -> tuple[int, str]:
        """Run a command in the container, with its user, root and environment.

        Cancelling ends the command.

        Returns:
            Its exit code and what it said.
        """
        inside = ["nsenter", f"--target={self.pid}", "--mount", "--net", "--pid", "--uts", "--wd"]
        entered = await asyncio.create_subprocess_exec(
            *inside,
            "--",
            *self._plan.privileges.setpriv(),
            *command,
            stdin=asyncio.subprocess.DEVNULL,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.STDOUT,
            env={**self._plan.environment},
        )
        try:
            output, _ = await entered.communicate()
            return exit_code(await entered.wait()), output[:_LONGEST_OUTPUT].decode(
                errors="replace"
            )
        finally:
            if entered.returncode is None:
                entered.kill()
                await entered.wait()


def exit_code(status: int) -> int:
    """The exit code as a shell and a kubelet count it: a signal adds 128."""
    return status if status >= 0 else 128 - status


async def start(plan: Plan) -> Process:
    """Start a container's process; it and all that it starts die with the node agent.

    Raises:
        StartError: its root could not be built, or its program is not there.
    """
    report, reported = os.pipe()
    try:
        outer = await asyncio.create_subprocess_exec(
            *("setpriv", "--pdeathsig=KILL", "--"),
            *("nsenter", f"--net=/run/netns/{plan.network_namespace}", "--"),
            *("unshare", "--mount", "--pid", "--uts", "--"),
            *(sys.executable, "-I", "-S", str(Path(root.__file__)), str(reported)),
            stdin=asyncio.subprocess.PIPE,
            stdout=asyncio.subprocess.PIPE,
            stderr=asyncio.subprocess.PIPE,
            env=_TOOLS,
            pass_fds=(reported,),
            start_new_session=True,
        )
    finally:
        os.close(reported)
    try:
        if outer.stdin is not None:
            outer.stdin.write(plan.message())
            outer.stdin.close()
        with os.fdopen(report) as stream:
            said = json.loads(await asyncio.to_thread(stream.readline) or "{}")
    except BaseException:
        outer.kill()
        await outer.wait()
        raise
    if "pid" not in said:
        _, complaint = await outer.communicate()
        raise StartError(said.get("error") or complaint.decode(errors="replace").strip())
    return Process(plan, outer, said["pid"])
