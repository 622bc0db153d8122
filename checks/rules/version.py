"""The server is a MySQL, of a version that is served."""

from __future__ import annotations

import re
from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

_FIRST = (5, 7)

SERVED = ok("MySQL {version}")
MARIADB = failure(
    "mysql:endpoint: this is MariaDB {version}, on which pulumi-mysql cannot make an account (it "
    "asks for innodb_version, which MariaDB no longer has)",
    "use MySQL",
)
TOO_OLD = failure("mysql:endpoint: this is MySQL {version}", "use MySQL 5.7 or newer")


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what the server calls itself."""
    version = seen(facts.server).login.version
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    if "mariadb" in version.lower():
        yield MARIADB(version=version)
    elif numbers < _FIRST:
        yield TOO_OLD(version=version)
    else:
        yield SERVED(version=version)
