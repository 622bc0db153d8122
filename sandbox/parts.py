"""What the sandbox is made of: parts, each with what it needs and how to see that it is ready."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Callable

    from sandbox.processes import Program


def _nothing() -> None:
    """What most servers need before they start."""


@dataclass(frozen=True)
class Part:
    """A server to be run or a step to be done once.

    Args:
        name: What people call it; of a server, its name in supervisord and its log's.
        missing: Looks at the real thing, and says what is missing of it still; None once it is
            ready. It is called again and again, so it is quick and changes nothing.
        begin: Does the step, or what a server needs before it starts.
        program: The server; None for a step.
        needs: The names of the parts that come first.
    """

    name: str
    missing: Callable[[], str | None]
    begin: Callable[[], None] = _nothing
    program: Program | None = None
    needs: tuple[str, ...] = ()
