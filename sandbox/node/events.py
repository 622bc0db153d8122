"""Events about pods, as a kubelet writes them for ``kubectl describe`` and Pulumi's await logic."""

from __future__ import annotations

import asyncio
import logging
import time
from collections import OrderedDict
from dataclasses import dataclass
from datetime import UTC, datetime
from typing import TYPE_CHECKING

import httpx2
from lightkube import ApiError
from lightkube.models.core_v1 import EventSource, ObjectReference
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Event
from lightkube.types import PatchType

from sandbox import layout

if TYPE_CHECKING:
    from lightkube import AsyncClient

    from sandbox.node.identity import PodIdentity

_log = logging.getLogger(__name__)
_REMEMBERED = 1000
_COMPONENT = "kubelet"


@dataclass(frozen=True)
class Fact:
    """Something that happened to a pod; the same fact again only counts up."""

    pod: PodIdentity
    kind: str
    reason: str
    message: str
    field_path: str | None

    def reference(self) -> ObjectReference:
        """The pod, or the container in it, that an event is about."""
        return ObjectReference(
            apiVersion="v1",
            kind="Pod",
            namespace=self.pod.namespace,
            name=self.pod.name,
            uid=self.pod.uid,
            fieldPath=self.field_path,
        )


class Recorder:
    """Takes facts at once and writes them, one after the other, behind the caller's back."""

    def __init__(self, client: AsyncClient) -> None:
        """Write with this client."""
        self._client = client
        self._queue: asyncio.Queue[Fact] = asyncio.Queue()
        self._written: OrderedDict[Fact, tuple[str, int]] = OrderedDict()

    def normal(
        self, pod: PodIdentity, reason: str, message: str, field_path: str | None = None
    ) -> None:
        """Something went as it should; ``field_path`` names the container, if it is about one."""
        self._queue.put_nowait(Fact(pod, "Normal", reason, message, field_path))

    def warning(
        self, pod: PodIdentity, reason: str, message: str, field_path: str | None = None
    ) -> None:
        """Something did not."""
        self._queue.put_nowait(Fact(pod, "Warning", reason, message, field_path))

    async def run(self) -> None:
        """Write what comes; an event that cannot be written is lost, as with a kubelet."""
        while True:
            fact = await self._queue.get()
            try:
                await self._write(fact)
            except (ApiError, httpx2.HTTPError) as error:
                _log.warning("event %s of pod %s not written: %s", fact.reason, fact.pod, error)

    async def _write(self, fact: Fact) -> None:
        now = datetime.now(UTC).replace(microsecond=0)
        name, count = self._written.get(fact, (f"{fact.pod.name}.{time.time_ns():x}", 0))
        namespace = fact.pod.namespace
        if count:
            change = {"count": count + 1, "lastTimestamp": now.isoformat()}
            await self._client.patch(
                Event, name, change, namespace=namespace, patch_type=PatchType.MERGE
            )
        else:
            event = Event(
                metadata=ObjectMeta(name=name, namespace=namespace),
                involvedObject=fact.reference(),
                type=fact.kind,
                reason=fact.reason,
                message=fact.message,
                firstTimestamp=now,
                lastTimestamp=now,
                count=1,
                source=EventSource(component=_COMPONENT, host=layout.NODE_NAME),
                reportingComponent=_COMPONENT,
                reportingInstance=layout.NODE_NAME,
            )
            await self._client.create(event)
        self._written[fact] = (name, count + 1)
        if len(self._written) > _REMEMBERED:
            self._written.popitem(last=False)
