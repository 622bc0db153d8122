"""A real supervisord runs real processes, and none outlives it."""

from __future__ import annotations

import os
import select
import signal
from collections.abc import Iterator
from pathlib import Path

import pytest

from sandbox.layout import Paths
from sandbox.processes import DIES_WITH_PARENT, Program, Supervisor, tail

SLEEPER = Program("sleeper", (*DIES_WITH_PARENT, "sleep", "600"))
SHORT_LIVED = Program("short-lived", ("sh", "-c", "echo 'at 50%; last words'; sleep 0.3"))


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    paths.run.mkdir()
    paths.logs.mkdir()
    return paths


@pytest.fixture
def supervisor(paths: Paths) -> Iterator[Supervisor]:
    supervisor = Supervisor(paths)
    yield supervisor
    supervisor.shutdown()


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.states()[name].pid
    assert pid
    return pid


def ends(pid: int) -> bool:
    handle = os.pidfd_open(pid)
    try:
        return bool(select.select([handle], [], [], 5)[0])
    finally:
        os.close(handle)


def test_what_is_not_started_has_no_states(supervisor: Supervisor) -> None:
    assert supervisor.pid() is None
    assert supervisor.states() == {}


def test_a_second_ensure_changes_nothing(supervisor: Supervisor) -> None:
    assert supervisor.ensure([SLEEPER]) is True
    supervisor.start("sleeper")
    before = pid_of(supervisor, "sleeper")
    assert supervisor.ensure([SLEEPER]) is False
    assert pid_of(supervisor, "sleeper") == before


def test_a_program_whose_command_changed_is_stopped(supervisor: Supervisor) -> None:
    supervisor.ensure([SLEEPER])
    supervisor.start("sleeper")
    assert supervisor.ensure([Program("sleeper", ("sleep", "601"))]) is True
    assert not supervisor.states()["sleeper"].is_up


def test_stopping_what_has_stopped_is_fine(supervisor: Supervisor) -> None:
    supervisor.ensure([SLEEPER])
    supervisor.start("sleeper")
    supervisor.stop("sleeper")
    supervisor.stop("sleeper")
    assert supervisor.states()["sleeper"].pid is None


def test_last_words_are_in_the_log(supervisor: Supervisor, paths: Paths) -> None:
    supervisor.ensure([SHORT_LIVED])
    supervisor.start("short-lived")
    assert ends(pid_of(supervisor, "short-lived"))
    supervisor.shutdown()  # it reads what its children said before it goes
    assert tail(paths.log("short-lived"))[0] == "at 50%; last words"


def test_servers_end_with_a_supervisord_that_was_killed(
    supervisor: Supervisor, tmp_path: Path
) -> None:
    begun = tmp_path / "begun"
    os.mkfifo(begun)
    says_so = ("sh", "-c", 'echo > "$0"; exec sleep 600', str(begun))
    supervisor.ensure([Program("sleeper", (*DIES_WITH_PARENT, *says_so))])
    supervisor.start("sleeper")
    begun.read_text()  # until it runs, its parent's end is none of its business
    sleeper, pid = pid_of(supervisor, "sleeper"), supervisor.pid()
    assert pid
    os.kill(pid, signal.SIGKILL)
    assert ends(sleeper)
    assert supervisor.pid() is None


def test_only_root_may_talk_to_supervisord(supervisor: Supervisor, paths: Paths) -> None:
    supervisor.ensure([])
    assert (paths.run / "supervisor.sock").stat().st_mode & 0o077 == 0


def test_the_environment_of_the_caller_stays_with_the_caller(
    supervisor: Supervisor, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setenv("MYSQL_PASSWORD", "s3cret")
    supervisor.ensure([SLEEPER])
    supervisor.start("sleeper")
    environment = Path(f"/proc/{pid_of(supervisor, 'sleeper')}/environ").read_bytes()
    assert b"s3cret" not in environment
