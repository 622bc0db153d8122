"""A plugin ends with its engine, however that ends, and leaves nothing behind."""

from __future__ import annotations

import ctypes
import os
import select
import signal
import subprocess
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from sandbox.plugins import installation

PATIENCE = 10_000
"""Milliseconds until a process counts as one that stays."""
RUNS_A_PROGRAM = "sleep 600 & echo $! && wait"


class Plugin:
    """A plugin that was started as the engine starts one.

    Args:
        command: Prints a line once it is up.
        ignored: Whether SIGINT is ignored where it is started.
    """

    def __init__(self, *command: str | Path, ignored: bool = False) -> None:
        ignore = "trap '' INT; " if ignored else ""
        self.process = subprocess.Popen(
            ["sh", "-c", f'{ignore}exec "$@"', "sh", *command],
            process_group=0,
            stdin=subprocess.PIPE,
            stdout=subprocess.PIPE,
        )
        assert self.process.stdin
        assert self.process.stdout
        self.stdin = self.process.stdin
        self.said = self.process.stdout.readline().strip()

    def interrupt(self) -> None:
        """Stop it as the engine does."""
        os.killpg(self.process.pid, signal.SIGINT)

    def interrupt_a_thread(self) -> None:
        """Stop it where the kernel has a thread take the signal that does not wait for one."""
        pid = self.process.pid
        threads = [int(task.name) for task in Path(f"/proc/{pid}/task").iterdir()]
        another = next(thread for thread in threads if thread != pid)
        assert ctypes.CDLL(None).tgkill(pid, another, signal.SIGINT) == 0

    def lose_engine(self) -> None:
        """Have the engine killed, as the plugin sees it."""
        self.stdin.close()


class Watched:
    """A process whose end is waited for, whoever's child it is."""

    def __init__(self, pid: int) -> None:
        self.handle = os.pidfd_open(pid)

    def ends(self) -> bool:
        end = select.poll()
        end.register(self.handle, select.POLLIN)
        ended = bool(end.poll(PATIENCE))
        os.close(self.handle)
        return ended


@pytest.fixture
def start() -> Iterator[Callable[..., Plugin]]:
    started: list[Plugin] = []

    def start(*command: str | Path, ignored: bool = False) -> Plugin:
        started.append(Plugin(*command, ignored=ignored))
        return started[-1]

    yield start
    for plugin in started:
        if plugin.process.poll() is None:
            os.killpg(plugin.process.pid, signal.SIGKILL)
        plugin.lose_engine()
        plugin.process.wait()


@pytest.fixture
def guarded(tmp_path: Path) -> Path:
    """The launcher of a bundled plugin that itself runs a program, as the language host does."""
    plugin, launcher = tmp_path / "a plugin", tmp_path / "launcher"
    installation.write_program(plugin, f"#!/bin/sh\n{RUNS_A_PROGRAM}\n")
    installation.write_program(launcher, installation.guarded(plugin))
    return launcher


@pytest.mark.parametrize("ignored", [False, True])
def test_a_bundled_plugin_and_its_program_end_when_the_engine_is_killed(
    start: Callable[..., Plugin],
    guarded: Path,
    ignored: bool,  # noqa: FBT001 - a case of the table
) -> None:
    plugin = start(guarded, ignored=ignored)
    host, program = Watched(plugin.process.pid), Watched(int(plugin.said))
    plugin.lose_engine()
    assert host.ends()
    assert program.ends()


def test_a_bundled_plugin_ends_at_sigint_where_that_is_ignored(
    start: Callable[..., Plugin], guarded: Path
) -> None:
    plugin = start(guarded, ignored=True)
    host = Watched(plugin.process.pid)
    plugin.interrupt()
    assert host.ends()


@pytest.mark.parametrize("module", installation.MODULES.values())
@pytest.mark.parametrize("end", [Plugin.interrupt, Plugin.interrupt_a_thread, Plugin.lose_engine])
def test_a_stand_in_says_its_port_and_ends_with_the_engine(
    start: Callable[..., Plugin], tmp_path: Path, module: str, end: Callable[[Plugin], None]
) -> None:
    launcher = tmp_path / "launcher"
    installation.write_program(launcher, installation.launcher(module))
    plugin = start(launcher, ignored=True)
    assert int(plugin.said) > 0
    end(plugin)
    assert plugin.process.wait(PATIENCE / 1000) == 0
