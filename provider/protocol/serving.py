"""How a plugin process lives: it says its port, serves the engine, and ends with it."""

from __future__ import annotations

import os
import select
import signal
import sys
from concurrent.futures import ThreadPoolExecutor
from typing import TYPE_CHECKING

import grpc
from pulumi.runtime._grpc_settings import _GRPC_CHANNEL_OPTIONS

if TYPE_CHECKING:
    from collections.abc import Callable

THREADS = 64
"""Calls served at once. A call may wait minutes for its database, and must not hold up others."""


def serve(register: Callable[[grpc.Server], None]) -> None:
    """Serve on a free port of loopback until the engine is done, then end the process.

    The engine reads the port from the first line on standard output, and stops a plugin with
    SIGINT. Where it cannot any more because it was killed, its end of standard input closes.

    Args:
        register: Adds the plugin's service to the server.
    """
    # From here on at any moment, even where the shell of a background job ignores SIGINT: the
    # engine ends its plugins one by one, and blames those behind one that takes 5 seconds for it.
    woken, waker = os.pipe()
    os.set_blocking(waker, False)
    signal.set_wakeup_fd(waker)  # any thread may take it, and does not end the wait below
    signal.signal(signal.SIGINT, lambda *_: _end())
    server = grpc.server(ThreadPoolExecutor(THREADS), options=_GRPC_CHANNEL_OPTIONS)
    register(server)
    port = server.add_insecure_port("127.0.0.1:0")
    server.start()
    print(port, flush=True)  # noqa: T201 - the protocol asks for it
    select.select([sys.stdin, woken], [], [])
    _end()


def _end() -> None:
    # Not sys.exit: that would wait for calls in flight, which nobody waits for any more.
    os._exit(0)
