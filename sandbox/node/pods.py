"""One pod on this node, from the moment it is assigned until it is gone from the API."""

from __future__ import annotations

import asyncio
import copy
import logging
from dataclasses import dataclass
from http import HTTPStatus
from pathlib import Path
from typing import TYPE_CHECKING, Any

import httpx2
from lightkube import ApiError
from lightkube.models.core_v1 import PodStatus
from lightkube.resources.core_v1 import Pod
from lightkube.types import PatchType

from sandbox import network
from sandbox.errors import SandboxError
from sandbox.node import resolver, sources, status, volumes
from sandbox.node.containers import ContainerRunner, Surroundings
from sandbox.node.errors import ContainerError
from sandbox.node.identity import identity, metadata, spec
from sandbox.node.status import Observed

if TYPE_CHECKING:
    from collections.abc import Coroutine
    from ipaddress import IPv4Address

    from lightkube import AsyncClient
    from lightkube.models.core_v1 import Container, ContainerStatus

    from sandbox.node.addresses import Addresses
    from sandbox.node.events import Recorder
    from sandbox.node.images import Images

_log = logging.getLogger(__name__)
_TRY_AGAIN = 2.0
"""Seconds before something is tried again that the API server or a missing object held up."""
_REMOVED_GRACE = 1
"""Seconds that a pod which vanished from the API has left, a kubelet's least."""
_NAMESPACE_FILES = Path("/etc/netns")
_GONE = {HTTPStatus.NOT_FOUND, HTTPStatus.CONFLICT}
"""Answers to a change of a pod that is no longer there, or has another uid by now."""


@dataclass(frozen=True)
class Node:
    """What all pods of this node share.

    Attributes:
        http: the client beneath ``client``, for the one request that lightkube cannot make.
        logs: the folder of all pods' logs.
        root: an empty folder to build containers' roots upon.
    """

    client: AsyncClient
    http: httpx2.AsyncClient
    events: Recorder
    images: Images
    addresses: Addresses
    logs: Path
    root: Path


class PodRunner:
    """Runs the containers of one pod and keeps its status in the API."""

    def __init__(self, pod: Pod, node: Node) -> None:
        """A pod that the API server assigned to this node; nothing is started yet."""
        self._node = node
        self._pod = pod
        self._exists = True
        self._address: IPv4Address | None = None
        self._changed = asyncio.Event()
        self._stopping = asyncio.Event()
        self._runners: dict[str, ContainerRunner] = {}
        self._before = pod.status or PodStatus()
        self._reported: dict[str, Any] = {}
        self._ended = self._before.phase in {status.SUCCEEDED, status.FAILED}
        self._init = self._statuses(spec(pod).initContainers, self._before.initContainerStatuses)
        self._main = self._statuses(spec(pod).containers, self._before.containerStatuses)
        self.identity = identity(pod)
        if self._before.podIP and not self._ended:
            # At once, before a new pod is given the address that this one had.
            node.addresses.take(self.identity.uid, self._before.podIP)

    def update(self, pod: Pod) -> None:
        """Take note of a newer version: conditions of others, or that it shall be deleted."""
        self._pod = pod
        self._changed.set()
        if metadata(pod).deletionTimestamp:
            self._stop(metadata(pod).deletionGracePeriodSeconds or 0)

    def vanish(self) -> None:
        """The pod is no longer in the API: end its processes."""
        self._exists = False
        self._stop(_REMOVED_GRACE)

    def runner(self, container: str) -> ContainerRunner | None:
        """The runner of one of its containers, once it has one."""
        return self._runners.get(container)

    async def run(self) -> None:
        """See the pod through its life; cancelling ends everything of it at once."""
        reporter = asyncio.create_task(self._report())
        try:
            if not self._ended:
                if around := await self._set_up():
                    fresh = asyncio.create_task(volumes.keep_fresh(around.client, self._pod))
                    try:
                        await self._run_containers(around)
                    finally:
                        fresh.cancel()
                self._ended = True
                self._changed.set()
                await self._tear_down()
            await self._stopping.wait()
        finally:
            reporter.cancel()
            await self._tear_down()
        await self._say_farewell()

    def _statuses(
        self, containers: list[Container] | None, known: list[ContainerStatus] | None
    ) -> list[ContainerStatus]:
        """Where the containers stand: as reported if all is over, else before their next start.

        Init containers run again on a restarted node: namespace and volumes are new.
        """
        by_name = {each.name: each for each in known or []}
        if self._ended:
            return list(by_name.values())
        inits = {each.name for each in spec(self._pod).initContainers or []}
        anew = {
            each.name
            for each in containers or []
            if each.name in inits and not status.is_sidecar(each)
        }
        return [
            status.initial(each, None if each.name in anew else by_name.get(each.name))
            for each in containers or []
        ]

    def _stop(self, grace: float) -> None:
        """Ask the containers to end, and end them ``grace`` seconds later; the earliest counts."""
        self._stopping.set()
        asyncio.get_running_loop().call_later(grace, self._kill)

    def _kill(self) -> None:
        for runner in self._runners.values():
            runner.kill()

    async def _set_up(self) -> Surroundings | None:
        """The pod's network and volumes, tried until they stand; None if it is to stop before."""
        while not self._stopping.is_set():
            try:
                return await self._surroundings()
            except (ContainerError, SandboxError, LookupError) as error:
                self._node.events.warning(self.identity, "FailedMount", str(error))
            await _first_of(self._stopping.wait(), asyncio.sleep(_TRY_AGAIN))
        return None

    async def _surroundings(self) -> Surroundings:
        address = self._node.addresses.take(self.identity.uid)
        settings = await asyncio.to_thread(self._make_network, address)
        self._address = address
        self._changed.set()
        # The containers may ask for the pod's address before the API server has heard of it.
        pod = copy.copy(self._pod)
        pod.status = self._status()
        found = await sources.fetch(self._node.client, pod)
        return Surroundings(
            pod=pod,
            client=self._node.client,
            events=self._node.events,
            images=self._node.images,
            volumes=await volumes.make(self._node.client, pod, found),
            settings=settings,
            logs=self.identity.logs(self._node.logs),
            root=self._node.root,
            changed=self._changed.set,
        )

    def _make_network(self, address: IPv4Address) -> dict[str, Path]:
        """The pod's namespace, and the files in it that go into its containers."""
        namespace = self.identity.network_namespace
        network.attach(namespace, address)
        folder = _NAMESPACE_FILES / namespace
        folder.mkdir(parents=True, exist_ok=True)
        contents = {
            "resolv.conf": resolver.resolv_conf(self._pod),
            "hosts": resolver.hosts(self._pod, address),
        }
        for name, content in contents.items():
            (folder / name).write_text(content)
        return {f"/etc/{name}": folder / name for name in contents}

    async def _run_containers(self, around: Surroundings) -> None:
        """Init containers one by one, then the main ones; sidecars beside and after them."""
        sidecars_stop = asyncio.Event()
        async with asyncio.TaskGroup() as group:
            for container, own in zip(
                spec(self._pod).initContainers or [], self._init, strict=True
            ):
                is_sidecar = status.is_sidecar(container)
                stop = sidecars_stop if is_sidecar else self._stopping
                runner = ContainerRunner(container, around, own, stop, is_init=True)
                self._runners[container.name] = runner
                running = group.create_task(runner.run())
                if is_sidecar:
                    await _first_of(runner.started.wait(), self._stopping.wait())
                else:
                    await running
                if not (is_sidecar or runner.ended_well()):
                    break
            else:
                await self._run_mains(around)
            sidecars_stop.set()

    async def _run_mains(self, around: Surroundings) -> None:
        async with asyncio.TaskGroup() as group:
            for container, own in zip(spec(self._pod).containers, self._main, strict=True):
                runner = ContainerRunner(container, around, own, self._stopping)
                self._runners[container.name] = runner
                group.create_task(runner.run())

    async def _tear_down(self) -> None:
        """Take the pod's network and volumes away, if they are there."""
        await asyncio.to_thread(network.detach, self.identity.network_namespace)
        volumes.remove(self.identity)
        self._node.addresses.give_back(self.identity.uid)

    def _status(self) -> PodStatus:
        observed = Observed(self._init, self._main, self._address, ended=self._ended)
        return status.pod_status(self._pod, observed, self._before)

    async def _report(self) -> None:
        """Write the status whenever it has changed."""
        while True:
            await self._changed.wait()
            self._changed.clear()
            try:
                await self._write_status()
            except httpx2.HTTPError as error:
                _log.warning("status of pod %s not written yet: %s", self.identity, error)
                await asyncio.sleep(_TRY_AGAIN)
                self._changed.set()

    async def _write_status(self) -> None:
        current = self._status()
        content = current.to_dict()
        if content == self._reported:
            return
        try:
            await self._node.client.patch(
                Pod.Status,
                self.identity.name,
                {"metadata": {"uid": self.identity.uid}, "status": content},
                namespace=self.identity.namespace,
                patch_type=PatchType.MERGE,
            )
        except ApiError as error:
            if error.status.code not in _GONE:
                raise
        self._before, self._reported = current, content

    async def _say_farewell(self) -> None:
        """Report the end and delete the pod for good, unless others did."""
        who = self.identity
        while self._exists:
            try:
                await self._write_status()
                answer = await self._node.http.request(
                    "DELETE",
                    f"/api/v1/namespaces/{who.namespace}/pods/{who.name}",
                    json={"gracePeriodSeconds": 0, "preconditions": {"uid": who.uid}},
                )
                if answer.status_code not in _GONE:
                    answer.raise_for_status()
            except httpx2.HTTPError as error:
                _log.warning("pod %s not deleted yet: %s", who, error)
                await asyncio.sleep(_TRY_AGAIN)
            else:
                return


async def _first_of(*waits: Coroutine[Any, Any, object]) -> None:
    """Return as soon as one of them does; the others are cancelled."""
    tasks = [asyncio.ensure_future(wait) for wait in waits]
    try:
        await asyncio.wait(tasks, return_when=asyncio.FIRST_COMPLETED)
    finally:
        for task in tasks:
            task.cancel()
