"""The server takes changes: it is no replica, and nobody has set it read-only."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BEFORE_A_CHANGE

_STOPPING = ("read_only", "super_read_only", "innodb_read_only", "offline_mode")

WRITABLE = ok("it takes changes")
READ_ONLY = failure(
    "mysql:endpoint: the MySQL server at {endpoint} takes no changes ({variables})",
    "give the endpoint of the primary, or have it take changes again",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by its variables; an admin with more rights than it needs could write all the same."""
    variables = seen(facts.server).variables
    stopping = [name for name in _STOPPING if variables.get(name) == "ON"]
    if stopping:
        yield READ_ONLY(endpoint=facts.admin.endpoint, variables=", ".join(stopping))
    else:
        yield WRITABLE()
