"""The server's clock and time zone: TLS, and whoever compares logs, go by them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BEFORE_A_CHANGE

_SECONDS = 60
_SYSTEM = "SYSTEM"

SAME = ok("time zone {zone}, {seconds:+.1f} s from this machine's clock")
ELSEWHEN = warning(
    "the clock of the MySQL server at {endpoint} is {seconds:+.0f} s from this machine's",
    "set both by NTP: certificates hold by them, and logs are compared by them",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare with the clock here."""
    server = seen(facts.server)
    seconds = server.ahead.total_seconds()
    if abs(seconds) > _SECONDS:
        yield ELSEWHEN(endpoint=facts.admin.endpoint, seconds=seconds)
        return
    zone = server.variables.get("time_zone", _SYSTEM)
    if zone == _SYSTEM:
        zone = server.variables.get("system_time_zone", zone)
    yield SAME(zone=zone, seconds=seconds)
