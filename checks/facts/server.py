"""The MySQL server of `mysql:endpoint`, as its admin sees it."""

from __future__ import annotations

import os
from collections.abc import Mapping, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ssl import SSLSocket
from typing import TYPE_CHECKING

from checks.facts.seen import Seen, Unseen
from mysql.admin import Admin
from mysql.driver import ServerFacts
from settings import Settings

if TYPE_CHECKING:
    from provider.connection import Connection

_VARIABLES = (
    "innodb_read_only",
    "max_connections",
    "mysqlx_max_connections",
    "offline_mode",
    "read_only",
    "super_read_only",
    "system_time_zone",
    "time_zone",
)
_POLICY = "validate_password"


@dataclass(frozen=True)
class Certificate:
    """The server's certificate.

    Attributes:
        subject: Whose it is.
        issuer: The authority that signed it.
        names: The names and addresses that it is for.
        expires: When it ends.
    """

    subject: str
    issuer: str
    names: tuple[str, ...]
    expires: datetime


@dataclass(frozen=True)
class Server:
    """A MySQL server.

    Attributes:
        login: What decides about a login.
        variables: Name of a variable -> its value.
        connected: How many connections there are.
        ahead: How much its clock is ahead of this machine's.
        certificate: Its certificate; None where there is no TLS.
        untrusted: Why pulumi-mysql would not trust it; empty where it would.
        untrusted_by_pods: Why pods that dial it over TLS would not; empty where they would, and
            where none do.
        lacking: The statements that would give the admin the rights it lacks.
    """

    login: ServerFacts
    variables: Mapping[str, str]
    connected: int
    ahead: timedelta
    certificate: Certificate | None
    untrusted: str
    untrusted_by_pods: str
    lacking: Sequence[str]


def look_at(admin: Admin, settings: Settings) -> Seen[Server]:
    """Log in and look; nothing is changed by it."""
    # They load Pulumi's protocol, which a program that is about other things has no use for.
    from provider.admin_rights import lacking  # noqa: PLC0415
    from provider.authorities import untrusted, untrusted_by_pods  # noqa: PLC0415
    from provider.connection import DatabaseProblem, as_admin  # noqa: PLC0415
    from provider.login_facts import read_facts  # noqa: PLC0415

    try:
        with as_admin(admin).connected() as connection:
            login = read_facts(connection)
            variables = _variables(connection)
            return Server(
                login=login,
                variables=variables,
                connected=int(_status(connection, "Threads_connected") or 0),
                ahead=_ahead(connection),
                certificate=_certificate(connection),
                untrusted=untrusted(admin, os.environ),
                # A login of its own, which nobody waits for whose pods dial without TLS.
                untrusted_by_pods=untrusted_by_pods(admin) if settings.reader_tls else "",
                lacking=()
                if "mariadb" in login.version.lower()
                else lacking(connection, settings.database, login.version),
            )
    except DatabaseProblem as problem:
        says, _, todo = str(problem).rpartition("; ")
        return Unseen(says or todo, todo if says else "")


def _variables(connection: Connection) -> Mapping[str, str]:
    names = ", ".join(f"'{name}'" for name in _VARIABLES)
    with connection.cursor() as cursor:
        cursor.execute(
            f"SHOW GLOBAL VARIABLES WHERE Variable_name IN ({names}) "
            f"OR Variable_name LIKE '{_POLICY}%'"
        )
        return {str(name): str(value) for name, value in cursor.fetchall()}


def _status(connection: Connection, name: str) -> str:
    with connection.cursor() as cursor:
        cursor.execute("SHOW GLOBAL STATUS LIKE %s", (name,))
        found = cursor.fetchone()
    return str(found[1]) if found else ""


def _ahead(connection: Connection) -> timedelta:
    """Compare the clocks; the answer is from somewhere between question and answer."""
    with connection.cursor() as cursor:
        before = datetime.now(UTC)
        cursor.execute("SELECT UTC_TIMESTAMP(6)")
        ((there,),) = cursor.fetchall()
        after = datetime.now(UTC)
    if not isinstance(there, datetime):
        there = datetime.fromisoformat(str(there))
    return there.replace(tzinfo=UTC) - (before + (after - before) / 2)


def _certificate(connection: Connection) -> Certificate | None:
    from cryptography import x509  # noqa: PLC0415 - as above

    channel = connection._sock  # type: ignore[attr-defined]  # noqa: SLF001 - there is no other way to it
    if not isinstance(channel, SSLSocket) or not (binary := channel.getpeercert(binary_form=True)):
        return None
    found = x509.load_der_x509_certificate(binary)
    names: list[str] = []
    with suppress(x509.ExtensionNotFound):
        subject = found.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        names = [str(name.value) for name in subject]
    return Certificate(
        found.subject.rfc4514_string(),
        found.issuer.rfc4514_string(),
        tuple(names),
        found.not_valid_after_utc,
    )
