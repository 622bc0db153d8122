"""Requests without a pause, from several at a time, while something changes: how many failed."""

from __future__ import annotations

import http.client
import json
from collections import Counter
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import partial
from threading import Event, Lock, Thread
from urllib.parse import urlsplit

from demo.watch import eventually
from sandbox.kubectl import Kubectl
from sandbox.layout import NODE_V4

_SERVICE = "ratings-under-load"
_PORT = 9080
_STAR = 'id="glyphicon glyphicon-star"'

_PATIENCE = 20
"""Seconds."""
_MOST_PER_SECOND = 50
"""Requests a second and asker: what is changed is to have some of the machine too."""


@dataclass
class Load:
    """What was asked so far, and what of it failed.

    Attributes:
        sent: How many requests were answered, or given up.
        failures: What was wrong -> how often.
    """

    sent: int = 0
    failures: Counter[str] = field(default_factory=Counter)
    _lock: Lock = field(default_factory=Lock, repr=False)

    @property
    def failed(self) -> int:
        """How many requests did not get what was asked for."""
        return self.failures.total()

    def __str__(self) -> str:
        """Say it in a line."""
        said = "; ".join(f"{count} x {what}" for what, count in self.failures.most_common(3))
        return f"{self.failed} of {self.sent} failed" + (f": {said}" if said else "")

    def add(self, problem: str) -> None:
        """Count a request; of one that failed, by what was wrong."""
        with self._lock:
            self.sent += 1
            if problem:
                self.failures[problem] += 1

    def reaches(self, sent: int) -> None:
        """Wait until so many requests were sent."""
        while self.sent < sent:
            _TICK.wait(0.1)


_TICK = Event()


@contextmanager
def load(url: str, problem: Callable[[int, str], str], askers: int = 4) -> Iterator[Load]:
    """Ask for as long as it lasts; each request on a connection of its own.

    Args:
        url: What is asked for.
        problem: Says of status and body what is wrong; empty where nothing is.
        askers: How many ask at a time.
    """
    so_far, enough = Load(), Event()

    def ask_on() -> None:
        while not enough.wait(1 / _MOST_PER_SECOND):
            so_far.add(_ask(url, problem))

    threads = [Thread(target=ask_on, daemon=True) for _ in range(askers)]
    for thread in threads:
        thread.start()
    try:
        yield so_far
    finally:
        enough.set()
        for thread in threads:
            thread.join()


def no_rating(_status: int, body: str) -> str:
    """Say what is wrong with an answer of the ratings service: 200 is no proof."""
    try:
        said = json.loads(body)
    except ValueError:
        return f"no JSON: {body[:80]!r}"
    return "" if said.get("ratings") else str(said.get("error", body[:80]))


def no_stars(status: int, body: str) -> str:
    """Say what is wrong with the page."""
    if "currently unavailable" in body:
        return "the page says: currently unavailable"
    return "" if _STAR in body else f"status {status}, and no stars"


@contextmanager
def node_port(kubectl: Kubectl) -> Iterator[str]:
    """A Service that leads to the pods of ratings-v2-mysql alone; gives what is asked there."""
    kubectl.apply(
        {
            "apiVersion": "v1",
            "kind": "Service",
            "metadata": {"name": _SERVICE},
            "spec": {
                "type": "NodePort",
                "selector": {"app": "ratings", "version": "v2-mysql"},
                "ports": [{"port": _PORT, "name": "http"}],
            },
        }
    )
    (port,) = kubectl.get("service", _SERVICE)["spec"]["ports"]
    address = f"http://{NODE_V4}:{port['nodePort']}/ratings/0"
    try:
        # It takes kube-proxy a moment to open the port.
        eventually(partial(_ask, address, no_rating), lambda wrong: not wrong, "an answer there")
        yield address
    finally:
        kubectl("delete", "service", _SERVICE)


def _ask(url: str, problem: Callable[[int, str], str]) -> str:
    at = urlsplit(url)
    connection = http.client.HTTPConnection(str(at.hostname), at.port, timeout=_PATIENCE)
    try:
        connection.request("GET", at.path)
        answer = connection.getresponse()
        return problem(answer.status, answer.read().decode())
    except (OSError, http.client.HTTPException) as error:
        return repr(error)
    finally:
        connection.close()
