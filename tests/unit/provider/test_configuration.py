"""The provider's own settings: filled in where pulumi-mysql reads them, refused by their names."""

from __future__ import annotations

from typing import Any

import pytest

from mysql.admin import VARIABLES
from provider import configuration
from provider.configuration import Configuration
from provider.connection import DatabaseProblem
from provider.protocol.service import Failure, RefusedError
from provider.protocol.values import UNKNOWN
from tests.unit.provider.fakes import ADMIN, SERVER, Answers, At

GIVEN = {"endpoint": "mysql.example.com:3306", "username": "admin", "password": "s3cret"}


@pytest.fixture(autouse=True)
def environment(monkeypatch: pytest.MonkeyPatch) -> pytest.MonkeyPatch:
    """One in which nothing is set."""
    for variable in VARIABLES.values():
        monkeypatch.delenv(variable, raising=False)
    return monkeypatch


def failures(**news: Any) -> list[Failure]:
    return list(Configuration().check({**GIVEN, **news}).failures)


def test_what_is_not_given_is_taken_from_the_environment(environment: pytest.MonkeyPatch) -> None:
    environment.setenv("MYSQL_ENDPOINT", "other.example.com:3307")
    environment.setenv("MYSQL_PASSWORD", "from the environment")
    checked = Configuration().check({"username": "admin", "version": "1.0.0", "endpoint": ""})
    assert checked.failures == ()
    assert checked.inputs == {
        "endpoint": "other.example.com:3307",
        "username": "admin",
        "password": "from the environment",
        "tls": "true",
        "version": "1.0.0",
    }


def test_what_is_wrong_is_said_with_the_name_of_its_setting() -> None:
    (failure,) = failures(endpoint="mysql.example.com:0")
    assert failure.property == "endpoint"
    assert failure.reason.startswith("'mysql.example.com:0' is no host")
    (failure,) = failures(tls="preferred")
    assert failure.property == "tls"


def test_an_unknown_setting_is_refused_with_those_that_there_are() -> None:
    assert failures(proxy="socks5://proxy:1080") == [
        Failure(
            "the settings are endpoint, username, password, tls, ca, context, kubeconfig", "proxy"
        )
    ]


def test_settings_that_are_not_known_yet_are_not_judged() -> None:
    assert failures(endpoint=UNKNOWN, tls="preferred") == []
    unknown = Configuration()
    unknown.take({**GIVEN, "password": UNKNOWN})
    with pytest.raises(RefusedError, match="are known only after an update"):
        _ = unknown.admin


def test_what_is_taken_is_the_admin() -> None:
    configured = Configuration()
    configured.take({**GIVEN, "version": "1.0.0"})
    assert configured.admin == ADMIN
    assert "s3cret" not in repr(vars(configured))


def test_what_cannot_be_taken_is_one_line_with_its_setting() -> None:
    with pytest.raises(
        RefusedError, match=r"^mysql:username: it is not set; run `pulumi config set"
    ):
        Configuration().take({"endpoint": "mysql.example.com"})


class Login:
    """A login that leads to a connection."""

    def __init__(self, connection: Answers) -> None:
        self.connected = At(connection).connect


def connected(monkeypatch: pytest.MonkeyPatch, expected: str, *, answering: str) -> Answers:
    """Log in where a server of that UUID answers, expecting one."""
    server = Answers({"SELECT @@server_uuid": [(answering,)]})
    monkeypatch.setattr(configuration, "as_admin", lambda _: Login(server))
    configured = Configuration()
    configured.take(GIVEN)
    with configured.connect(expected) as connection:
        assert connection is server  # type: ignore[comparison-overlap]
    return server


def test_the_server_that_is_meant_is_let_through(monkeypatch: pytest.MonkeyPatch) -> None:
    connected(monkeypatch, SERVER, answering=SERVER)


def test_where_any_server_will_do_none_is_asked_who_it_is(monkeypatch: pytest.MonkeyPatch) -> None:
    assert connected(monkeypatch, "", answering=SERVER).statements == []


def test_another_server_behind_the_endpoint_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(DatabaseProblem) as refused:
        connected(monkeypatch, SERVER, answering="other")
    line = str(refused.value)
    assert line.startswith("mysql:endpoint: mysql.example.com:3306 is the MySQL server other now")
    assert f"this stack stands on {SERVER}" in line
    assert "\n" not in line
