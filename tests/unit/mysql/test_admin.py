"""The admin account: where it is read, what is meant by silence, what is wrong with it."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from mysql.admin import VARIABLES, Admin, AdminProblem, is_socket

ENVIRONMENT = {
    "MYSQL_ENDPOINT": "mysql.example.com:3306",
    "MYSQL_USERNAME": "admin",
    "MYSQL_PASSWORD": "from the environment",
    "MYSQL_TLS_CONFIG": "true",
    "MYSQL_TLS_CA": "/etc/mysql/ca.pem",
}
CONFIG = {
    "endpoint": "other.example.com:3307",
    "username": "other",
    "password": "from the configuration",
    "tls": "TRUE",
    "ca": "/home/engineer/ca.pem",
}


def read(config: dict[str, str] | None = None, **environment: str) -> Admin:
    return Admin.read((config or {}).get, {**ENVIRONMENT, **environment})


def refusal(**environment: str) -> AdminProblem:
    with pytest.raises(AdminProblem) as refused:
        read(None, **environment)
    assert "\n" not in str(refused.value)
    return refused.value


def test_it_is_read_where_the_mysql_plugin_reads_it() -> None:
    assert read() == Admin(
        "mysql.example.com:3306", "admin", "from the environment", "true", "/etc/mysql/ca.pem"
    )


def test_configuration_comes_before_the_environment() -> None:
    assert read(CONFIG) == Admin(
        "other.example.com:3307", "other", "from the configuration", "true", "/home/engineer/ca.pem"
    )


@pytest.mark.parametrize("name", [name for name in CONFIG if name != "tls"])
def test_each_comes_from_its_own_place(name: str) -> None:
    admin = read({name: CONFIG[name]})
    assert {key for key in CONFIG if getattr(admin, key) == CONFIG[key]} == {name}


def test_an_account_without_a_password_is_one() -> None:
    assert read(MYSQL_PASSWORD="").password == ""


@pytest.mark.parametrize(
    ("endpoint", "tls"),
    [
        ("mysql.example.com:3306", "true"),
        ("mysql.example.com", "true"),
        ("198.51.100.7:3306", "true"),
        ("[2001:db8::7]:3306", "true"),
        ("localhost.example.com:3306", "true"),
        ("0.0.0.0:3306", "true"),
        # Nobody can listen between two ends of one machine.
        ("localhost:3306", "false"),
        ("LocalHost", "false"),
        ("127.0.0.1:3306", "false"),
        ("127.1.2.3", "false"),
        ("[::1]:3306", "false"),
        ("/run/mysqld/mysqld.sock", "false"),
    ],
)
def test_tls_is_on_unless_the_connection_never_leaves_this_machine(endpoint: str, tls: str) -> None:
    assert read(MYSQL_ENDPOINT=endpoint, MYSQL_TLS_CONFIG="", MYSQL_TLS_CA="").tls == tls


@pytest.mark.parametrize(
    ("tls", "meant"),
    [("false", "false"), ("TRUE", "true"), ("Skip-Verify", "skip-verify")],
)
def test_tls_is_one_of_what_the_plugin_knows(tls: str, meant: str) -> None:
    assert read(MYSQL_TLS_CONFIG=tls, MYSQL_TLS_CA="").tls == meant


def test_another_tls_is_refused() -> None:
    problem = refusal(MYSQL_TLS_CONFIG="preferred")
    assert problem.setting == "tls"
    assert str(problem) == "'preferred' is none of true, false, skip-verify"


@pytest.mark.parametrize(
    ("endpoint", "tls"),
    [("mysql.example.com", "false"), ("mysql.example.com", "skip-verify"), ("localhost", "")],
)
def test_an_authority_that_nobody_would_ask_is_refused(endpoint: str, tls: str) -> None:
    problem = refusal(MYSQL_ENDPOINT=endpoint, MYSQL_TLS_CONFIG=tls)
    assert problem.setting == "ca"
    assert "has no effect with tls" in str(problem)
    assert str(problem).endswith("set tls to true")


@pytest.mark.parametrize(
    ("name", "example"), [("endpoint", "mysql.example.com:3306"), ("username", "admin")]
)
def test_what_is_missing_is_said_with_the_command_that_sets_it(name: str, example: str) -> None:
    problem = refusal(**{VARIABLES[name]: ""})
    assert problem.setting == name
    assert str(problem) == (
        f"it is not set; run `pulumi config set mysql:{name} {example}` or set {VARIABLES[name]}"
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
    problem = refusal(MYSQL_ENDPOINT=endpoint)
    assert problem.setting == "endpoint"
    assert str(problem).startswith(f"{endpoint!r} is no host with a port of 1 to 65535")


@pytest.mark.parametrize(
    ("endpoint", "address"),
    [
        ("mysql.example.com", ("mysql.example.com", 3306)),
        ("mysql.example.com:3307", ("mysql.example.com", 3307)),
        ("198.51.100.7:65535", ("198.51.100.7", 65535)),
        ("[2001:db8::7]:3306", ("2001:db8::7", 3306)),
    ],
)
def test_an_endpoint_is_a_host_with_or_without_a_port(
    endpoint: str, address: tuple[str, int]
) -> None:
    admin = read(MYSQL_ENDPOINT=endpoint)
    assert (admin.endpoint, admin.address) == (endpoint, address)
    assert not is_socket(endpoint)


def test_an_endpoint_may_be_a_socket() -> None:
    admin = read(MYSQL_ENDPOINT="/run/mysqld/mysqld.sock", MYSQL_TLS_CONFIG="", MYSQL_TLS_CA="")
    assert admin.endpoint == "/run/mysqld/mysqld.sock"
    assert is_socket(admin.endpoint)


PEM = "-----BEGIN CERTIFICATE-----\nMIIB\n-----END CERTIFICATE-----\n"


@pytest.mark.parametrize("ca", ["", PEM])
def test_an_authority_may_be_its_own_text_or_a_well_known_one(ca: str) -> None:
    assert read(MYSQL_TLS_CA=ca).authority() == ca


def test_an_authority_may_be_a_file_also_of_ones_home(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = tmp_path / "ca.pem"
    file.write_text(PEM)
    monkeypatch.setenv("HOME", str(tmp_path))
    for ca in (str(file), "~/ca.pem"):
        admin = read(MYSQL_TLS_CA=ca)
        assert (admin.ca, admin.authority()) == (str(file), PEM)


@pytest.mark.parametrize("content", [None, b"\xff\xfe"])
def test_an_authority_that_cannot_be_read_is_one_line(
    tmp_path: Path, content: bytes | None
) -> None:
    file = tmp_path / "ca.pem"
    if content is not None:
        file.write_bytes(content)
    with pytest.raises(AdminProblem) as refused:
        read(MYSQL_TLS_CA=str(file)).authority()
    assert refused.value.setting == "ca"
    assert f"{str(file)!r} cannot be read: " in str(refused.value)
    assert "\n" not in str(refused.value)


@pytest.mark.parametrize("name", VARIABLES)
@pytest.mark.parametrize("value", [True, 3306, 4.5, ["text"], {"text": "text"}], ids=str)
def test_what_is_no_text_is_refused_by_its_name(name: str, value: Any) -> None:
    with pytest.raises(AdminProblem) as refused:
        read({name: value})
    assert refused.value.setting == name
    assert str(refused.value) == "it is no text; give it in quotes"


def test_neither_repr_nor_str_shows_the_password() -> None:
    assert "from the environment" not in f"{read()!r} {read()}"
