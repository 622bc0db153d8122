"""The ratings service, asked directly: what a pod of it says, and not what the page makes of it."""

from __future__ import annotations

import http.client
import json
from dataclasses import dataclass

NO_CONNECTION = "could not connect to ratings database"

_PORT = 9080
_PATIENCE = 20
"""Seconds."""


@dataclass(frozen=True)
class Answer:
    """What the service says.

    Attributes:
        ratings: The ratings in the order of their reviewers; empty where it has none.
        error: Why it has none, in its own words or, where it did not speak, in ours.
    """

    ratings: tuple[int, ...]
    error: str = ""

    def __str__(self) -> str:
        """Say it in a few words."""
        return self.error or " and ".join(map(str, self.ratings))


def ask(address: str) -> Answer:
    """Ask a pod for the ratings of the one product.

    The service answers 200 also without a database, so only the body tells.

    Args:
        address: IP address of the pod.
    """
    connection = http.client.HTTPConnection(address, _PORT, timeout=_PATIENCE)
    try:
        connection.request("GET", "/ratings/0")
        answer = connection.getresponse()
        body = answer.read().decode()
    except (OSError, http.client.HTTPException) as error:
        return Answer((), f"no answer from {address}:{_PORT} ({error!r})")
    finally:
        connection.close()
    try:
        said = json.loads(body)
    except ValueError:  # what a sidecar says whose service is not there
        return Answer((), f"HTTP status {answer.status}: {body}")
    return Answer(tuple(said.get("ratings", {}).values()), said.get("error", ""))
