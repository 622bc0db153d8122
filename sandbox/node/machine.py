"""This machine as a Node of the cluster: registered, and kept alive by a Lease.

https://kubernetes.io/docs/concepts/architecture/nodes/#node-heartbeats
"""

from __future__ import annotations

import asyncio
import logging
import platform
from datetime import UTC, datetime
from http import HTTPStatus
from itertools import count
from typing import TYPE_CHECKING, Final

import httpx2
from lightkube import ApiError
from lightkube.models.coordination_v1 import LeaseSpec
from lightkube.models.core_v1 import (
    DaemonEndpoint,
    NodeAddress,
    NodeCondition,
    NodeDaemonEndpoints,
    NodeSpec,
    NodeStatus,
    NodeSystemInfo,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.coordination_v1 import Lease
from lightkube.resources.core_v1 import Node
from lightkube.types import PatchType

from sandbox import layout
from sandbox.node.capacity import capacity

if TYPE_CHECKING:
    from lightkube import AsyncClient

_log = logging.getLogger(__name__)
LEASE_NAMESPACE: Final = "kube-node-lease"
_LEASE_SECONDS: Final = 40
_BEAT: Final = 10
"""Seconds between two renewals of the lease, as with a kubelet."""
_BEATS_A_STATUS: Final = 30
"""A status without news is written every 5 minutes, as with a kubelet."""
_TRY_AGAIN: Final = 1
_ARCHITECTURE: Final = {"x86_64": "amd64", "aarch64": "arm64"}.get(
    platform.machine(), platform.machine()
)


def node(started: datetime) -> Node:
    """The Node object, ready since the agent started."""
    labels = {
        "kubernetes.io/hostname": layout.NODE_NAME,
        "kubernetes.io/os": "linux",
        "kubernetes.io/arch": _ARCHITECTURE,
    }
    return Node(
        metadata=ObjectMeta(name=layout.NODE_NAME, labels=labels),
        spec=NodeSpec(podCIDR=str(layout.PODS_V4), podCIDRs=[str(layout.PODS_V4)]),
        status=_status(started),
    )


def _status(started: datetime) -> NodeStatus:
    conditions = [
        NodeCondition(
            type=kind,
            status=value,
            reason=reason,
            message=message,
            lastHeartbeatTime=datetime.now(UTC).replace(microsecond=0),
            lastTransitionTime=started.replace(microsecond=0),
        )
        for kind, value, reason, message in (
            ("MemoryPressure", "False", "KubeletHasSufficientMemory", "sufficient memory"),
            ("DiskPressure", "False", "KubeletHasNoDiskPressure", "no disk pressure"),
            ("PIDPressure", "False", "KubeletHasSufficientPID", "sufficient PIDs"),
            ("Ready", "True", "KubeletReady", "the node agent is posting ready status"),
        )
    ]
    return NodeStatus(
        capacity=capacity(),
        allocatable=capacity(),
        conditions=conditions,
        addresses=[
            NodeAddress(type="InternalIP", address=layout.LOOPBACK),
            NodeAddress(type="Hostname", address=layout.NODE_NAME),
        ],
        daemonEndpoints=NodeDaemonEndpoints(
            kubeletEndpoint=DaemonEndpoint(Port=layout.KUBELET_PORT)
        ),
        nodeInfo=NodeSystemInfo(
            architecture=_ARCHITECTURE,
            bootID="",
            containerRuntimeVersion="processes://1",
            kernelVersion=platform.release(),
            kubeProxyVersion="",
            kubeletVersion="v1.37.2",
            machineID="",
            operatingSystem="linux",
            osImage=platform.freedesktop_os_release().get("PRETTY_NAME", "Linux"),
            systemUUID="",
        ),
    )


async def register(client: AsyncClient, started: datetime) -> None:
    """Make the Node, or bring it up to date; waits for an API server that does not answer yet."""
    while True:
        try:
            try:
                await client.create(node(started))
            except ApiError as error:
                if error.status.code != HTTPStatus.CONFLICT:
                    raise
                await _write_status(client, started)
        except httpx2.HTTPError as error:
            _log.info("waiting for the API server: %s", error)
            await asyncio.sleep(_TRY_AGAIN)
        else:
            return


async def stay_alive(client: AsyncClient, started: datetime) -> None:
    """Renew the lease and, now and then, the status, until cancelled."""
    for beat in count(1):
        try:
            await _renew(client)
            if beat % _BEATS_A_STATUS == 0:
                await _write_status(client, started)
        except httpx2.HTTPError as error:
            _log.warning("lease not renewed: %s", error)
        await asyncio.sleep(_BEAT)


async def _write_status(client: AsyncClient, started: datetime) -> None:
    change = {"status": _status(started).to_dict()}
    await client.patch(Node.Status, layout.NODE_NAME, change, patch_type=PatchType.MERGE)


async def _renew(client: AsyncClient) -> None:
    lease = Lease(
        metadata=ObjectMeta(name=layout.NODE_NAME, namespace=LEASE_NAMESPACE),
        spec=LeaseSpec(
            holderIdentity=layout.NODE_NAME,
            leaseDurationSeconds=_LEASE_SECONDS,
            renewTime=datetime.now(UTC),
        ),
    )
    try:
        change = {"spec": lease.spec.to_dict() if lease.spec else {}}
        await client.patch(
            Lease,
            layout.NODE_NAME,
            change,
            namespace=LEASE_NAMESPACE,
            patch_type=PatchType.MERGE,
        )
    except ApiError as error:
        if error.status.code != HTTPStatus.NOT_FOUND:
            raise
        await client.create(lease)
