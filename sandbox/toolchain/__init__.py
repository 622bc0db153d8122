"""The programs that the sandbox runs: built or fetched once a machine, at pinned versions.

One folder a tool holds what pins it: its ``go.mod`` or ``requirements.txt``; :mod:`.catalog` says
what is made of each. What is made is kept by :mod:`sandbox.cache`.
"""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox import cache, layout
from sandbox.toolchain.catalog import named

if TYPE_CHECKING:
    from collections.abc import Callable, Collection
    from pathlib import Path


def ensure(
    names: Collection[str], beside: Collection[Callable[[], object]] = ()
) -> dict[str, Path]:
    """Have tools ready; those that the cache has not are made now, with progress shown.

    Args:
        names: Names of the :mod:`.catalog`.
        beside: Makes other things, which are made side by side with the tools.

    Returns:
        Each name with its program, or with its folder where it is not a program.

    Raises:
        SandboxError: If one cannot be made; the message says why and where its log is.
    """
    found = at_hand(names)
    if len(found) == len(names) and not beside:
        return found
    from sandbox.toolchain.job import at_once  # noqa: PLC0415 - only where there is work

    # Another clone may be making them. One lock for all keeps two that wait from each other.
    with cache.locked(layout.cache() / ".tools.lock"):
        tools = dict.fromkeys(named(name) for name in names if name not in at_hand(names))
        at_once([*(tool.make for tool in tools), *beside])
    return at_hand(names)


def at_hand(names: Collection[str]) -> dict[str, Path]:
    """Those of these tools for which nothing has to be made, as :func:`ensure` returns them."""
    return {name: found for name in names if (found := named(name).find(name))}
