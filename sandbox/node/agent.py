"""The agent: keeps the node alive, and a runner for each pod that is assigned to it."""

from __future__ import annotations

import asyncio
import logging
import shutil
from contextlib import AsyncExitStack
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
from lightkube import AsyncClient, KubeConfig
from lightkube.config import client_adapter
from lightkube.resources.core_v1 import Pod

from sandbox import layout, network
from sandbox.node import logs, machine, server, volumes
from sandbox.node.addresses import Addresses
from sandbox.node.events import Recorder
from sandbox.node.identity import PodIdentity, identity
from sandbox.node.pods import Node, PodRunner

if TYPE_CHECKING:
    from lightkube.core.client import FieldSelector

    from sandbox.node.containers import ContainerRunner
    from sandbox.node.images import Images

_log = logging.getLogger(__name__)
_TRY_AGAIN = 1.0
"""Seconds before the API server is asked again after it did not answer."""


class Agent:
    """Does on this machine what a kubelet does on a node."""

    def __init__(self, paths: layout.Paths, images: Images) -> None:
        """Nothing happens before :meth:`run`.

        Args:
            paths: of the sandbox.
            images: that pods may ask for.
        """
        self._paths = paths
        self._images = images
        self._pods: dict[str, PodRunner] = {}

    async def run(self) -> None:
        """Work until cancelled; then end all pods' processes and namespaces at once.

        Raises:
            OSError: the kubelet's port is taken, or a file of the sandbox is not there.
        """
        started = datetime.now(UTC)
        client = AsyncClient(
            KubeConfig.from_file(self._paths.kubeconfig_of("node")), trust_env=False
        )
        adapter = client_adapter.ConnectionParams(trust_env=False)
        await asyncio.to_thread(self._clean)
        async with AsyncExitStack() as stack:
            http = await stack.enter_async_context(
                client_adapter.AsyncClient(client.config, adapter)
            )
            stack.push_async_callback(client.close)
            stack.callback(shutil.rmtree, volumes.FOLDER, ignore_errors=True)
            await stack.enter_async_context(server.serving(self._find, self._paths))
            await machine.register(client, started)
            events = Recorder(client)
            node = Node(
                client=client,
                http=http,
                events=events,
                images=self._images,
                addresses=Addresses(layout.PODS_V4, {layout.NODE_ON_PODS_V4}),
                logs=self._paths.logs / "pods",
                root=self._paths.node / "root",
            )
            async with asyncio.TaskGroup() as group:
                group.create_task(machine.stay_alive(client, started))
                group.create_task(events.run())
                group.create_task(self._follow(node, group))

    def _clean(self) -> None:
        """Take away what a former run left behind, and begin anew; its processes died with it."""
        for namespace in network.namespaces():
            if namespace.startswith(layout.POD_NAMESPACE_PREFIX):
                network.detach(namespace)
        shutil.rmtree(volumes.FOLDER, ignore_errors=True)
        volumes.FOLDER.mkdir(mode=0o700)  # there will be Secrets in it
        (self._paths.node / "root").mkdir(parents=True, exist_ok=True)

    def _find(self, namespace: str, pod: str, container: str) -> ContainerRunner | None:
        for runner in self._pods.values():
            if (runner.identity.namespace, runner.identity.name) == (namespace, pod):
                return runner.runner(container)
        return None

    async def _follow(self, node: Node, group: asyncio.TaskGroup) -> None:
        """Follow the pods of this node: all of them first, then each change, for ever."""
        fields: FieldSelector = {"spec.nodeName": layout.NODE_NAME}
        while True:
            try:
                listed = node.client.list(Pod, namespace="*", fields=fields)
                current = {identity(pod).uid: pod async for pod in listed}
                for uid in self._pods.keys() - current.keys():
                    self._pods[uid].vanish()
                logs.sweep(node.logs, current.keys() | self._pods.keys())
                for pod in current.values():
                    self._take(pod, node, group)
                watched = node.client.watch(
                    Pod, namespace="*", fields=fields, resource_version=listed.resourceVersion
                )
                async for change, pod in watched:
                    if change == "DELETED":
                        self._drop(identity(pod))
                    else:
                        self._take(pod, node, group)
            except httpx2.HTTPError as error:
                _log.warning("listing the pods again: %s", error)
                await asyncio.sleep(_TRY_AGAIN)

    def _take(self, pod: Pod, node: Node, group: asyncio.TaskGroup) -> None:
        """Pass a pod's new version to its runner; a pod without one gets one."""
        uid = identity(pod).uid
        if uid not in self._pods:
            self._pods[uid] = PodRunner(pod, node)
            group.create_task(self._see_through(self._pods[uid]))
        self._pods[uid].update(pod)

    def _drop(self, pod: PodIdentity) -> None:
        if pod.uid in self._pods:
            self._pods[pod.uid].vanish()

    async def _see_through(self, runner: PodRunner) -> None:
        """Run a pod; what goes wrong in one must not end the others."""
        _log.info("pod %s taken", runner.identity)
        try:
            await runner.run()
        except Exception:  # noqa: BLE001 (whatever it is)
            _log.exception("pod %s given up", runner.identity)
        finally:
            del self._pods[runner.identity.uid]
        _log.info("pod %s gone", runner.identity)
