"""A pod's sidecar, asked what it has done with connections and what it has been told to do."""

from __future__ import annotations

import http.client
import json
import re
from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any

LISTENERS = "config_dump?resource=dynamic_listeners"
"""What Envoy's own administration is asked for; it answers those in its pod alone."""
_STATISTICS = 15090
_PATIENCE = 10
"""Seconds."""
_LEFT_BY = re.compile(
    r'^envoy_tcp_downstream_cx_total\{tcp_prefix="(?P<way>[^"]+)"\} (?P<count>\d+)$', re.MULTILINE
)


@dataclass(frozen=True)
class Connections:
    """How many TCP connections of the pod went which way, since the sidecar started.

    Attributes:
        black_hole: To destinations that the mesh does not know: `BlackHoleCluster`, where
            REGISTRY_ONLY sends them and nothing comes back from.
        passthrough: To such destinations all the same: `PassthroughCluster`, as ALLOW_ANY has it.
    """

    black_hole: int
    passthrough: int

    def since(self, earlier: Connections) -> Connections:
        """Count those that came after an earlier look."""
        return Connections(
            self.black_hole - earlier.black_hole, self.passthrough - earlier.passthrough
        )


def connections(address: str) -> Connections:
    """Ask a sidecar for its statistics.

    Args:
        address: IP address of the pod.

    Raises:
        OSError: The sidecar does not answer.
    """
    text = _get(address, _STATISTICS, "/stats/prometheus")
    counts = {found["way"]: int(found["count"]) for found in _LEFT_BY.finditer(text)}
    # A way that nothing went yet may not be counted at all.
    return Connections(counts.get("BlackHoleCluster", 0), counts.get("PassthroughCluster", 0))


def filters(dump: str, port: int) -> Mapping[str, list[str]]:
    """Find a sidecar's listeners for a port, which are those of the entries it knows.

    Args:
        dump: What it answered to :data:`LISTENERS`.
        port: The port that the pod dials.

    Returns:
        Name of a listener, which begins with the address that it is for -> names of its filters.
    """
    return {
        listener["name"]: [
            each["name"] for chain in listener["filter_chains"] for each in chain["filters"]
        ]
        for listener in _active(json.loads(dump))
        if listener["address"]["socket_address"]["port_value"] == port
    }


def _active(dump: Mapping[str, Any]) -> list[Mapping[str, Any]]:
    # One that is being drained is still there, and has no active state.
    states = [listener.get("active_state") for listener in dump.get("configs", [])]
    return [state["listener"] for state in states if state]


def _get(address: str, port: int, path: str) -> str:
    connection = http.client.HTTPConnection(address, port, timeout=_PATIENCE)
    try:
        connection.request("GET", path)
        return connection.getresponse().read().decode()
    except http.client.HTTPException as error:
        raise OSError(f"broken answer of {address}:{port}: {error!r}") from error
    finally:
        connection.close()
