"""Which tests share a process where several run side by side (`--dist loadgroup`)."""

from __future__ import annotations

from pathlib import Path

import pytest

_STORY = Path(__file__).parent / "mesh"


@pytest.hookimpl(tryfirst=True)
def pytest_collection_modifyitems(items: list[pytest.Item]) -> None:
    """Keep a file's tests together, and the mesh's, which are one story; first, before pytest-xdist
    looks for it.
    """
    for item in items:
        group = "mesh" if _STORY in item.path.parents else item.path.stem
        item.add_marker(pytest.mark.xdist_group(group))
