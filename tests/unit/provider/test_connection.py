"""Connections: whatever goes wrong on one is one line that says where, what, and what to do."""

from __future__ import annotations

import socket
import ssl
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pymysql
import pytest
import trustme
from pymysql.connections import Connection as PyMySQLConnection
from pymysql.constants import CR, ER

from mysql.admin import Admin
from provider import connection as connections
from provider.connection import (
    DatabaseProblem,
    LoginRefused,
    Unreachable,
    as_admin,
    as_reader,
)
from provider.protocol.service import RefusedError
from tests.unit.provider.fake_server import FakeServer

PASSWORD = "s3cret"  # noqa: S105 - of no account


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def certified(
    authority: trustme.CA, name: str, *, days: tuple[int, int] = (-1, 1)
) -> ssl.SSLContext:
    """Give a server's side of TLS with a certificate for that name, good from and to these days."""
    begin, end = (datetime.now(UTC) + timedelta(days=day) for day in days)
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    authority.issue_cert(name, not_before=begin, not_after=end).configure_cert(context)
    return context


def admin(
    server: FakeServer, tls: str = "false", ca: trustme.CA | None = None, host: str = "127.0.0.1"
) -> Admin:
    pem = ca.cert_pem.bytes().decode() if ca else ""
    return Admin(f"{host}:{server.port}", "admin", PASSWORD, tls, pem)


def fails(account: Admin, statement: str = "SELECT 1") -> DatabaseProblem:
    """Give the problem of a login, or of a statement; it is one line without the password."""
    with (
        pytest.raises(DatabaseProblem) as failed,
        as_admin(account).connected() as connection,
        connection.cursor() as cursor,
    ):
        cursor.execute(statement)
    line = str(failed.value)
    assert "\n" not in line
    assert account.endpoint in line
    assert PASSWORD not in line
    return failed.value


def test_a_problem_is_what_the_protocol_says_to_people() -> None:
    assert issubclass(DatabaseProblem, RefusedError)


def test_who_is_let_in_waits_for_a_lock_less_long_than_for_an_answer() -> None:
    with FakeServer().listening() as server, as_admin(admin(server)).connected():
        pass
    (limits,) = (each for each in server.statements if "lock_wait_timeout" in each)
    assert limits == "SET SESSION lock_wait_timeout = 10, innodb_lock_wait_timeout = 10"
    assert server.users == ["admin"]


def test_a_reader_logs_in_where_the_admin_does(authority: trustme.CA) -> None:
    with FakeServer(tls=certified(authority, "127.0.0.1")).listening() as server:
        account = admin(server, "true", authority)
        with as_reader(account, "bookinfo", "other").connected() as connection:
            assert connection.ssl
    assert server.users == ["bookinfo"]


# --- TLS


def test_a_server_with_a_certificate_of_the_named_authority_is_trusted(
    authority: trustme.CA, tmp_path: Path
) -> None:
    file = tmp_path / "ca.pem"
    authority.cert_pem.write_to_path(file)
    with FakeServer(tls=certified(authority, "127.0.0.1")).listening() as server:
        for ca in (str(file), authority.cert_pem.bytes().decode()):
            account = Admin(f"127.0.0.1:{server.port}", "admin", PASSWORD, "true", ca)
            with as_admin(account).connected():
                pass
    assert server.users == ["admin", "admin"]


def test_an_authority_that_nobody_named_is_not_trusted(authority: trustme.CA) -> None:
    with FakeServer(tls=certified(authority, "127.0.0.1")).listening() as server:
        problem = fails(admin(server, "true"))
    assert isinstance(problem, Unreachable)
    assert "certificate of the MySQL server at 127.0.0.1:" in str(problem)
    assert "is not trusted here" in str(problem)
    assert str(problem).endswith("name it in mysql:ca or MYSQL_TLS_CA")
    assert server.users == []  # nobody was told a name, let alone a password


@pytest.mark.parametrize("host", ["127.0.0.1", "localhost"])
def test_a_certificate_for_another_name_is_said(authority: trustme.CA, host: str) -> None:
    with FakeServer(tls=certified(authority, "mysql.example.com")).listening() as server:
        problem = fails(admin(server, "true", authority, host=host))
    assert isinstance(problem, Unreachable)
    assert f"at {host}:{server.port} is for another name: " in str(problem)
    assert "check mysql:endpoint" in str(problem)


@pytest.mark.parametrize(
    ("days", "words"),
    [
        ((-9, -2), "has expired; have it renewed"),
        ((2, 9), "is not valid yet; look at the clocks of both machines"),
    ],
)
def test_a_certificate_of_another_time_is_said(
    authority: trustme.CA, days: tuple[int, int], words: str
) -> None:
    with FakeServer(tls=certified(authority, "127.0.0.1", days=days)).listening() as server:
        problem = fails(admin(server, "true", authority))
    assert isinstance(problem, Unreachable)
    assert str(problem).endswith(words)


def test_whose_certificate_it_is_does_not_matter_where_that_is_switched_off(
    authority: trustme.CA,
) -> None:
    with (
        FakeServer(tls=certified(authority, "elsewhere.example.com")).listening() as server,
        as_admin(admin(server, "skip-verify")).connected() as connection,
    ):
        assert connection.ssl
    assert server.users == ["admin"]


@pytest.mark.parametrize("tls", ["true", "skip-verify"])
def test_a_server_without_tls_is_told_no_password(tls: str) -> None:
    with FakeServer().listening() as server:
        problem = fails(admin(server, tls))
    assert isinstance(problem, Unreachable)
    assert f"does not take TLS, and mysql:tls is {tls}: " in str(problem)
    assert server.users == []


def test_a_server_that_takes_tls_alone_says_so() -> None:
    refusal = (3159, "Connections using insecure transport are prohibited")
    with FakeServer(login=refusal).listening() as server:
        problem = fails(admin(server))
    assert isinstance(problem, LoginRefused)
    assert str(problem).endswith("takes TLS alone, and mysql:tls is false; set mysql:tls to true")


@pytest.mark.parametrize(
    "ca", ["/nowhere/ca.pem", "/", "-----BEGIN CERTIFICATE-----\nnone\n-----END CERTIFICATE-----"]
)
def test_an_authority_that_is_none_is_refused_by_its_setting(ca: str) -> None:
    account = Admin("mysql.example.com:3306", "admin", PASSWORD, "true", ca)
    with pytest.raises(DatabaseProblem) as refused, as_admin(account).connected():
        pass
    assert str(refused.value).startswith("mysql:ca: ")
    assert "\n" not in str(refused.value)


def test_a_name_is_checked_also_where_its_address_was_dialled_already(
    authority: trustme.CA,
) -> None:
    with FakeServer(tls=certified(authority, "mysql.example.com")).listening() as server:
        for host, is_let_in in (("mysql.example.com", True), ("other.example.com", False)):
            account = admin(server, "true", authority, host=host)
            dialled = socket.create_connection(("127.0.0.1", server.port))
            try:
                with dialled, as_admin(account).connected(dialled):
                    assert is_let_in
            except Unreachable as problem:
                assert not is_let_in
                assert "is for another name" in str(problem)  # noqa: PT017
    assert server.users == ["admin"]


# --- no server, or none any more


@pytest.fixture
def impatient(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(connections, "_CONNECT_SECONDS", 0.2)


@pytest.mark.usefixtures("impatient")
def test_a_server_that_accepts_and_says_nothing_is_waited_for_only_so_long() -> None:
    with FakeServer(greeting=b"").listening() as server:
        assert isinstance(fails(admin(server)), Unreachable)


@pytest.mark.usefixtures("impatient")
@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_a_server_of_another_kind_is_told_from_mysql(greeting: bytes) -> None:
    with FakeServer(greeting=greeting).listening() as server:
        problem = fails(admin(server))
    assert isinstance(problem, Unreachable)
    assert "does not speak MySQL" in str(problem)


def test_a_port_where_nobody_listens_is_said_at_once() -> None:
    with FakeServer().listening() as server:
        pass
    problem = fails(admin(server))
    assert isinstance(problem, Unreachable)
    assert str(problem).startswith(f"no MySQL server answers at 127.0.0.1:{server.port}: ")
    assert "check mysql:endpoint or MYSQL_ENDPOINT" in str(problem)


@pytest.mark.parametrize("host", ["mysql..example.com", "a" * 64 + ".example.com"])
def test_a_name_that_cannot_be_asked_for_is_said_and_no_traceback(host: str) -> None:
    problem = fails(Admin(f"{host}:3306", "admin", PASSWORD, "false"))
    assert isinstance(problem, Unreachable)
    assert "that is no host name" in str(problem)


def test_a_server_that_breaks_off_is_said() -> None:
    with FakeServer(loses="SELECT 1").listening() as server:
        problem = fails(admin(server), "SELECT 1")
    assert isinstance(problem, Unreachable)
    assert f"MySQL at 127.0.0.1:{server.port} broke off: " in str(problem)
    assert str(problem).endswith("; run it again")


# --- refusals


@pytest.mark.parametrize("code", [ER.ACCESS_DENIED_ERROR, ER.DBACCESS_DENIED_ERROR])
def test_a_refused_admin_is_told_which_settings_to_check(code: int) -> None:
    with FakeServer(login=(code, "Access denied for user 'admin'")).listening() as server:
        problem = fails(admin(server))
    assert isinstance(problem, LoginRefused)
    assert (
        f"refused 'admin': Access denied for user 'admin' (MySQL error {code}); "
        "check mysql:username and mysql:password" in str(problem)
    )


def test_a_refused_reader_is_no_matter_of_the_admins_settings() -> None:
    with FakeServer(login=(ER.ACCESS_DENIED_ERROR, "Access denied")).listening() as server:
        account = as_reader(admin(server), "bookinfo", "other")
        with pytest.raises(LoginRefused) as refused, account.connected():
            pass
    assert "refused 'bookinfo'" in str(refused.value)
    assert "mysql:username" not in str(refused.value)


def test_a_lock_that_another_session_holds_is_told_from_a_lost_server() -> None:
    error = (ER.LOCK_WAIT_TIMEOUT, "Lock wait timeout exceeded")
    with FakeServer(errors={"DROP TABLE": error}).listening() as server:
        problem = fails(admin(server), "DROP TABLE test.ratings")
    assert type(problem) is DatabaseProblem
    assert "another session holds a lock for more than 10 s" in str(problem)
    assert "SHOW PROCESSLIST" in str(problem)


@pytest.mark.parametrize("code", [1040, 1227, 1290])
def test_whatever_else_the_server_says_is_said_with_its_number(code: int) -> None:
    with FakeServer(errors={"DROP TABLE": (code, "Not now")}).listening() as server:
        problem = fails(admin(server), "DROP TABLE test.ratings")
    assert type(problem) is DatabaseProblem
    assert str(problem).endswith(f"said to 'admin': Not now (MySQL error {code})")


@pytest.mark.parametrize(
    ("error", "kind", "words"),
    [
        ((CR.CR_CONN_HOST_ERROR, "Can't connect (timed out)"), Unreachable, "no MySQL server"),
        ((CR.CR_SERVER_LOST, "Lost connection"), Unreachable, "broke off"),
        ((CR.CR_SERVER_GONE_ERROR, "Gone"), Unreachable, "broke off"),
        (("Packet sequence number wrong",), Unreachable, "does not speak MySQL"),
        ((), DatabaseProblem, "MySQL error 0"),
    ],
)
def test_what_pymysql_itself_says_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    error: tuple[object, ...],
    kind: type[DatabaseProblem],
    words: str,
) -> None:
    def connect(*_: object) -> None:
        raise pymysql.err.OperationalError(*error)

    monkeypatch.setattr(PyMySQLConnection, "connect", connect)
    problem = fails(Admin("mysql.example.com:3306", "admin", PASSWORD, "false"))
    assert type(problem) is kind
    assert words in str(problem)


class Dialled(Exception):
    """A connection was asked for."""


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("mysql.example.com:3307", {"host": "mysql.example.com", "port": 3307}),
        ("mysql.example.com", {"host": "mysql.example.com", "port": 3306}),
        ("[2001:db8::7]:3307", {"host": "2001:db8::7", "port": 3307}),
        ("/run/mysqld/mysqld.sock", {"unix_socket": "/run/mysqld/mysqld.sock"}),
    ],
)
def test_the_endpoint_is_what_is_dialled(
    monkeypatch: pytest.MonkeyPatch, endpoint: str, address: dict[str, object]
) -> None:
    dialled: dict[str, object] = {}

    def dial(**arguments: object) -> None:
        dialled.update(arguments)
        raise Dialled

    monkeypatch.setattr(pymysql, "connect", dial)
    account = Admin(endpoint, "admin", PASSWORD, "false")
    with pytest.raises(Dialled), as_admin(account).connected():
        pass
    assert {key: dialled[key] for key in address} == address
    assert dialled["ssl_disabled"] is True
