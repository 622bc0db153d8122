"""pulumi-mysql trusts the server too, which knows only the authorities of the environment."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER
from mysql.admin import is_pem

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

TRUSTED = ok("pulumi-mysql trusts {endpoint} too")
NOT_TRUSTED = failure(
    "mysql:ca: pulumi-mysql takes authorities from the environment alone, and does not trust this "
    "server ({problem})",
    "`export SSL_CERT_DIR={folder}`, where the authority's file is",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what was tried with the environment's authorities; nothing where none is asked."""
    server, admin = seen(facts.server), facts.admin
    if server.untrusted:
        folder = "FOLDER" if is_pem(admin.ca) else Path(admin.ca).parent.resolve()
        yield NOT_TRUSTED(problem=server.untrusted, folder=folder)
    elif server.certificate is not None and admin.tls != "skip-verify":
        yield TRUSTED(endpoint=admin.endpoint)
