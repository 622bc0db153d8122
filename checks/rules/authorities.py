"""pulumi-mysql and the pods trust the server too: they know no authority but what they are told."""

from __future__ import annotations

from collections.abc import Iterator
from pathlib import Path

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER
from mysql.admin import is_pem
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

TRUSTED = ok("pulumi-mysql trusts {endpoint} too")
NOT_TRUSTED = failure(
    "mysql:ca: pulumi-mysql takes authorities from the environment alone, and does not trust this "
    "server ({problem})",
    "`export SSL_CERT_DIR={folder}`, where the authority's file is",
)
NOT_BY_PODS = failure(
    f"{PROJECT}:readerTls: pods know only the well-known authorities, and would not trust this "
    "server ({problem})",
    "name its authority in mysql:ca or MYSQL_TLS_CA",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what was tried with the environment's authorities; nothing where none is asked."""
    server, admin = seen(facts.server), facts.admin
    if server.untrusted:
        folder = "FOLDER" if is_pem(admin.ca) else Path(admin.ca).parent.resolve()
        yield NOT_TRUSTED(problem=server.untrusted, folder=folder)
    elif facts.settings.reader_tls and server.untrusted_by_pods:
        yield NOT_BY_PODS(problem=server.untrusted_by_pods)
    elif server.certificate is not None and admin.tls != "skip-verify":
        yield TRUSTED(endpoint=admin.endpoint)
