"""What a plugin says to people: lines that the engine shows under a resource."""

from __future__ import annotations

from typing import TYPE_CHECKING

import grpc
from pulumi.runtime.proto import engine_pb2, engine_pb2_grpc

if TYPE_CHECKING:
    from pulumi.runtime.proto.engine_pb2 import LogSeverity


class Engine:
    """The engine that a plugin works for; each line is said once.

    Args:
        address: Where it listens, the plugin's first argument; empty where nobody does.
    """

    def __init__(self, address: str = "") -> None:
        self._stub = engine_pb2_grpc.EngineStub(grpc.insecure_channel(address)) if address else None
        self._said: set[tuple[str, str]] = set()

    def info(self, urn: str, line: str) -> None:
        """Say what will be or was done."""
        self._say(engine_pb2.INFO, urn, line)

    def warn(self, urn: str, line: str) -> None:
        """Say what somebody should look at."""
        self._say(engine_pb2.WARNING, urn, line)

    def _say(self, severity: LogSeverity.ValueType, urn: str, line: str) -> None:
        # A refresh and the update after it ask for the same difference twice.
        if self._stub and (urn, line) not in self._said:
            self._said.add((urn, line))
            self._stub.Log(engine_pb2.LogRequest(severity=severity, message=line, urn=urn))
