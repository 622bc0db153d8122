"""What follows from the answers to probes, and how long a crashed container waits."""

from __future__ import annotations

from datetime import UTC, datetime, timedelta

import pytest
from lightkube.models.core_v1 import Container, ContainerPort, Probe

from sandbox.node.backoff import BackOff
from sandbox.node.probes import Threshold, port_number, threshold

NOON = datetime(2026, 1, 1, 12, tzinfo=UTC)


def test_a_verdict_needs_so_many_answers_alike_in_a_row() -> None:
    state = Threshold(success=1, failure=3)
    answers = (False, False, True, False, False, False, False, True)
    verdicts = [state.record(ok=ok) for ok in answers]
    assert verdicts == [None, None, True, None, None, False, False, True]


def test_success_may_need_several_answers_too() -> None:
    state = Threshold(success=2, failure=1)
    assert [state.record(ok=ok) for ok in (True, True, False, True)] == [None, True, False, None]


def test_kubernetes_defaults_hold_where_nothing_is_said() -> None:
    assert threshold(Probe()) == Threshold(success=1, failure=3)


@pytest.mark.parametrize(("port", "number"), [(9080, 9080), ("9080", 9080), ("http", 9080)])
def test_a_port_is_found_by_number_or_name(port: int | str, number: int) -> None:
    container = Container(name="c", ports=[ContainerPort(containerPort=9080, name="http")])
    assert port_number(port, container) == number


def test_an_unknown_port_name_is_said() -> None:
    with pytest.raises(ValueError, match='port "metrics" in container c'):
        port_number("metrics", Container(name="c"))


def crash(back_off: BackOff, times: int) -> list[int]:
    """Crash again right after each start."""
    at, waits = NOON, []
    for _ in range(times):
        wait = back_off.next(at)
        waits.append(wait.seconds)
        at += wait
    return waits


def test_the_first_restart_is_at_once_and_the_wait_doubles_to_five_minutes() -> None:
    assert crash(BackOff(), 8) == [0, 10, 20, 40, 80, 160, 300, 300]


def test_a_container_that_ran_for_ten_minutes_starts_afresh() -> None:
    back_off = BackOff()
    crash(back_off, 3)
    assert back_off.next(NOON + timedelta(minutes=11)) == timedelta()
