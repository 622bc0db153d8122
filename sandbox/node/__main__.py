"""``python -m sandbox.node``: the node agent, until SIGTERM."""

from __future__ import annotations

import asyncio
import logging
import signal
import sys
from contextlib import suppress

from sandbox import layout
from sandbox.errors import SandboxError
from sandbox.node.agent import Agent
from sandbox.node.images import Images


async def _run() -> None:
    working = asyncio.create_task(Agent(layout.HERE, Images()).run())
    for number in (signal.SIGTERM, signal.SIGINT):
        asyncio.get_running_loop().add_signal_handler(number, working.cancel)
    with suppress(asyncio.CancelledError):
        await working


if __name__ == "__main__":
    logging.basicConfig(level=logging.INFO, format="%(asctime)s %(levelname)s %(message)s")
    logging.getLogger("httpx2").setLevel(logging.WARNING)
    try:
        asyncio.run(_run())
    except (SandboxError, OSError) as error:
        sys.exit(f"node agent: {error}")
