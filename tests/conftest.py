"""Which tests share a process where several run side by side (`make test`)."""

from __future__ import annotations

from typing import Any

import pytest

_STORY = "tests/mesh/"


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep a file's tests together, and the mesh's, which are one story."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - there may be no such plugin

    scheduling: Any = LoadScopeScheduling

    class Files(scheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            return _STORY if nodeid.startswith(_STORY) else nodeid.partition("::")[0]

    return Files(config, log)
