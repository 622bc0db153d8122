"""The parts of the engine's tests."""

from __future__ import annotations

from tests.engine.conftest import (  # noqa: F401 - fixtures
    cluster,
    database,
    environment,
    place,
    server,
    settings,
    stack,
)
