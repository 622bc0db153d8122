"""TLS to the server: who signed its certificate, for which names, and for how many days more."""

from __future__ import annotations

from collections.abc import Iterator
from datetime import UTC, datetime

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from mysql.admin import stays_here

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BEFORE_A_CHANGE

_SOON = 30
"""Days: most who renew by hand look once a month."""

VALID = ok("certificate of {names}, signed by {issuer}, good for {days} days")
STAYS_HERE = ok("no TLS, and none needed: {endpoint} is this machine")
NO_TLS = warning(
    "mysql:tls: it is false, and whoever is on the way to {endpoint} can read the passwords",
    "set mysql:tls to true",
)
NOT_VERIFIED = warning(
    "mysql:tls: it is skip-verify, and anybody on the way can pass for {endpoint} (this "
    "certificate "
    "is of {names}, signed by {issuer}, good for {days} days)",
    "set mysql:tls to true, and name the authority in mysql:ca",
)
ENDS_SOON = warning(
    "the certificate of the MySQL server at {endpoint} is good for {days} days more",
    "have it renewed",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what was shown; a certificate that does not hold has ended the login already."""
    server, admin = seen(facts.server), facts.admin
    certificate = server.certificate
    if certificate is None:
        message = STAYS_HERE if stays_here(admin.endpoint) else NO_TLS
        yield message(endpoint=admin.endpoint)
        return
    days = (certificate.expires - datetime.now(UTC)).days
    found = {
        "names": ", ".join(certificate.names) or certificate.subject,
        "issuer": certificate.issuer,
        "days": days,
        "endpoint": admin.endpoint,
    }
    if admin.tls == "skip-verify":
        yield NOT_VERIFIED(**found)
    else:
        yield (ENDS_SOON if days < _SOON else VALID)(**found)
