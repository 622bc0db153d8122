"""The MySQL server answers at `mysql:endpoint`, and lets the admin in."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import Unseen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

REACHED = ok("{endpoint} answers, and lets {username} in")
NOT_REACHED = failure("{problem}", "{todo}")


def judge(facts: Facts) -> Iterator[Finding]:
    """Say what the login said."""
    if isinstance(facts.server, Unseen):
        todo = facts.server.todo or "check mysql:endpoint or MYSQL_ENDPOINT"
        yield NOT_REACHED(problem=facts.server.reason, todo=todo)
    else:
        yield REACHED(endpoint=facts.admin.endpoint, username=facts.admin.username)
