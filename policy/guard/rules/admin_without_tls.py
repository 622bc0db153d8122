"""The admin of MySQL without TLS: password and rows cross the network in clear."""

from __future__ import annotations

from collections.abc import Iterator

from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_PROVIDERS = ("pulumi:providers:mysql", "pulumi:providers:mysql-extra")
_HERE = ("127.", "localhost:", "[::1]:", "/")
"""How endpoints begin that are on this machine: nothing crosses a network."""


def _check(resource: Resource, around: Around) -> Iterator[Finding]:
    if resource.type not in _PROVIDERS:
        return
    endpoint, tls = resource.root["endpoint"], resource.root["tls"]
    for field in (endpoint, tls):
        if not field.is_known:
            yield Undecided(field.path)
            return
    dialled = endpoint.text() or around.environment.get("MYSQL_ENDPOINT", "")
    if f"{dialled}:".startswith(_HERE):
        return
    dialled = dialled or "its server"
    mode = tls.text() or around.environment.get("MYSQL_TLS_CONFIG", "") or "false"
    if mode.lower() == "skip-verify":
        yield Violation(f"the admin dials {dialled} with TLS, but looks at no certificate")
    elif mode.lower() not in ("true", "1", "t"):
        yield Violation(f"the admin dials {dialled} without TLS")


RULE = Rule(
    name="admin-without-tls",
    says="The admin of MySQL dials it over TLS, and looks at who answers.",
    remedy="set mysql:tls (MYSQL_TLS_CONFIG) to true",
    check=_check,
)
