"""Tokens of service accounts in a pod's volumes: asked for, and renewed before they expire.

https://kubernetes.io/docs/concepts/storage/projected-volumes/#serviceaccounttoken
"""

from __future__ import annotations

import asyncio
import logging
from collections.abc import Awaitable, Callable, Iterator
from dataclasses import dataclass
from typing import TYPE_CHECKING

import httpx2
from lightkube.models.authentication_v1 import BoundObjectReference, TokenRequestSpec
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import ServiceAccountToken

from sandbox.node import projections
from sandbox.node.errors import VolumeError
from sandbox.node.identity import identity, spec

if TYPE_CHECKING:
    from lightkube import AsyncClient
    from lightkube.models.core_v1 import Pod, ServiceAccountTokenProjection

_log = logging.getLogger(__name__)
_ONE_HOUR = 3600
_RENEWED_AT = 0.8
"""Of a token's time, as a kubelet does it."""
_TRY_AGAIN = 60
"""Seconds before another is asked for where there was none to be had."""


@dataclass(frozen=True)
class Projected:
    """A token that a volume of a pod is to hold.

    Attributes:
        volume: the volume's name.
        wanted: what the pod's spec says of it.
    """

    volume: str
    wanted: ServiceAccountTokenProjection

    @property
    def seconds(self) -> float:
        """How long one is kept before the next is asked for."""
        return _RENEWED_AT * (self.wanted.expirationSeconds or _ONE_HOUR)


def projected(pod: Pod) -> Iterator[Projected]:
    """All tokens that the volumes of a pod are to hold."""
    for volume in spec(pod).volumes or []:
        for part in projections.parts(volume):
            if part.serviceAccountToken:
                yield Projected(volume.name, part.serviceAccountToken)


async def request(client: AsyncClient, pod: Pod, wanted: ServiceAccountTokenProjection) -> str:
    """Ask the API server for a token of the pod's service account, bound to the pod.

    Raises:
        VolumeError: it gave none.
        HTTPError: it refused, or did not answer.
    """
    who = identity(pod)
    asked = ServiceAccountToken(
        metadata=ObjectMeta(),
        spec=TokenRequestSpec(
            audiences=[wanted.audience] if wanted.audience else [],
            expirationSeconds=wanted.expirationSeconds or _ONE_HOUR,
            boundObjectRef=BoundObjectReference(
                apiVersion="v1", kind="Pod", name=who.name, uid=who.uid
            ),
        ),
    )
    account = spec(pod).serviceAccountName or "default"
    answer = await client.create(asked, account, namespace=who.namespace)
    if answer.status is None or not answer.status.token:
        raise VolumeError(f"the API server gave no token for service account {account}")
    return answer.status.token


async def renew(
    pod: Pod,
    ask: Callable[[ServiceAccountTokenProjection], Awaitable[str]],
    put: Callable[[str, str, str], None],
) -> None:
    """Put new tokens in place of those about to expire, until cancelled.

    Args:
        pod: whose volumes hold tokens.
        ask: gives a new one.
        put: takes the name of a volume, a path in it, and the token.
    """

    async def see_to(token: Projected) -> None:
        wait = token.seconds
        while True:
            await asyncio.sleep(wait)
            try:
                put(token.volume, token.wanted.path, await ask(token.wanted))
                wait = token.seconds
            except (httpx2.HTTPError, VolumeError) as error:
                _log.warning("pod %s: token not renewed: %s", identity(pod), error)
                wait = _TRY_AGAIN

    async with asyncio.TaskGroup() as group:
        for token in projected(pod):
            group.create_task(see_to(token))
