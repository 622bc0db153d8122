"""The status of a pod, computed from the states of its containers as the kubelet computes it.

Follows ``getPhase`` and ``status/generate.go`` of the kubelet.
"""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

from lightkube.models.core_v1 import (
    Container,
    ContainerState,
    ContainerStateTerminated,
    ContainerStateWaiting,
    ContainerStatus,
    HostIP,
    Pod,
    PodCondition,
    PodIP,
    PodSpec,
    PodStatus,
)

from sandbox import layout
from sandbox.node.identity import metadata, spec

if TYPE_CHECKING:
    from ipaddress import IPv4Address

PENDING, RUNNING, SUCCEEDED, FAILED = "Pending", "Running", "Succeeded", "Failed"
ALWAYS, ON_FAILURE, NEVER = "Always", "OnFailure", "Never"
LOST = 137
"""Exit code of a container that ended behind the agent's back."""


@dataclass(frozen=True)
class Observed:
    """What is known of a pod on this node.

    Attributes:
        init: statuses of its init containers, in the order of the spec.
        main: statuses of its containers, in the order of the spec.
        address: its own, once its network namespace stands.
        ended: whether all is over and nothing will be started again.
    """

    init: Sequence[ContainerStatus]
    main: Sequence[ContainerStatus]
    address: IPv4Address | None
    ended: bool = False


def now() -> datetime:
    """The time, in whole seconds as the API keeps it."""
    return datetime.now(UTC).replace(microsecond=0)


def is_sidecar(container: Container) -> bool:
    """Whether an init container stays beside the main ones."""
    return container.restartPolicy == ALWAYS


def restart_policy(pod_spec: PodSpec, container: Container) -> str:
    """Always, OnFailure or Never; init containers that ended well are not run again."""
    if container.restartPolicy:
        return container.restartPolicy
    policy = pod_spec.restartPolicy or ALWAYS
    first = any(each.name == container.name for each in pod_spec.initContainers or [])
    return ON_FAILURE if first and policy == ALWAYS else policy


def wants_restart(policy: str, exit_code: int) -> bool:
    """Whether a container that ended so is started again."""
    return policy == ALWAYS or (policy == ON_FAILURE and exit_code != 0)


def initial(container: Container, previous: ContainerStatus | None) -> ContainerStatus:
    """The status of a container that is not started yet.

    Args:
        container: as in the spec.
        previous: its status in the API, left there by a former run of the agent; what ran then is
            gone by now.
    """
    if previous is None:
        waiting = ContainerStateWaiting(reason="ContainerCreating")
        return ContainerStatus(
            name=container.name,
            image=container.image or "",
            imageID="",
            ready=False,
            restartCount=0,
            started=False,
            state=ContainerState(waiting=waiting),
        )
    previous.ready = previous.started = False
    if previous.state and previous.state.running:
        gone = ContainerStateTerminated(
            exitCode=LOST,
            reason="ContainerStatusUnknown",
            message="The container could not be located when the node agent started again",
            startedAt=previous.state.running.startedAt,
            finishedAt=now(),
            containerID=previous.containerID,
        )
        previous.state = ContainerState(terminated=gone)
    return previous


def _ending(status: ContainerStatus) -> ContainerStateTerminated | None:
    """How the container ended; None while it runs or before it ever did."""
    state, last = status.state, status.lastState
    if state and state.terminated:
        return state.terminated
    return last.terminated if state and state.waiting and last else None


def _is_running(status: ContainerStatus) -> bool:
    return bool(status.state and status.state.running)


def phase(pod_spec: PodSpec, observed: Observed) -> str:
    """Pending, Running, Succeeded or Failed.

    https://kubernetes.io/docs/concepts/workloads/pods/pod-lifecycle/#pod-phase
    """
    policy = pod_spec.restartPolicy or ALWAYS
    endings = [_ending(status) for status in observed.main]
    for container, status in zip(pod_spec.initContainers or [], observed.init, strict=True):
        ending = _ending(status)
        if ending and ending.exitCode and not is_sidecar(container) and policy == NEVER:
            return FAILED
    if observed.ended:
        return SUCCEEDED if all(e and e.exitCode == 0 for e in endings) else FAILED
    if not _initialised(pod_spec, observed):
        return PENDING
    if not all(_is_running(each) or _ending(each) for each in observed.main):
        return PENDING
    if policy == ALWAYS or any(map(_is_running, observed.main)):
        return RUNNING
    codes = [ending.exitCode for ending in endings if ending]
    if not any(codes):
        return SUCCEEDED
    return FAILED if policy == NEVER else RUNNING


def _incomplete(pod_spec: PodSpec, observed: Observed) -> list[str]:
    """The init containers that the main ones still wait for."""
    pairs = zip(pod_spec.initContainers or [], observed.init, strict=True)
    return [
        container.name
        for container, status in pairs
        if not (status.started if is_sidecar(container) else status.ready)
    ]


def _initialised(pod_spec: PodSpec, observed: Observed) -> bool:
    begun = any(_is_running(status) or _ending(status) for status in observed.main)
    return begun or not _incomplete(pod_spec, observed)


def conditions(
    pod: Pod, observed: Observed, pod_phase: str, before: PodStatus
) -> list[PodCondition]:
    """The pod's conditions; those that others keep on it stay, times change with the status."""
    found = [
        _condition("PodReadyToStartContainers", met=observed.address is not None),
        _initialised_condition(spec(pod), observed, pod_phase),
        _ready_condition("Ready", spec(pod), observed, pod_phase),
        _ready_condition("ContainersReady", spec(pod), observed, pod_phase),
        _condition("PodScheduled", met=True),
    ]
    own = {each.type for each in found}
    kept = [each for each in (pod.status and pod.status.conditions) or [] if each.type not in own]
    earlier = {each.type: each for each in before.conditions or []}
    for condition in found:
        old = earlier.get(condition.type)
        unchanged = old is not None and old.status == condition.status
        condition.lastTransitionTime = old.lastTransitionTime if old and unchanged else now()
        condition.observedGeneration = metadata(pod).generation
    return [*found, *kept]


def _condition(kind: str, *, met: bool, reason: str = "", message: str = "") -> PodCondition:
    status = "True" if met else "False"
    return PodCondition(type=kind, status=status, reason=reason or None, message=message or None)


def _initialised_condition(pod_spec: PodSpec, observed: Observed, pod_phase: str) -> PodCondition:
    if pod_phase == SUCCEEDED:
        return _condition("Initialized", met=True, reason="PodCompleted")
    if _initialised(pod_spec, observed):
        return _condition("Initialized", met=True)
    names = " ".join(_incomplete(pod_spec, observed))
    return _condition(
        "Initialized",
        met=False,
        reason="ContainersNotInitialized",
        message=f"containers with incomplete status: [{names}]",
    )


def _ready_condition(
    kind: str, pod_spec: PodSpec, observed: Observed, pod_phase: str
) -> PodCondition:
    if pod_phase in {SUCCEEDED, FAILED}:
        reason = "PodCompleted" if pod_phase == SUCCEEDED else "PodFailed"
        return _condition(kind, met=False, reason=reason)
    sidecars = [
        status
        for container, status in zip(pod_spec.initContainers or [], observed.init, strict=True)
        if is_sidecar(container)
    ]
    unready = " ".join(each.name for each in [*sidecars, *observed.main] if not each.ready)
    if unready:
        message = f"containers with unready status: [{unready}]"
        return _condition(kind, met=False, reason="ContainersNotReady", message=message)
    return _condition(kind, met=True)


def pod_status(pod: Pod, observed: Observed, before: PodStatus) -> PodStatus:
    """The whole status that this node reports for a pod, after what it reported ``before``."""
    pod_phase = phase(spec(pod), observed)
    address = str(observed.address) if observed.address else before.podIP
    return PodStatus(
        phase=pod_phase,
        conditions=conditions(pod, observed, pod_phase, before),
        hostIP=layout.LOOPBACK,
        hostIPs=[HostIP(ip=layout.LOOPBACK)],
        podIP=address,
        podIPs=[PodIP(ip=address)] if address else None,
        startTime=before.startTime or now(),
        initContainerStatuses=list(observed.init) or None,
        containerStatuses=list(observed.main),
        observedGeneration=metadata(pod).generation,
    )
