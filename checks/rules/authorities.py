"""pulumi-mysql and the pods trust the server too: they know no authority but what they are told."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BY_THE_SERVER
from mysql.authority import BY_PODS, BY_PULUMI_MYSQL, folder_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BY_THE_SERVER

TRUSTED = ok("pulumi-mysql trusts {endpoint} too")
NOT_TRUSTED = failure(*BY_PULUMI_MYSQL)
NOT_BY_PODS = failure(f"{PROJECT}:{BY_PODS[0]}", BY_PODS[1])


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what was tried with the environment's authorities; nothing where none is asked."""
    server, admin = seen(facts.server), facts.admin
    if server.untrusted:
        yield NOT_TRUSTED(problem=server.untrusted, folder=folder_of(admin))
    elif facts.settings.reader_tls and server.untrusted_by_pods:
        yield NOT_BY_PODS(problem=server.untrusted_by_pods)
    elif server.certificate is not None and admin.tls != "skip-verify":
        yield TRUSTED(endpoint=admin.endpoint)
