"""The MySQL server that the plugin is configured with, and how it is reached."""

from __future__ import annotations

import os
import re
import socket
import ssl
import time
from contextlib import contextmanager
from dataclasses import dataclass, field
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.err import MySQLError

from sandbox.plugins.mysql.statements import Version, version
from sandbox.plugins.provider import RefusedError
from sandbox.plugins.values import UNKNOWN

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

    from sandbox.plugins.values import Properties

PATIENCE = 300.0
"""Seconds that connecting is tried for, whatever the reason that it fails."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds between two tries: twice as long each time, up to the longest."""

TLS_CHOICES = ("true", "false", "skip-verify")
AUTHENTICATION_CHOICES = ("cleartext", "native")
FROM_ENVIRONMENT = {
    "endpoint": "MYSQL_ENDPOINT",
    "username": "MYSQL_USERNAME",
    "password": "MYSQL_PASSWORD",
    "tls": "MYSQL_TLS_CONFIG",
}


def in_words(error: MySQLError | OSError) -> str:
    """An error as the Go driver of the published plugin words it."""
    match getattr(error, "original_exception", None) or error:
        case ssl.SSLCertVerificationError() as cause:
            return f"tls: failed to verify certificate: x509: {cause.verify_message}"
        case ssl.SSLError() as cause:
            return f"tls: {cause.reason}"
        case socket.gaierror():
            return "dial tcp: lookup: no such host"
        case OSError(strerror=str(reason)):
            return f"dial tcp: connect: {reason.lower()}"
    match error.args:
        case (int(number), str(message)):
            state = getattr(error, "sqlstate", None)
            return f"Error {number}{f' ({state})' if state else ''}: {message}"
    return str(error)


@dataclass(frozen=True)
class Connection:
    """An open connection."""

    raw: pymysql.connections.Connection[Any]

    def execute(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Run a statement; returns its rows.

        Args:
            statement: SQL; with values, one ``%s`` for each.
            values: What is bound to them.

        Raises:
            MySQLError: The server refused it.
        """
        with self.raw.cursor() as cursor:
            cursor.execute(statement, values or None)
            return list(cursor.fetchall())

    def version(self) -> Version:
        """The server's version; MariaDB no longer has the variable that it is read from."""
        return version(self.execute("SELECT @@GLOBAL.innodb_version")[0][0])


@dataclass(frozen=True)
class Server:
    """Where the server is and who logs in.

    Args:
        endpoint: ``host:port``, or the path of a socket.
        username: The administrator.
        password: Of the administrator.
        tls: ``true``, ``false`` or ``skip-verify``; the authorities are the system's, or those of
            ``SSL_CERT_FILE``.
    """

    endpoint: str
    username: str
    password: str = field(repr=False)
    tls: str = "false"

    @contextmanager
    def connected(self) -> Iterator[Connection]:
        """A connection, waited for.

        Raises:
            RefusedError: The server could not be reached for five minutes, or refused what was
                done on the connection.
        """
        connection = self._patiently()
        try:
            yield connection
        except MySQLError as error:
            raise RefusedError(in_words(error)) from error
        finally:
            connection.raw.close()

    def _patiently(self) -> Connection:
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                return self._connect()
            except (MySQLError, OSError) as error:
                if time.monotonic() + pause > deadline:
                    reason = in_words(error)
                    raise RefusedError(f"Could not connect to server: {reason}") from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _connect(self) -> Connection:
        host, _, port = self.endpoint.rpartition(":")
        where: dict[str, Any] = (
            {"unix_socket": self.endpoint}
            if self.endpoint.startswith("/")
            else {"host": host.strip("[]"), "port": int(port)}
        )
        return Connection(
            pymysql.connect(
                **where,
                user=self.username,
                password=self.password,
                autocommit=True,
                ssl_disabled=self.tls == "false",
                ssl=self._tls_context(),
            )
        )

    def _tls_context(self) -> ssl.SSLContext | None:
        if self.tls == "false":
            return None
        context = ssl.create_default_context()
        if self.tls == "skip-verify":
            context.check_hostname = False
            context.verify_mode = ssl.CERT_NONE
        return context


class Settings:
    """The provider's settings, from its properties and from the plugin's own variables."""

    def __init__(self) -> None:
        self._server: Server | None = None

    @property
    def server(self) -> Server:
        """The configured server."""
        if self._server is None:
            raise RefusedError("the mysql provider was asked before it was configured")
        return self._server

    def check(self, urn: str, news: Properties) -> Sequence[str]:
        """See :meth:`sandbox.plugins.provider.Settings.check`."""
        name = urn.rpartition("::")[2]
        given = with_environment(news)
        known = {key: value for key, value in given.items() if value is not UNKNOWN}
        by_default = name.startswith("default")
        missing = [
            f"Provider is missing a required configuration key, try `pulumi config set mysql:{key}`"
            if by_default
            else f"Missing required property '{key}'"
            for key in ("endpoint", "username")
            if key not in given
        ]
        return missing or [
            f"could not validate provider configuration: {wrong}. "
            + (
                f"Check `pulumi config get mysql:{key}`."
                if by_default
                else f"Examine values at '{name}.{key}'."
            )
            for key, wrong in invalid(known)
        ]

    def take(self, settings: Properties) -> None:
        """See :meth:`sandbox.plugins.provider.Settings.take`."""
        given = with_environment(settings)
        if given.get("proxy"):
            raise RefusedError("the sandbox's mysql stand-in cannot go through a SOCKS proxy")
        self._server = Server(
            endpoint=given["endpoint"],
            username=given["username"],
            password=given.get("password", ""),
            tls=given.get("tls", "false"),
        )


def with_environment(settings: Properties) -> Properties:
    """Settings, with those that are not given taken from the environment where it has them."""
    defaults = {
        key: os.environ[variable]
        for key, variable in FROM_ENVIRONMENT.items()
        if os.environ.get(variable)
    }
    return {**defaults, **settings}


def invalid(settings: Properties) -> Iterator[tuple[str, str]]:
    """Which settings are wrong: the key, and what is wrong with it."""
    if settings.get("endpoint") == "":
        yield "endpoint", "Endpoint must not be an empty string"
    for key, choices in (("tls", TLS_CHOICES), ("authenticationPlugin", AUTHENTICATION_CHOICES)):
        if key in settings and settings[key] not in choices:
            yield key, f"expected {key} to be one of [{' '.join(choices)}], got {settings[key]}"
    if "proxy" in settings and not re.search(r"^socks5h?://.*:\d+$", settings["proxy"]):
        yield "proxy", "The proxy URL is not a valid socks url."
