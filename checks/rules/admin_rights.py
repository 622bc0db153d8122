"""The admin may do all that it will be asked for, which is tried and not read."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

ENOUGH = ok("{username} may do all that is needed")
TOO_FEW = failure(
    "mysql:username: {username} may not do enough", "run, as one who may: {statements}"
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Name the grants that are lacking."""
    lacking, username = seen(facts.server).lacking, facts.admin.username
    if lacking:
        yield TOO_FEW(username=username, statements="; ".join(lacking))
    else:
        yield ENOUGH(username=username)
