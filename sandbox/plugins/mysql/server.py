"""The MySQL server that the plugin is configured with, and how it is reached."""

from __future__ import annotations

import os
import ssl
import time
from typing import TYPE_CHECKING, Any

import pymysql
from pymysql.err import MySQLError

from provider import authorities
from provider.protocol.service import Checked, Failure, RefusedError, Settings

if TYPE_CHECKING:
    from provider.protocol.values import Properties

PATIENCE = 300.0
"""Seconds that connecting is tried for, whatever the reason that it fails."""
FIRST_PAUSE, LONGEST_PAUSE = 0.1, 10.0
"""Seconds between two tries: twice as long each time, up to the longest."""

FROM_ENVIRONMENT = {
    "endpoint": "MYSQL_ENDPOINT",
    "username": "MYSQL_USERNAME",
    "password": "MYSQL_PASSWORD",
    "tls": "MYSQL_TLS_CONFIG",
}


class Server(Settings):
    """The server of the provider's settings: its properties, and the plugin's own variables.

    Its settings are ``endpoint`` (``host:port``), ``username``, ``password``, and ``tls``: ``true``
    (the authorities are those that a Go program takes), ``skip-verify`` or ``false``.
    """

    def __init__(self) -> None:
        self._settings: Properties = {}

    def check(self, news: Properties) -> Checked:
        """See :meth:`provider.protocol.service.Settings.check`."""
        given = with_environment(news)
        missing = [
            f"Provider is missing a required configuration key, try `pulumi config set mysql:{key}`"
            for key in ("endpoint", "username")
            if key not in given
        ]
        unknown = [
            f"mysql:{key} is nothing that the sandbox's stand-in knows"
            for key in given
            if key not in (*FROM_ENVIRONMENT, "version")
        ]
        return Checked(news, [Failure(reason) for reason in missing + unknown])

    def take(self, settings: Properties) -> None:
        """See :meth:`provider.protocol.service.Settings.take`."""
        self._settings = with_environment(settings)

    def execute(self, statement: str, *values: str) -> list[tuple[Any, ...]]:
        """Run a statement on a connection of its own; returns its rows.

        Args:
            statement: SQL; with values, one ``%s`` for each.
            values: What is bound to them.

        Raises:
            RefusedError: The server could not be reached for five minutes, or refused it.
        """
        try:
            with self._patiently() as connection, connection.cursor() as cursor:
                cursor.execute(statement, values or None)
                return list(cursor.fetchall())
        except MySQLError as error:
            raise RefusedError(in_words(error)) from error

    def _patiently(self) -> pymysql.Connection[Any]:
        deadline, pause = time.monotonic() + PATIENCE, FIRST_PAUSE
        while True:
            try:
                return self._connect()
            except MySQLError as error:
                if time.monotonic() + pause > deadline:
                    reason = in_words(error)
                    raise RefusedError(f"Could not connect to server: {reason}") from error
            time.sleep(pause)
            pause = min(2 * pause, LONGEST_PAUSE)

    def _connect(self) -> pymysql.Connection[Any]:
        host, _, port = self._settings["endpoint"].rpartition(":")
        tls = self._settings.get("tls", "false")
        return pymysql.connect(
            host=host.strip("[]"),
            port=int(port),
            user=self._settings["username"],
            password=self._settings.get("password", ""),
            autocommit=True,
            ssl_disabled=tls == "false",
            ssl=_context(tls),
        )


def _context(tls: str) -> ssl.SSLContext | None:
    if tls != "skip-verify":
        return authorities.context(os.environ) if tls == "true" else None
    context = ssl.create_default_context()
    context.check_hostname, context.verify_mode = False, ssl.CERT_NONE
    return context


def with_environment(settings: Properties) -> Properties:
    """Settings, with those that are not given taken from the environment where it has them."""
    defaults = {
        key: os.environ[variable]
        for key, variable in FROM_ENVIRONMENT.items()
        if os.environ.get(variable)
    }
    return {**defaults, **settings}


def in_words(error: MySQLError) -> str:
    """An error in one line: its number and what the server says."""
    return f"Error {': '.join(str(part) for part in error.args)}"
