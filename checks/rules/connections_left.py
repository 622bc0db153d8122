"""The server has connections left: ratings opens one for each request."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BEFORE_A_CHANGE

_A_POD = 10
"""How many a pod may want at once, and its probe, and a pod that it takes the place of."""

ENOUGH = ok("{left} of {most} connections are left")
FEW = warning(
    "the MySQL server at {endpoint} has {left} of {most} connections left, and {replicas} pods of "
    "ratings may want {wanted}",
    "raise max_connections there, or see with SHOW PROCESSLIST who holds them",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare what is left with what the pods may want."""
    server = seen(facts.server)
    most = int(server.variables.get("max_connections", "0"))
    left = max(most - server.connected, 0)
    wanted = facts.settings.replicas * _A_POD
    if left < wanted:
        yield FEW(
            endpoint=facts.admin.endpoint,
            left=left,
            most=most,
            replicas=facts.settings.replicas,
            wanted=wanted,
        )
    else:
        yield ENOUGH(left=left, most=most)
