"""One container of a pod: started, probed, started again, ended; its status says where it is."""

from __future__ import annotations

import asyncio
import signal
from collections.abc import Callable, Mapping
from contextlib import asynccontextmanager
from dataclasses import dataclass, field
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING

from lightkube.models.core_v1 import (
    ContainerState,
    ContainerStateRunning,
    ContainerStateTerminated,
    ContainerStateWaiting,
)

from sandbox.node import environment, images, logs, probes, process, root, security, sources, status
from sandbox.node.backoff import BackOff
from sandbox.node.errors import ContainerError, ImageError
from sandbox.node.identity import identity, spec

if TYPE_CHECKING:
    from collections.abc import AsyncIterator
    from pathlib import Path

    from lightkube import AsyncClient
    from lightkube.models.core_v1 import Container, ContainerStatus, Pod, Probe

    from sandbox.node.events import Recorder
    from sandbox.node.images import Images
    from sandbox.node.process import Process

_TRY_AGAIN = timedelta(seconds=2)
"""After a Secret or the like was missing. A kubelet takes 10 s; tests are glad of less."""
_KEPT_LOGS = 2


@dataclass(frozen=True)
class Surroundings:
    """What the containers of one pod share.

    Attributes:
        pod: with its address in its status.
        volumes: the folder of each volume by name.
        settings: the pod's own hosts, hostname and resolv.conf, by path in the container.
        logs: the folder of the pod's logs.
        root: an empty folder to build roots upon.
        changed: called whenever the status of a container is another one.
    """

    pod: Pod
    client: AsyncClient
    events: Recorder
    images: Images
    volumes: Mapping[str, Path]
    settings: Mapping[str, Path]
    logs: Path
    root: Path
    changed: Callable[[], None]


@dataclass
class ContainerRunner:
    """Runs one container for as long as its restart policy wants it to run.

    Attributes:
        container: as in the pod's spec.
        around: what it shares with the pod's other containers.
        status: kept up to date here, reported by the pod.
        stopping: set when it is to end: its preStop hook, then SIGTERM. Whoever sets it sees to
            the grace period.
        is_init: whether it stands among the init containers.
        started: set while it runs and its startup probe, if any, has succeeded.
    """

    container: Container
    around: Surroundings
    status: ContainerStatus
    stopping: asyncio.Event
    is_init: bool = False
    started: asyncio.Event = field(default_factory=asyncio.Event)
    _process: Process | None = None
    _killed: bool = False
    _crashes: BackOff = field(default_factory=BackOff)
    _pulls: BackOff = field(default_factory=BackOff)

    async def run(self) -> None:
        """Run it until it has ended for good, or was stopped."""
        while self._is_wanted() and await self._waits_out_crash():
            try:
                plan = await self._plan()
                running = await process.start(plan)
            except ContainerError as error:
                await self._cannot_start(error)
                continue
            async with self._running(running):
                await self._watch(running)

    def kill(self) -> None:
        """End it at once, and one that is just about to start as well."""
        self._killed = True
        if self._process:
            self._process.kill()

    @property
    def is_running(self) -> bool:
        """Whether there is a process."""
        return self._process is not None

    def ended_well(self) -> bool:
        """Whether its last run ended with exit code 0."""
        return self._ending is not None and self._ending.exitCode == 0

    def log(self, *, previous: bool = False) -> Path:
        """The file with the output of its present or last run, or of the one before that."""
        runs = self.status.restartCount - previous
        return logs.path(self.around.logs, self.container.name, runs)

    @property
    def _ending(self) -> ContainerStateTerminated | None:
        return self.status.state.terminated if self.status.state else None

    def _is_wanted(self) -> bool:
        policy = status.restart_policy(spec(self.around.pod), self.container)
        ending = self._ending
        again = ending is None or status.wants_restart(policy, ending.exitCode)
        return again and not self.stopping.is_set()

    async def _waits_out_crash(self) -> bool:
        """Wait as long as the back-off says; False if the container is to stop instead."""
        ending = self._ending
        if ending is None:
            return True
        finished = ending.finishedAt or datetime.now(UTC)
        wait = self._crashes.next(finished)
        self.status.lastState = self.status.state
        if wait:
            who = identity(self.around.pod).full_name
            name = self.container.name
            self._event(
                "BackOff", f"Back-off restarting failed container {name} in pod {who}", warning=True
            )
            self._waits(
                "CrashLoopBackOff",
                f"back-off {wait.seconds}s restarting failed container={name} pod={who}",
            )
            if not await self._pause(finished + wait - datetime.now(UTC)):
                return False
        self.status.restartCount += 1
        return True

    async def _pause(self, wait: timedelta) -> bool:
        """Wait; False as soon as the container is to stop."""
        try:
            async with asyncio.timeout(wait.total_seconds()):
                await self.stopping.wait()
        except TimeoutError:
            return True
        return False

    async def _plan(self) -> process.Plan:
        pod, container, around = self.around.pod, self.container, self.around
        image = around.images.find(container.image or "")
        privileges = security.privileges(pod, container, image)
        found = await sources.fetch(around.client, pod)
        variables = environment.resolve(container, pod, found, image=image.environment)
        command = image.run_with(container.command, container.args)
        shown = [process.Bind(source, target) for target, source in image.files.items()]
        mounted = [
            process.Bind(
                around.volumes[mount.name] / (mount.subPath or ""),
                mount.mountPath,
                writable=not mount.readOnly,
            )
            for mount in container.volumeMounts or []
        ]
        return process.Plan(
            network_namespace=identity(pod).network_namespace,
            hostname=spec(pod).hostname or identity(pod).name,
            root=around.root,
            command=[environment.expand(word, variables) for word in command],
            working_dir=container.workingDir or image.working_dir,
            privileges=privileges,
            binds=[*shown, *mounted],
            copies=around.settings,
            environment={"PATH": images.PATH, "HOSTNAME": identity(pod).name, **variables},
        )

    async def _cannot_start(self, error: ContainerError) -> None:
        if isinstance(error, process.StartError):
            self._event("Failed", f"Error: {error}", warning=True)
            self._terminated(root.START_ERROR, started=status.now(), error=error)
            return
        self._waits(error.reason, str(error))
        if not isinstance(error, ImageError):
            self._event("Failed", f"Error: {error}", warning=True)
            await self._pause(_TRY_AGAIN)
            return
        name = self.container.image
        self._event("Failed", f'Failed to pull image "{name}": {error}', warning=True)
        self._event("Failed", f"Error: {error.reason}", warning=True)
        wait = self._pulls.next(datetime.now(UTC))
        if wait:
            self._event("BackOff", f'Back-off pulling image "{name}"')
            self._waits(
                "ImagePullBackOff", f'Back-off pulling image "{name}": {error.reason}: {error}'
            )
        await self._pause(max(wait, _TRY_AGAIN))

    @asynccontextmanager
    async def _running(self, running: Process) -> AsyncIterator[None]:
        """Report a process from its start to its end; leaving early kills it."""
        begun = status.now()
        name, count = self.container.name, self.status.restartCount
        file = logs.path(self.around.logs, name, count)
        file.parent.mkdir(parents=True, exist_ok=True)
        logs.path(self.around.logs, name, count - _KEPT_LOGS).unlink(missing_ok=True)
        kept = asyncio.gather(
            *(
                logs.keep(s, n, file)
                for s, n in zip(running.output, ("stdout", "stderr"), strict=True)
            )
        )
        self._process = running
        if self._killed:
            running.kill()
        uid = identity(self.around.pod).uid
        self.status.containerID = f"emx://{uid}-{name}-{count}"
        self.status.imageID = self.container.image or ""
        self.status.state = ContainerState(running=ContainerStateRunning(startedAt=begun))
        image = self.container.image
        self._event("Pulled", f'Container image "{image}" already present on machine')
        self._event("Created", "Container created")
        self._event("Started", "Container started")
        self._is(started=not self.container.startupProbe)
        try:
            yield
        finally:
            running.kill()
            code = await running.wait()
            await kept
            self._process = None
            self._terminated(code, started=begun)

    async def _watch(self, running: Process) -> None:
        """Probe the process until it ends."""
        async with asyncio.TaskGroup() as group:
            watchers = [
                group.create_task(watch(running))
                for watch in (
                    self._stops_when_asked,
                    self._startup,
                    self._readiness,
                    self._liveness,
                )
            ]
            await running.wait()
            for watcher in watchers:
                watcher.cancel()

    async def _stops_when_asked(self, running: Process) -> None:
        await self.stopping.wait()
        self.status.ready = False
        self._event("Killing", f"Stopping container {self.container.name}")
        await self._terminate(running)

    async def _terminate(self, running: Process) -> None:
        hook = self.container.lifecycle and self.container.lifecycle.preStop
        if hook and hook.exec:
            code, output = await running.execute(hook.exec.command or [])
            if code:
                self._event("FailedPreStopHook", f"PreStopHook failed: {output}", warning=True)
        running.signal(signal.SIGTERM)

    async def _startup(self, running: Process) -> None:
        if self.container.startupProbe:
            async for well in self._verdicts("Startup", self.container.startupProbe, running):
                if not well:
                    await self._restart(running, "startup", self.container.startupProbe)
                    return
                break
        self._is(started=True)

    async def _readiness(self, running: Process) -> None:
        await self.started.wait()
        if self.container.readinessProbe is None:
            self._is(ready=True)
            return
        async for well in self._verdicts("Readiness", self.container.readinessProbe, running):
            self._is(ready=well and not self.stopping.is_set())

    async def _liveness(self, running: Process) -> None:
        await self.started.wait()
        if self.container.livenessProbe is None:
            return
        async for well in self._verdicts("Liveness", self.container.livenessProbe, running):
            if not well:
                await self._restart(running, "liveness", self.container.livenessProbe)
                return

    async def _verdicts(self, kind: str, probe: Probe, running: Process) -> AsyncIterator[bool]:
        """Ask at every period and pass on each verdict; every failure becomes an event."""
        address = (self.around.pod.status and self.around.pod.status.podIP) or ""
        threshold = probes.threshold(probe)
        await asyncio.sleep(probe.initialDelaySeconds or 0)
        loop = asyncio.get_running_loop()
        while True:
            due = loop.time() + (probe.periodSeconds or 10)
            answer = await probes.ask(probe, self.container, address, running)
            if not answer.ok and not self.stopping.is_set():
                self._event("Unhealthy", f"{kind} probe failed: {answer.output}", warning=True)
            verdict = threshold.record(ok=answer.ok)
            if verdict is not None:
                yield verdict
            await asyncio.sleep(due - loop.time())

    async def _restart(self, running: Process, kind: str, probe: Probe) -> None:
        name = self.container.name
        self._event("Killing", f"Container {name} failed {kind} probe, will be restarted")
        grace = probe.terminationGracePeriodSeconds
        if grace is None:
            grace = spec(self.around.pod).terminationGracePeriodSeconds
        try:
            async with asyncio.timeout(30 if grace is None else grace):
                await self._terminate(running)
                await running.wait()
        except TimeoutError:
            running.kill()

    def _is(self, *, started: bool | None = None, ready: bool | None = None) -> None:
        if started is not None:
            self.status.started = started
            (self.started.set if started else self.started.clear)()
        if ready is not None:
            self.status.ready = ready
        self.around.changed()

    def _waits(self, reason: str, message: str) -> None:
        waiting = ContainerStateWaiting(reason=reason, message=message)
        self.status.state = ContainerState(waiting=waiting)
        self.around.changed()

    def _terminated(
        self, code: int, *, started: datetime, error: ContainerError | None = None
    ) -> None:
        reason = error.reason if error else "Error" if code else "Completed"
        self.status.state = ContainerState(
            terminated=ContainerStateTerminated(
                exitCode=code,
                reason=reason,
                message=str(error) if error else None,
                startedAt=started,
                finishedAt=status.now(),
                containerID=self.status.containerID,
            )
        )
        self._is(started=False, ready=self.is_init and code == 0)

    def _event(self, reason: str, message: str, *, warning: bool = False) -> None:
        record = self.around.events.warning if warning else self.around.events.normal
        containers = "initContainers" if self.is_init else "containers"
        field_path = f"spec.{containers}{{{self.container.name}}}"
        record(identity(self.around.pod), reason, message, field_path)
