"""Which tests share a process where several run side by side (`make test`)."""

from __future__ import annotations

from typing import Any

import pytest

_ONE_BY_ONE = ("tests/mesh/", "tests/engine/alone/")


@pytest.hookimpl(optionalhook=True)
def pytest_xdist_make_scheduler(config: pytest.Config, log: object) -> object:
    """Keep a file's tests together, and those of folders whose tests share what there is once."""
    from xdist.scheduler import LoadScopeScheduling  # noqa: PLC0415 - there may be no such plugin

    scheduling: Any = LoadScopeScheduling

    class Files(scheduling):  # type: ignore[misc]
        def _split_scope(self, nodeid: str) -> str:
            shared = (folder for folder in _ONE_BY_ONE if nodeid.startswith(folder))
            return next(shared, nodeid.partition("::")[0])

    return Files(config, log)
