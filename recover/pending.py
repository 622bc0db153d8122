"""Forgets what a killed run had begun to make, where it is safe to make it once more.

The engine does not know whether it came to be, and warns of it in every run until somebody says.
Here it does not matter: what this program makes has a name that is known before, and its provider
sees whether it is there and whose it is.
"""

from __future__ import annotations

import json
from typing import Any

from recover.engine import Target, ask

_MADE_ONCE_MORE = ("kubernetes", "mysql", "mysql-extra", "random")
"""The packages of what the program makes."""


def forget(target: Target) -> list[str]:
    """Take the creations that were under way out of a stack's state; gives what was done.

    Raises:
        RecoverProblem: The state cannot be read or written.
    """
    state = json.loads(ask("stack", "export", "--stack", target.stack))
    pending = state["deployment"].get("pending_operations") or []
    forgotten = [each for each in pending if _is_ours(each)]
    if not forgotten:
        return []
    state["deployment"]["pending_operations"] = [each for each in pending if not _is_ours(each)]
    ask("stack", "import", "--stack", target.stack, stdin=json.dumps(state))
    names = ", ".join(each["resource"]["urn"].rpartition("::")[2] for each in forgotten)
    return [f"forgot that {names} was being made; the next `pulumi up` sees what is there"]


def _is_ours(operation: dict[str, Any]) -> bool:
    package = operation["resource"]["type"].partition(":")[0]
    return operation["type"] == "creating" and package in _MADE_ONCE_MORE
