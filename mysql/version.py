"""Which servers are served: MySQL, of a version that has what the program counts on."""

from __future__ import annotations

import re
from typing import Final

_FIRST = (5, 7)

#: What is said of a `{version}` that is not served, and what to do.
MARIADB: Final = (
    (
        "mysql:endpoint: this is MariaDB {version}, on which pulumi-mysql cannot make an account "
        "(it asks for innodb_version, which MariaDB no longer has)"
    ),
    "use MySQL",
)
TOO_OLD: Final = ("mysql:endpoint: this is MySQL {version}", "use MySQL 5.7 or newer")


def version_problem(version: str) -> tuple[str, str] | None:
    """Give what is to be said of a server of this version, and what to do, if it is not served.

    Args:
        version: As it gives it, e.g. `9.7.4` or `10.11.6-MariaDB`.
    """
    if "mariadb" in version.lower():
        return MARIADB
    numbers = tuple(int(number) for number in re.findall(r"\d+", version)[:2])
    return TOO_OLD if numbers < _FIRST else None
