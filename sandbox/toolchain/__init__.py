"""The programs that the sandbox runs: built or fetched once a machine, at pinned versions.

One folder a tool holds what pins it: its ``go.mod``, ``package.json``, ``requirements.txt`` or
``pom.xml``; :mod:`.catalog` says what is made of each. What is made is kept by
:mod:`sandbox.cache`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.toolchain.catalog import named

if TYPE_CHECKING:
    from collections.abc import Iterable
    from pathlib import Path

    from sandbox.toolchain.tool import Tool


def ensure(names: Iterable[str]) -> dict[str, Path]:
    """Have tools ready; those that the cache has not are made now, with progress shown.

    Args:
        names: Names of the :mod:`.catalog`.

    Returns:
        Each name with its program, or with its folder where it is not a program. Tools that had
        to be looked for on the way are there too.

    Raises:
        SandboxError: If one cannot be made; the message says why and where its log is.
    """
    ready: dict[str, Path] = {}
    missing: dict[str, Tool] = {}

    def look_for(tool: Tool) -> None:
        if tool.name in ready or tool.name in missing:
            return
        if found := tool.at_hand():
            ready[tool.name] = found
            return
        for need in tool.needs:
            look_for(named(need))
        missing[tool.name] = tool

    for name in names:
        look_for(named(name))
    for position, tool in enumerate(missing.values(), 1):
        ready[tool.name] = tool.make(ready, f"{position} of {len(missing)}")
    return ready


def at_hand(names: Iterable[str]) -> dict[str, Path]:
    """Those of these tools that the machine has, as :func:`ensure` would return them."""
    return {name: found for name in names if (found := named(name).at_hand())}
