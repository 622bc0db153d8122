"""The kubelet API, as much of it as ``kubectl logs`` needs, for the API server only.

Paths and parameters are those of the kubelet's ``pkg/kubelet/server``.
"""

from __future__ import annotations

import ssl
from collections.abc import AsyncIterator, Callable, Mapping
from contextlib import asynccontextmanager
from datetime import UTC, datetime, timedelta
from typing import TYPE_CHECKING, Final

from aiohttp import web

from sandbox import layout
from sandbox.node import logs

if TYPE_CHECKING:
    from sandbox.node.containers import ContainerRunner

Find = Callable[[str, str, str], "ContainerRunner | None"]
"""Gives the runner of a container on this node by namespace, pod and container name."""
_NOT_SUPPORTED: Final = ("exec", "attach", "portForward")


@asynccontextmanager
async def serving(find: Find, paths: layout.Paths) -> AsyncIterator[None]:
    """Answer on the kubelet's port; who has no certificate of the sandbox's authority is refused.

    Raises:
        OSError: the port is taken.
    """
    context = ssl.create_default_context(ssl.Purpose.CLIENT_AUTH, cafile=paths.certificate("ca"))
    context.verify_mode = ssl.CERT_REQUIRED
    context.load_cert_chain(paths.certificate("node"), paths.key("node"))
    runner = web.AppRunner(_application(find), access_log=None, shutdown_timeout=0)
    await runner.setup()
    try:
        site = web.TCPSite(runner, layout.LOOPBACK, layout.KUBELET_PORT, ssl_context=context)
        await site.start()
        yield
    finally:
        await runner.cleanup()


def selection(query: Mapping[str, str]) -> logs.Selection:
    """What a query such as ``tailLines=10&sinceSeconds=60&timestamps=true`` asks for.

    Raises:
        ValueError: a number or a time that is none.
    """
    since = None
    if seconds := query.get("sinceSeconds"):
        since = datetime.now(UTC) - timedelta(seconds=int(seconds))
    elif time := query.get("sinceTime"):
        since = datetime.fromisoformat(time)
    tail = int(query["tailLines"]) if query.get("tailLines") else None
    return logs.Selection(tail, since, timestamps=query.get("timestamps") == "true")


def _application(find: Find) -> web.Application:
    async def container_logs(request: web.Request) -> web.StreamResponse:
        return await _container_logs(request, find)

    application = web.Application()
    application.router.add_get("/healthz", _healthy)
    application.router.add_get("/containerLogs/{namespace}/{pod}/{container}", container_logs)
    for action in _NOT_SUPPORTED:
        application.router.add_route("*", f"/{action}/{{rest:.*}}", _not_supported)
    return application


async def _healthy(_: web.Request) -> web.Response:
    return web.Response(text="ok")


async def _not_supported(request: web.Request) -> web.Response:
    action = request.path.split("/")[1]
    where = "ip netns exec emx-pod-<first 8 digits of the pod's uid>"
    raise web.HTTPNotImplemented(text=f"{action} is not supported by this node: use `{where}`\n")


async def _container_logs(request: web.Request, find: Find) -> web.StreamResponse:
    where = request.match_info
    pod, container = where["pod"], where["container"]
    try:
        asked = selection(request.query)
    except ValueError as error:
        raise web.HTTPBadRequest(text=f"{error}\n") from error
    runner = find(where["namespace"], pod, container)
    if runner is None:
        raise web.HTTPNotFound(text=f'container "{container}" in pod "{pod}" is waiting to start\n')
    previous = request.query.get("previous") == "true"
    file = runner.log(previous=previous)
    if not file.exists():
        kind = "previous terminated container" if previous else "container"
        raise web.HTTPBadRequest(text=f'{kind} "{container}" in pod "{pod}" has no log\n')
    response = web.StreamResponse()
    response.content_type = "text/plain"
    await response.prepare(request)
    follow = request.query.get("follow") == "true" and not previous
    async for line in logs.read(file, asked, follow=follow, running=lambda: runner.is_running):
        await response.write(line)
    await response.write_eof()
    return response
