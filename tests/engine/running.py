"""An update that goes on: what it does is seen while it does it."""

from __future__ import annotations

import json
import os
import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from queue import Queue
from tempfile import TemporaryDirectory
from threading import Thread
from typing import Any

from sandbox.stack import Stack

PATIENCE = 60
"""Seconds after which an event counts as one that does not come."""


class Running:
    """An update under way."""

    def __init__(self, process: subprocess.Popen[str], events: Queue[dict[str, Any]]) -> None:
        self.process = process
        self._events = events

    def until(self, kind: str, name: str = "") -> None:
        """Wait for an event of that kind, about a resource whose URN ends so."""
        while True:
            event = self._events.get(timeout=PATIENCE)
            if kind in event and event[kind].get("metadata", {}).get("urn", "").endswith(name):
                return

    def end(self) -> tuple[int, str]:
        """Wait for its end; gives its exit code and what it printed."""
        said, _ = self.process.communicate()
        return self.process.returncode, said


@contextmanager
def running(stack: Stack, **environment: str) -> Iterator[Running]:
    """Start an update; it is killed if it still runs at the end."""
    with TemporaryDirectory() as folder:
        log = Path(folder, "events")
        os.mkfifo(log)
        process = subprocess.Popen(
            [
                *("pulumi", "up", "--yes", "--skip-preview", f"--event-log={log}"),
                *("--non-interactive", "--color", "never"),
            ],
            cwd=stack.folder,
            env={**stack.environment, "PULUMI_DEBUG_COMMANDS": "true", **environment},
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
            text=True,
        )
        events: Queue[dict[str, Any]] = Queue()

        def read() -> None:
            with log.open() as lines:
                for line in lines:
                    events.put(json.loads(line))

        reader = Thread(target=read, daemon=True)
        reader.start()
        try:
            yield Running(process, events)
        finally:
            process.kill()
            process.wait()
            # An engine that ended before it opened its log would leave the reader waiting.
            os.close(os.open(log, os.O_RDWR | os.O_NONBLOCK))
            reader.join()
