"""The admin account of the MySQL server, as the mysql plugin itself reads it."""

from __future__ import annotations

import re
import ssl
from collections.abc import Callable, Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from functools import cache
from typing import Any, TypeAlias

import pymysql
from pymysql.constants import CR, ER
from pymysql.cursors import Cursor

_TLS = ("false", "true", "skip-verify")
_DEFAULT_PORT = 3306
_HIGHEST_PORT = 65535
_ENDPOINT = re.compile(r"(\[[0-9a-f:.]+\]:|[^:]+:)(?P<port>[0-9]+)|[^:]+", re.IGNORECASE)
_UNREACHABLE = {CR.CR_CONNECTION_ERROR, CR.CR_CONN_HOST_ERROR, CR.CR_SERVER_LOST}
_REFUSED = {ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR}

Connection: TypeAlias = "pymysql.Connection[Cursor]"


class DatabaseProblem(Exception):
    """Something is wrong with the server or the account; the message is one line for a person."""


class Unreachable(DatabaseProblem):
    """No MySQL server answered."""


class LoginRefused(DatabaseProblem):
    """The server answered and did not let the account in."""


@dataclass(frozen=True)
class Server:
    """Where MySQL answers, as this machine dials it.

    Attributes:
        endpoint: `host:port`, or the path of a socket.
        tls: `false`, `true` or `skip-verify`; the authorities are this machine's (`SSL_CERT_FILE`).
        timeout: Seconds to wait for a connection.
        patience: Seconds to wait for an answer of a server that is connected.
    """

    endpoint: str
    tls: str = "false"
    timeout: float = 5
    patience: float = 30

    @contextmanager
    def connect(self, user: str, password: str) -> Iterator[Connection]:
        """Log in for a while; what goes wrong meanwhile becomes a `DatabaseProblem` of one line."""
        try:
            with pymysql.connect(
                user=user,
                password=password,
                connect_timeout=max(1, round(self.timeout)),
                read_timeout=self.patience,
                ssl=_tls_context(self.tls),
                ssl_disabled=self.tls == "false",
                **self._address(),
            ) as connection:
                yield connection
        except pymysql.MySQLError as error:
            raise self._in_one_line(user, error) from None
        except UnicodeError:
            raise Unreachable(
                f"no MySQL server answers at {self.endpoint}: that is no host name; "
                "check mysql:endpoint or MYSQL_ENDPOINT"
            ) from None

    def _address(self) -> dict[str, Any]:
        if self.endpoint.startswith("/"):
            return {"unix_socket": self.endpoint}
        host, _, port = self.endpoint.rpartition(":")
        if not host:
            return {"host": self.endpoint, "port": _DEFAULT_PORT}
        return {"host": host.strip("[]"), "port": int(port)}

    def _in_one_line(self, user: str, error: pymysql.MySQLError) -> DatabaseProblem:
        code, text = (*error.args, "")[:2] if error.args else (0, "")
        said = f"{text} (MySQL error {code})"
        if "CERTIFICATE_VERIFY_FAILED" in str(text):
            return Unreachable(
                f"the certificate of the MySQL server at {self.endpoint} is not trusted here; "
                "name its authority in SSL_CERT_FILE, or check mysql:endpoint"
            )
        if code in _UNREACHABLE:
            return Unreachable(
                f"no MySQL server answers at {self.endpoint}: {said}; "
                "check mysql:endpoint or MYSQL_ENDPOINT, and mysql:tls"
            )
        if not isinstance(code, int):  # what pymysql itself makes of the bytes
            return Unreachable(
                f"what answers at {self.endpoint} does not speak MySQL ({code}); "
                "check mysql:endpoint or MYSQL_ENDPOINT"
            )
        if code in _REFUSED:
            return LoginRefused(f"MySQL at {self.endpoint} refused {user!r}: {said}")
        return DatabaseProblem(f"MySQL at {self.endpoint} said to {user!r}: {said}")


@dataclass(frozen=True)
class Admin:
    """An account that may create databases and users; it never enters a property or the state."""

    server: Server
    username: str
    password: str = field(repr=False)

    @classmethod
    def read(cls, config: Callable[[str], str | None], environ: Mapping[str, str]) -> Admin:
        """Read the account where the mysql plugin reads it.

        https://www.pulumi.com/registry/packages/mysql/installation-configuration/

        Args:
            config: Gives `mysql:*` configuration by its name behind the colon, e.g. `endpoint`.
            environ: The environment, with MYSQL_ENDPOINT, MYSQL_USERNAME, MYSQL_PASSWORD and
                MYSQL_TLS_CONFIG; configuration comes first.

        Raises:
            DatabaseProblem: A setting is missing or malformed.
        """
        endpoint = config("endpoint") or environ.get("MYSQL_ENDPOINT", "")
        username = config("username") or environ.get("MYSQL_USERNAME", "")
        tls = (config("tls") or environ.get("MYSQL_TLS_CONFIG") or "false").lower()
        for name, variable, value, example in (
            ("endpoint", "MYSQL_ENDPOINT", endpoint, "mysql.example.com:3306"),
            ("username", "MYSQL_USERNAME", username, "admin"),
        ):
            if not value:
                raise DatabaseProblem(
                    f"mysql:{name} is not set; run `pulumi config set mysql:{name} {example}` "
                    f"or set {variable}"
                )
        if not _is_endpoint(endpoint):
            raise DatabaseProblem(
                f"mysql:endpoint: {endpoint!r} is no host with a port of 1 to {_HIGHEST_PORT}; "
                "give it as mysql.example.com:3306 or [2001:db8::7]:3306"
            )
        if tls not in _TLS:
            raise DatabaseProblem(f"mysql:tls: {tls!r} is none of {', '.join(_TLS)}")
        password = config("password") or environ.get("MYSQL_PASSWORD", "")
        return cls(Server(endpoint, tls), username, password)

    @contextmanager
    def connect(self) -> Iterator[Connection]:
        """Log in as the admin."""
        try:
            with self.server.connect(self.username, self.password) as connection:
                yield connection
        except LoginRefused as refused:
            raise LoginRefused(
                f"{refused}; check mysql:username and mysql:password, or MYSQL_USERNAME and "
                "MYSQL_PASSWORD"
            ) from None


@cache  # reading a machine's authorities takes longer than logging in
def _tls_context(tls: str) -> ssl.SSLContext | None:
    if tls == "false":
        return None
    context = ssl.create_default_context()
    if tls == "skip-verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    return context


def _is_endpoint(text: str) -> bool:
    if text.startswith("/"):
        return True
    match = _ENDPOINT.fullmatch(text)
    return match is not None and 0 < int(match["port"] or _DEFAULT_PORT) <= _HIGHEST_PORT
