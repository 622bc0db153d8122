"""The admin account: where it is read, what is wrong with it, and how a server is reached."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
import pytest
from pymysql.constants import CR, ER

from components._admin import Admin, DatabaseProblem, LoginRefused, Server, Unreachable

ENVIRONMENT = {
    "MYSQL_ENDPOINT": "mysql.example.com:3306",
    "MYSQL_USERNAME": "admin",
    "MYSQL_PASSWORD": "from the environment",
    "MYSQL_TLS_CONFIG": "true",
}
CONFIG = {
    "endpoint": "other.example.com:3307",
    "username": "other",
    "password": "from the configuration",
    "tls": "skip-verify",
}


def read(config: dict[str, str] | None = None, **environment: str) -> Admin:
    return Admin.read((config or {}).get, {**ENVIRONMENT, **environment})


def refusal(config: dict[str, str] | None = None, **environment: str) -> str:
    with pytest.raises(DatabaseProblem) as refused:
        read(config, **environment)
    assert "\n" not in str(refused.value)
    return str(refused.value)


def test_it_is_read_where_the_mysql_plugin_reads_it() -> None:
    server = Server("mysql.example.com:3306", tls="true")
    assert read() == Admin(server, "admin", "from the environment")


def test_configuration_comes_before_the_environment() -> None:
    server = Server("other.example.com:3307", tls="skip-verify")
    assert read(CONFIG) == Admin(server, "other", "from the configuration")


@pytest.mark.parametrize("name", CONFIG)
def test_each_comes_from_its_own_place(name: str) -> None:
    admin = read({name: CONFIG[name]})
    values = {
        "endpoint": admin.server.endpoint,
        "username": admin.username,
        "password": admin.password,
        "tls": admin.server.tls,
    }
    assert {key for key, value in values.items() if value == CONFIG[key]} == {name}


def test_an_account_without_a_password_is_one() -> None:
    assert read(MYSQL_PASSWORD="").password == ""


@pytest.mark.parametrize(
    ("tls", "meant"),
    [("", "false"), ("false", "false"), ("TRUE", "true"), ("Skip-Verify", "skip-verify")],
)
def test_tls_is_one_of_what_the_plugin_knows(tls: str, meant: str) -> None:
    assert read(MYSQL_TLS_CONFIG=tls).server.tls == meant


def test_another_tls_is_refused() -> None:
    line = refusal(MYSQL_TLS_CONFIG="preferred")
    assert line == "mysql:tls: 'preferred' is none of false, true, skip-verify"


@pytest.mark.parametrize(
    ("name", "variable", "example"),
    [
        ("endpoint", "MYSQL_ENDPOINT", "mysql.example.com:3306"),
        ("username", "MYSQL_USERNAME", "admin"),
    ],
)
def test_what_is_missing_is_said_with_the_command_that_sets_it(
    monkeypatch: pytest.MonkeyPatch, name: str, variable: str, example: str
) -> None:
    monkeypatch.setitem(ENVIRONMENT, variable, "")
    assert refusal() == (
        f"mysql:{name} is not set; run `pulumi config set mysql:{name} {example}` or set {variable}"
    )


@pytest.mark.parametrize(
    "endpoint",
    [
        "mysql.example.com:",
        "mysql.example.com:mysql",
        "mysql.example.com:0",
        "mysql.example.com:65536",
        "mysql.example.com:²",
        "mysql.example.com:٣٣٠٦",
        "mysql.example.com:3306 ",
        ":3306",
        "2001:db8::7",
        "[2001:db8::7]",
        "mysql://mysql.example.com:3306",
    ],
)
def test_an_endpoint_that_is_none_is_refused(endpoint: str) -> None:
    assert refusal(MYSQL_ENDPOINT=endpoint).startswith(f"mysql:endpoint: {endpoint!r} is no host")


@pytest.mark.parametrize(
    "endpoint",
    [
        "mysql.example.com",
        "mysql.example.com:3306",
        "198.51.100.7:65535",
        "[2001:db8::7]:3306",
        "/run/mysqld/mysqld.sock",
    ],
)
def test_an_endpoint_is_a_host_with_or_without_a_port_or_a_socket(endpoint: str) -> None:
    assert read(MYSQL_ENDPOINT=endpoint).server.endpoint == endpoint


def test_neither_repr_nor_str_shows_the_password() -> None:
    assert "from the environment" not in f"{read()!r} {read()}"


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
    with pytest.raises(Dialled), Server(endpoint).connect("admin", "secret"):
        pass
    assert {key: dialled[key] for key in address} == address
    assert dialled["ssl_disabled"] is True


def fails(server: Server) -> DatabaseProblem:
    """Give the problem of a login that fails."""
    with pytest.raises(DatabaseProblem) as failed, server.connect("admin", "s3cret"):
        pass
    message = str(failed.value)
    assert "\n" not in message
    assert server.endpoint in message
    assert "s3cret" not in message
    return failed.value


@pytest.mark.parametrize(
    ("error", "kind", "hint"),
    [
        ((CR.CR_CONN_HOST_ERROR, "Can't connect (timed out)"), Unreachable, "check mysql:endpoint"),
        ((CR.CR_SERVER_LOST, "Lost connection"), Unreachable, "check mysql:endpoint"),
        (
            (CR.CR_CONN_HOST_ERROR, "Can't connect ([SSL: CERTIFICATE_VERIFY_FAILED] self-signed)"),
            Unreachable,
            "SSL_CERT_FILE",
        ),
        ((ER.ACCESS_DENIED_ERROR, "Access denied"), LoginRefused, "refused 'admin'"),
        ((ER.DBACCESS_DENIED_ERROR, "Access denied"), LoginRefused, "refused 'admin'"),
        (
            (1040, "Too many connections"),
            DatabaseProblem,
            "Too many connections (MySQL error 1040)",
        ),
        (("Packet sequence number wrong",), Unreachable, "does not speak MySQL"),
        ((), DatabaseProblem, "MySQL error 0"),
    ],
)
def test_what_goes_wrong_is_said_in_one_line(
    monkeypatch: pytest.MonkeyPatch,
    error: tuple[object, ...],
    kind: type[DatabaseProblem],
    hint: str,
) -> None:
    def dial(**_: object) -> None:
        raise pymysql.err.OperationalError(*error)

    monkeypatch.setattr(pymysql, "connect", dial)
    problem = fails(Server("mysql.example.com:3306"))
    assert type(problem) is kind
    assert hint in str(problem)


def test_a_refused_admin_is_told_which_settings_to_check(monkeypatch: pytest.MonkeyPatch) -> None:
    def dial(**_: object) -> None:
        raise pymysql.err.OperationalError(ER.ACCESS_DENIED_ERROR, "Access denied")

    monkeypatch.setattr(pymysql, "connect", dial)
    with (
        pytest.raises(LoginRefused, match="check mysql:username and mysql:password"),
        read().connect(),
    ):
        pass


@contextmanager
def answering(greeting: bytes) -> Iterator[str]:
    """Accept one connection on loopback, greet it so, and say nothing more."""
    done = threading.Event()

    def serve() -> None:
        client, _ = listener.accept()
        with client:
            client.sendall(greeting)
            done.wait()

    with socket.create_server(("127.0.0.1", 0)) as listener:
        thread = threading.Thread(target=serve)
        thread.start()
        yield "127.0.0.1:{1}".format(*listener.getsockname())
        done.set()
        thread.join()


def test_a_server_that_accepts_and_says_nothing_is_waited_for_only_so_long() -> None:
    with answering(b"") as endpoint:
        problem = fails(Server(endpoint, patience=0.2))
    assert isinstance(problem, Unreachable)


@pytest.mark.parametrize("greeting", [b"SSH-2.0-OpenSSH_9.2\r\n", b"HTTP/1.1 400 Bad Request\r\n"])
def test_a_server_of_another_kind_is_told_from_mysql(greeting: bytes) -> None:
    with answering(greeting) as endpoint:
        problem = fails(Server(endpoint, patience=0.2))
    assert isinstance(problem, Unreachable)
    assert "does not speak MySQL" in str(problem)


def test_a_port_where_nobody_listens_is_said_at_once() -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        port = listener.getsockname()[1]
    assert str(fails(Server(f"127.0.0.1:{port}"))).startswith(
        f"no MySQL server answers at 127.0.0.1:{port}: "
    )


@pytest.mark.parametrize("host", ["mysql..example.com", "a" * 64 + ".example.com"])
def test_a_name_that_cannot_be_asked_for_is_said_and_no_traceback(host: str) -> None:
    assert isinstance(fails(Server(f"{host}:3306")), Unreachable)
