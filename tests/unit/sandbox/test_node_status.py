"""Phases, conditions and restarts as the kubelet computes them."""

from __future__ import annotations

from datetime import UTC, datetime
from ipaddress import IPv4Address

import pytest
from lightkube.models.core_v1 import (
    Container,
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    PodCondition,
    PodSpec,
    PodStatus,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from sandbox.node.status import (
    Observed,
    initial,
    phase,
    pod_status,
    restart_policy,
    wants_restart,
)

LONG_AGO = datetime(2026, 1, 1, tzinfo=UTC)
WAITING = ContainerState(waiting=ContainerStateWaiting(reason="ContainerCreating"))
RUNNING = ContainerState(running=ContainerStateRunning(startedAt=LONG_AGO))
DONE = ContainerState(terminated=ContainerStateTerminated(exitCode=0))
BROKEN = ContainerState(terminated=ContainerStateTerminated(exitCode=3))


def container(
    state: ContainerState, *, ready: bool = False, last: ContainerState | None = None
) -> ContainerStatus:
    return ContainerStatus(
        name="main",
        image="any",
        imageID="any",
        ready=ready,
        restartCount=0,
        started=ready,
        state=state,
        lastState=last,
    )


def spec(policy: str = "Always", *, init: bool = False) -> PodSpec:
    first = [Container(name="first")] if init else None
    return PodSpec(containers=[Container(name="main")], initContainers=first, restartPolicy=policy)


def seen(
    *main: ContainerStatus, init: ContainerStatus | None = None, ended: bool = False
) -> Observed:
    return Observed([init] if init else [], main, IPv4Address("10.244.53.7"), ended=ended)


@pytest.mark.parametrize(
    ("policy", "observed", "expected"),
    [
        ("Always", seen(container(WAITING)), "Pending"),
        ("Always", seen(container(RUNNING)), "Running"),
        ("Always", seen(container(BROKEN)), "Running"),
        ("Always", seen(container(WAITING, last=BROKEN)), "Running"),
        ("Always", seen(container(DONE), ended=True), "Succeeded"),
        ("Always", seen(container(BROKEN), ended=True), "Failed"),
        ("OnFailure", seen(container(BROKEN)), "Running"),
        ("OnFailure", seen(container(DONE)), "Succeeded"),
        ("Never", seen(container(DONE), container(BROKEN)), "Failed"),
        ("Never", seen(container(DONE), container(RUNNING)), "Running"),
        ("Never", seen(container(DONE), container(WAITING)), "Pending"),
    ],
)
def test_the_phase_follows_from_the_containers(
    policy: str, observed: Observed, expected: str
) -> None:
    assert phase(spec(policy), observed) == expected


@pytest.mark.parametrize(
    ("policy", "init", "expected"),
    [
        ("Always", container(RUNNING), "Pending"),
        ("Always", container(BROKEN), "Pending"),
        ("Never", container(BROKEN), "Failed"),
    ],
)
def test_init_containers_hold_the_pod_back(
    policy: str, init: ContainerStatus, expected: str
) -> None:
    assert phase(spec(policy, init=True), seen(container(WAITING), init=init)) == expected


def conditions(observed: Observed, before: PodStatus | None = None) -> dict[str, PodCondition]:
    old = before or PodStatus()
    pod = Pod(metadata=ObjectMeta(name="p", generation=2), spec=spec(), status=old)
    return {each.type: each for each in pod_status(pod, observed, old).conditions or []}


def test_a_pod_is_ready_when_its_containers_are() -> None:
    assert conditions(seen(container(RUNNING, ready=True)))["Ready"].status == "True"


def test_an_unready_container_is_named() -> None:
    ready = conditions(seen(container(RUNNING)))["Ready"]
    assert (ready.status, ready.reason) == ("False", "ContainersNotReady")
    assert ready.message == "containers with unready status: [main]"


def test_a_condition_keeps_its_time_until_it_changes() -> None:
    kinds = ("Ready", "Initialized")
    before = PodStatus(
        conditions=[
            PodCondition(type=kind, status="True", lastTransitionTime=LONG_AGO) for kind in kinds
        ]
    )
    found = conditions(seen(container(RUNNING)), before)
    assert found["Initialized"].lastTransitionTime == LONG_AGO
    assert found["Ready"].lastTransitionTime != LONG_AGO


def test_conditions_of_others_stay() -> None:
    before = PodStatus(conditions=[PodCondition(type="DisruptionTarget", status="True")])
    assert conditions(seen(container(RUNNING)), before)["DisruptionTarget"].status == "True"


def test_a_container_that_ran_under_a_former_agent_counts_as_lost() -> None:
    status = initial(Container(name="main"), container(RUNNING, ready=True))
    assert status.state is not None
    assert status.state.terminated is not None
    assert (status.state.terminated.exitCode, status.ready) == (137, False)


@pytest.mark.parametrize(
    ("policy", "code", "again"),
    [
        ("Always", 0, True),
        ("OnFailure", 0, False),
        ("OnFailure", 1, True),
        ("Never", 1, False),
    ],
)
def test_the_restart_policy_decides(policy: str, code: int, again: bool) -> None:  # noqa: FBT001
    assert wants_restart(policy, code) is again


def test_an_init_container_that_ended_well_is_not_run_again() -> None:
    pod = spec("Always", init=True)
    assert restart_policy(pod, Container(name="first")) == "OnFailure"
    assert restart_policy(pod, Container(name="first", restartPolicy="Always")) == "Always"
    assert restart_policy(pod, Container(name="main")) == "Always"
