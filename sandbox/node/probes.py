"""Startup, liveness and readiness probes: what is asked, and what follows from the answers.

https://kubernetes.io/docs/concepts/configuration/liveness-readiness-startup-probes/
As with a kubelet, HTTP and TCP probes come from the node to the pod's address.
"""

from __future__ import annotations

import asyncio
from dataclasses import dataclass
from http import HTTPStatus
from typing import TYPE_CHECKING

import aiohttp
from yarl import URL

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Container, HTTPGetAction, Probe, TCPSocketAction

    from sandbox.node.process import Process


@dataclass(frozen=True)
class Answer:
    """Of one probe: whether all is well, and what a failure said."""

    ok: bool
    output: str = ""


@dataclass
class Threshold:
    """Turns single answers into a verdict: so many alike in a row are needed."""

    success: int
    failure: int
    _last: bool | None = None
    _run: int = 0

    def record(self, *, ok: bool) -> bool | None:
        """The verdict after one more answer; None while there are too few alike."""
        self._run = self._run + 1 if ok is self._last else 1
        self._last = ok
        return ok if self._run >= (self.success if ok else self.failure) else None


def threshold(probe: Probe) -> Threshold:
    """The thresholds that a probe asks for, or Kubernetes' defaults."""
    return Threshold(probe.successThreshold or 1, probe.failureThreshold or 3)


async def ask(probe: Probe, container: Container, address: str, process: Process) -> Answer:
    """Ask once, for ``timeoutSeconds`` at most."""
    seconds = probe.timeoutSeconds or 1
    try:
        async with asyncio.timeout(seconds):
            if probe.exec:
                code, output = await process.execute(probe.exec.command or [])
                return Answer(code == 0, output)
            if probe.httpGet:
                return await _http_get(probe.httpGet, container, address)
            if probe.tcpSocket:
                return await _tcp_socket(probe.tcpSocket, container, address)
    except TimeoutError:
        return Answer(ok=False, output=f"timed out after {seconds}s")
    return Answer(ok=False, output="a gRPC probe, which this node does not do")


def port_number(port: int | str, container: Container) -> int:
    """The port that a probe names by number or by the name of a container port.

    Raises:
        ValueError: no port of that name.
    """
    if isinstance(port, int) or port.isdigit():
        return int(port)
    for known in container.ports or []:
        if known.name == port:
            return known.containerPort
    raise ValueError(f'couldn\'t find port "{port}" in container {container.name}')


async def _http_get(action: HTTPGetAction, container: Container, address: str) -> Answer:
    try:
        port = port_number(action.port, container)
    except ValueError as error:
        return Answer(ok=False, output=str(error))
    scheme, path = (action.scheme or "HTTP").lower(), (action.path or "/").removeprefix("/")
    url = URL(f"{scheme}://{action.host or address}:{port}/{path}", encoded=True)
    headers = {"User-Agent": "kube-probe/1.37", "Accept": "*/*"}
    headers |= {header.name: header.value for header in action.httpHeaders or []}
    try:
        async with (
            aiohttp.ClientSession() as session,
            session.get(url, headers=headers, ssl=False, allow_redirects=False) as response,
        ):
            if response.status < HTTPStatus.BAD_REQUEST:
                return Answer(ok=True)
            return Answer(ok=False, output=f"HTTP probe failed with statuscode: {response.status}")
    except aiohttp.ClientConnectorError as error:
        return Answer(ok=False, output=f'Get "{url}": {error.strerror}')
    except aiohttp.ClientError as error:
        return Answer(ok=False, output=f'Get "{url}": {error}')


async def _tcp_socket(action: TCPSocketAction, container: Container, address: str) -> Answer:
    try:
        port = port_number(action.port, container)
        _, writer = await asyncio.open_connection(action.host or address, port)
    except (OSError, ValueError) as error:
        return Answer(ok=False, output=str(error))
    writer.close()
    return Answer(ok=True)
