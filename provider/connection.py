"""Connections to a MySQL server; whatever goes wrong on one becomes one line for a person."""

from __future__ import annotations

import socket
import ssl
from collections.abc import Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cache
from typing import Any, TypeAlias

import pymysql

from mysql.account import Account
from mysql.admin import Admin, is_pem, is_socket
from provider.protocol.service import RefusedError

Connection: TypeAlias = "pymysql.Connection[pymysql.cursors.Cursor]"

_CONNECT_SECONDS = 5
_ANSWER_SECONDS = 12
_LOCK_SECONDS = 10
"""Less than an answer may take, so that a lock that others hold is told from a lost server."""

# https://dev.mysql.com/doc/mysql-errors/9.7/en/
_UNREACHABLE = {2002, 2003}  # CR_CONNECTION_ERROR, CR_CONN_HOST_ERROR
_LOST = {2006, 2013}  # CR_SERVER_GONE_ERROR, CR_SERVER_LOST
_REFUSED = {1044, 1045}  # ER_DBACCESS_DENIED_ERROR, ER_ACCESS_DENIED_ERROR
_NO_TLS = 2026  # CR_SSL_CONNECTION_ERROR
_TLS_ONLY = 3159  # ER_SECURE_TRANSPORT_REQUIRED
_LOCKED = 1205  # ER_LOCK_WAIT_TIMEOUT
_EXPIRED, _NOT_YET = 10, 9
_WRONG_NAME = {62, 64}
"""What OpenSSL says of a certificate: https://docs.openssl.org/master/man3/X509_STORE_CTX_get_error"""

_CHECK = "check mysql:endpoint or MYSQL_ENDPOINT"


class DatabaseProblem(RefusedError):
    """Something is wrong with the server or the account; the message is one line for a person."""


class Unreachable(DatabaseProblem):
    """No MySQL server answered, or it did not go on."""


class LoginRefused(DatabaseProblem):
    """The server answered and did not let the account in."""


def as_admin(admin: Admin) -> _Login:
    """Log in as the admin."""
    return _Login(
        admin,
        admin.username,
        admin.password,
        "; check mysql:username and mysql:password, or MYSQL_USERNAME and MYSQL_PASSWORD",
    )


def as_reader(admin: Admin, user: str, password: str) -> _Login:
    """Log in as somebody else, the way the admin does."""
    return _Login(admin, user, password, "")


@dataclass(frozen=True)
class _Login:
    """A connection to be: where, as whom, and what to check where it is refused."""

    at: Admin
    user: str
    password: str
    hint: str

    @contextmanager
    def connected(
        self, dialled: socket.socket | None = None, trusting: ssl.SSLContext | None = None
    ) -> Iterator[Connection]:
        """Hold a connection; what goes wrong on it meanwhile is a `DatabaseProblem`.

        Args:
            dialled: What leads to the server already.
            trusting: Whom to trust, in place of this machine's authorities and the admin's own.
        """
        try:
            connection = pymysql.connect(
                defer_connect=True,
                user=self.user,
                password=self.password,
                connect_timeout=_CONNECT_SECONDS,
                read_timeout=_CONNECT_SECONDS,
                ssl=trusting or _tls_context(self.at.tls, self.at.ca),
                ssl_disabled=self.at.tls == "false",
                init_command=(
                    f"SET SESSION lock_wait_timeout = {_LOCK_SECONDS}, "
                    f"innodb_lock_wait_timeout = {_LOCK_SECONDS}"
                ),
                **self._address(),
            )
            try:
                connection.connect(dialled)
                # A statement may take longer than a greeting, and there is no other way to say so.
                connection._read_timeout = _ANSWER_SECONDS  # type: ignore[attr-defined]  # noqa: SLF001
                yield connection
            finally:
                if connection.open:
                    connection.close()
        except pymysql.MySQLError as error:
            raise self._in_one_line(error) from None
        except UnicodeError:
            raise Unreachable(
                f"no MySQL server answers at {self.at.endpoint}: that is no host name; {_CHECK}"
            ) from None

    def _address(self) -> dict[str, Any]:
        if is_socket(self.at.endpoint):
            return {"unix_socket": self.at.endpoint}
        host, port = self.at.address
        return {"host": host, "port": port}

    def _in_one_line(self, error: pymysql.MySQLError) -> DatabaseProblem:
        endpoint = self.at.endpoint
        code, text = (*error.args, "")[:2] if error.args else (0, "")
        said = f"{text} (MySQL error {code})"
        cause = getattr(error, "original_exception", None)
        if isinstance(cause, ssl.SSLCertVerificationError):
            return Unreachable(_of_certificate(endpoint, cause))
        if code == _NO_TLS or isinstance(cause, ssl.SSLError):
            return Unreachable(
                f"MySQL at {endpoint} does not take TLS, and mysql:tls is {self.at.tls}: {said}; "
                "turn it on there, or set mysql:tls to false where nobody can listen"
            )
        if code in _UNREACHABLE:
            return Unreachable(f"no MySQL server answers at {endpoint}: {said}; {_CHECK}")
        if code in _LOST:
            return Unreachable(f"MySQL at {endpoint} broke off: {said}; run it again")
        if not isinstance(code, int):  # what pymysql itself makes of the bytes
            return Unreachable(
                f"what answers at {endpoint} does not speak MySQL ({code}); {_CHECK}"
            )
        if code == _TLS_ONLY:
            return LoginRefused(
                f"MySQL at {endpoint} takes TLS alone, and mysql:tls is {self.at.tls}; "
                "set mysql:tls to true"
            )
        if code in _REFUSED:
            return LoginRefused(f"MySQL at {endpoint} refused {self.user!r}: {said}{self.hint}")
        if code == _LOCKED:
            return DatabaseProblem(
                f"MySQL at {endpoint}: another session holds a lock for more than "
                f"{_LOCK_SECONDS} s ({said}); see who with SHOW PROCESSLIST, and run it again"
            )
        return DatabaseProblem(f"MySQL at {endpoint} said to {self.user!r}: {said}")


def load_driver(admin: Admin) -> None:
    """Import the driver, which is put off until it is used, and read whom the admin trusts.

    Raises:
        DatabaseProblem: The admin's authority cannot be read.
    """
    pymysql.VERSION  # noqa: B018 - to use something of it is to load it
    _tls_context(admin.tls, admin.ca)


def value(connection: Connection, query: str) -> str:
    """Ask for one value."""
    with connection.cursor() as cursor:
        cursor.execute(query)
        return str((cursor.fetchone() or [""])[0])


def current_account(connection: Connection) -> Account:
    """Ask which account the login became."""
    user, _, host = value(connection, "SELECT CURRENT_USER()").rpartition("@")
    return Account(user, host)


def attempt(
    connection: Connection, statement: str
) -> tuple[int | None, Sequence[Sequence[object]]]:
    """Run a statement that may be refused; gives the number of MySQL's error, or the rows."""
    try:
        with connection.cursor() as cursor:
            cursor.execute(statement)
            return None, list(cursor.fetchall())
    except pymysql.MySQLError as error:
        code = error.args[0] if error.args else 0
        return (code if isinstance(code, int) else 0), []


def _of_certificate(endpoint: str, error: ssl.SSLCertVerificationError) -> str:
    """Tell an expired certificate, a wrong name and an unknown authority apart."""
    the = f"the certificate of the MySQL server at {endpoint}"
    if error.verify_code in _WRONG_NAME:
        return f"{the} is for another name: {error.verify_message}; {_CHECK}"
    if error.verify_code == _EXPIRED:
        return f"{the} has expired; have it renewed"
    if error.verify_code == _NOT_YET:
        return f"{the} is not valid yet; look at the clocks of both machines"
    return (
        f"the authority of {the} is not trusted here "
        f"({error.verify_message}); name it in mysql:ca or MYSQL_TLS_CA"
    )


@cache  # reading a machine's authorities takes longer than logging in
def _tls_context(tls: str, ca: str) -> ssl.SSLContext | None:
    if tls == "false":
        return None
    context = ssl.create_default_context()
    if tls == "skip-verify":
        context.check_hostname = False
        context.verify_mode = ssl.CERT_NONE
    if ca:
        try:
            if is_pem(ca):
                context.load_verify_locations(cadata=ca)
            else:
                context.load_verify_locations(cafile=ca)
        except (OSError, ValueError, TypeError):
            what = "the text" if is_pem(ca) else repr(ca)
            raise DatabaseProblem(
                f"mysql:ca: {what} is no authority's certificate in PEM; name a file that is"
            ) from None
    return context
