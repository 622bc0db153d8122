"""The server is a MySQL, of a version that is served."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER
from mysql import version as served

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

SERVED = ok("MySQL {version}")
MARIADB = failure(*served.MARIADB)
TOO_OLD = failure(*served.TOO_OLD)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what the server calls itself."""
    version = seen(facts.server).login.version
    problem = served.version_problem(version)
    yield (failure(*problem) if problem else SERVED)(version=version)
