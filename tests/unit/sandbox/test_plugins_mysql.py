"""The mysql stand-in says and refuses what the published plugin does."""

from __future__ import annotations

import hashlib
import ssl
import time
from typing import Any, Self

import pymysql
import pytest

from provider.protocol.service import Change, Found, RefusedError
from provider.protocol.values import UNKNOWN
from sandbox.plugins.mysql import server as server_module
from sandbox.plugins.mysql.resources import Database, Grant, User
from sandbox.plugins.mysql.server import Server


class Recorder:
    """A server that writes down what it is told, and answers the same to all of it."""

    def __init__(self, rows: list[tuple[str, ...]], refusal: Exception | None) -> None:
        self.told: list[str] = []
        self.rows = rows
        self.refusal = refusal

    def connect(self, **_: object) -> Self:
        return self

    def cursor(self) -> Self:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def execute(self, statement: str, values: tuple[str, ...] | None) -> None:
        self.told.append(statement % tuple(map(repr, values)) if values else statement)
        if self.refusal:
            raise self.refusal

    def fetchall(self) -> list[tuple[str, ...]]:
        return self.rows


def recorded(
    monkeypatch: pytest.MonkeyPatch, *rows: tuple[str, ...], refusal: Exception | None = None
) -> tuple[Recorder, Server]:
    recorder, server = Recorder(list(rows), refusal), Server()
    monkeypatch.setattr(pymysql, "connect", recorder.connect)
    server.take({"endpoint": "127.0.0.1:3306", "username": "admin", "password": "x"})
    return recorder, server


def sha256(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()


DATABASE = {"name": "test", "defaultCharacterSet": "utf8mb4", "defaultCollation": "utf8mb4_bin"}
USER = {"user": "bookinfo", "host": "%", "plaintextPassword": "s3cret", "tlsOption": "NONE"}
USER_STATE = {**USER, "plaintextPassword": sha256("s3cret")}
GRANT = {
    "user": "bookinfo",
    "host": "%",
    "database": "test",
    "table": "ratings",
    "privileges": ["SELECT"],
    "tlsOption": "NONE",
}
GRANT_STATE = {**GRANT, "grant": False}
NO_SUCH_GRANT = pymysql.err.OperationalError(
    1147, "There is no such grant defined for user 'bookinfo' on host '%' on table 'ratings'"
)


URN = "urn:pulumi:dev::external-mysql::mysql:index/database:Database::it"
MISSING = "Provider is missing a required configuration key"


# --- what it tells the server


@pytest.mark.parametrize(
    ("resource", "inputs", "statement", "made"),
    [
        (
            Database,
            DATABASE,
            "CREATE DATABASE `test` CHARACTER SET `utf8mb4` COLLATE `utf8mb4_bin`",
            ("test", DATABASE),
        ),
        (
            User,
            USER,
            "CREATE USER 'bookinfo'@'%' IDENTIFIED BY 's3cret' REQUIRE NONE",
            ("bookinfo@%", USER_STATE),
        ),
        (
            Grant,
            GRANT,
            "GRANT SELECT ON `test`.`ratings` TO 'bookinfo'@'%'",
            ("bookinfo@%:`test`", GRANT_STATE),
        ),
    ],
)
def test_what_is_made_has_the_plugin_s_id_and_state(
    monkeypatch: pytest.MonkeyPatch,
    resource: type[Database | User | Grant],
    inputs: dict[str, Any],
    statement: str,
    made: tuple[str, dict[str, Any]],
) -> None:
    recorder, server = recorded(monkeypatch)
    assert resource(server).create(URN, inputs) == made
    assert recorder.told == [statement]


@pytest.mark.parametrize(
    ("resource", "state", "statements"),
    [
        (Database, DATABASE, ["DROP DATABASE `test`"]),
        (User, USER_STATE, ["DROP USER 'bookinfo'@'%'"]),
        (
            Grant,
            GRANT_STATE,
            [
                "REVOKE GRANT OPTION ON `test`.`ratings` FROM 'bookinfo'@'%'",
                "REVOKE SELECT ON `test`.`ratings` FROM 'bookinfo'@'%'",
            ],
        ),
    ],
)
def test_what_is_deleted_is_taken_back(
    monkeypatch: pytest.MonkeyPatch,
    resource: type[Database | User | Grant],
    state: dict[str, Any],
    statements: list[str],
) -> None:
    recorder, server = recorded(monkeypatch)
    resource(server).delete(URN, state)
    assert recorder.told == statements


def test_a_changed_password_is_set_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, server = recorded(monkeypatch)
    inputs = {**USER, "plaintextPassword": "new"}
    assert User(server).diff(URN, USER_STATE, USER) == []
    assert User(server).diff(URN, USER_STATE, inputs) == [
        Change("plaintextPassword", replaces=False)
    ]
    assert User(server).update(URN, USER_STATE, inputs)["plaintextPassword"] == sha256("new")
    assert recorder.told == ["ALTER USER 'bookinfo'@'%' IDENTIFIED BY 'new'"]


def test_another_collation_is_set_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, server = recorded(monkeypatch)
    Database(server).update(URN, DATABASE, {**DATABASE, "defaultCollation": "utf8mb4_unicode_ci"})
    assert recorder.told == [
        "ALTER DATABASE `test` CHARACTER SET `utf8mb4` COLLATE `utf8mb4_unicode_ci`"
    ]


@pytest.mark.parametrize("name", ["user", "database", "table", "privileges"])
def test_every_change_of_a_grant_makes_a_new_one(name: str) -> None:
    changed = Grant(Server()).diff(URN, GRANT_STATE, {**GRANT, name: UNKNOWN})
    assert changed == [Change(name, replaces=True)]


def test_the_host_is_localhost_unless_it_is_told() -> None:
    for resource in (User(Server()), Grant(Server())):
        assert resource.check(URN, {}).inputs["host"] == "localhost"


def test_deleting_a_table_s_grant_fails_as_it_does_on_mysql_9(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, server = recorded(monkeypatch, refusal=NO_SUCH_GRANT)
    with pytest.raises(RefusedError) as refusal:
        Grant(server).delete(URN, GRANT_STATE)
    assert str(refusal.value) == (
        "Error 1147: There is no such grant defined for user 'bookinfo' on host '%' on table "
        "'ratings'"
    )


# --- what it looks at


def test_a_database_s_character_set_and_collation_are_read(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    _, server = recorded(monkeypatch, ("latin1", "latin1_bin"))
    seen = {**DATABASE, "defaultCharacterSet": "latin1", "defaultCollation": "latin1_bin"}
    assert Database(server).read(URN, DATABASE, DATABASE) == Found(seen, seen)


def test_a_revoked_grant_goes_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    _, server = recorded(monkeypatch, ("bookinfo",))
    assert Grant(server).read(URN, GRANT_STATE, GRANT) == Found(GRANT_STATE, GRANT)


@pytest.mark.parametrize(
    ("resource", "state"), [(Database, DATABASE), (User, USER_STATE), (Grant, GRANT_STATE)]
)
def test_what_is_gone_is_noticed(
    monkeypatch: pytest.MonkeyPatch,
    resource: type[Database | User | Grant],
    state: dict[str, Any],
) -> None:
    _, server = recorded(monkeypatch)
    assert resource(server).read(URN, state, state) is None


# --- how it reaches the server


def test_a_wrong_password_is_tried_for_as_long_as_a_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    tries = []

    def connect(**_: object) -> None:
        tries.append(1)
        raise pymysql.err.OperationalError(1045, "Access denied for user 'admin'")

    clock = iter(range(0, 10_000, 20))
    _, server = recorded(monkeypatch)
    monkeypatch.setattr(pymysql, "connect", connect)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    with pytest.raises(
        RefusedError, match=r"^Could not connect to server: Error 1045: Access denied for user"
    ):
        server.execute("SELECT 1")
    assert len(tries) == 300 // 20


def connection_of(monkeypatch: pytest.MonkeyPatch, **settings: str) -> dict[str, Any]:
    """How the server of these settings is connected to."""
    asked: dict[str, Any] = {}
    for variable in server_module.FROM_ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    server = Server()
    server.take(settings)
    monkeypatch.setattr(
        pymysql, "connect", lambda **given: asked.update(given) or Recorder([], None)
    )
    server.execute("SELECT 1")
    return asked


@pytest.mark.parametrize(("tls", "verified"), [("true", ssl.CERT_REQUIRED), ("false", None)])
def test_tls_is_what_the_setting_says(
    monkeypatch: pytest.MonkeyPatch, tls: str, verified: ssl.VerifyMode | None
) -> None:
    asked = connection_of(monkeypatch, endpoint="[fd00::1]:3306", username="admin", tls=tls)
    assert (asked["host"], asked["port"]) == ("fd00::1", 3306)
    assert asked["ssl_disabled"] == (tls == "false")
    assert (asked["ssl"] and asked["ssl"].verify_mode) == verified


def test_settings_come_from_the_plugin_s_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_ENDPOINT", "db.example:3306")
    monkeypatch.setenv("MYSQL_USERNAME", "admin")
    monkeypatch.setenv("MYSQL_PASSWORD", "p")
    monkeypatch.setenv("MYSQL_TLS_CONFIG", "true")
    assert server_module.with_environment({"username": "other"}) == {
        "endpoint": "db.example:3306",
        "username": "other",
        "password": "p",
        "tls": "true",
    }


@pytest.mark.parametrize(
    ("news", "refusals"),
    [
        ({"endpoint": UNKNOWN, "username": "admin", "tls": UNKNOWN, "version": "3.3.3"}, []),
        (
            {"username": "admin"},
            [f"{MISSING}, try `pulumi config set mysql:endpoint`"],
        ),
        (
            {"endpoint": "h:3306", "username": "a", "proxy": "socks5://proxy:1080"},
            ["mysql:proxy is nothing that the sandbox's stand-in knows"],
        ),
    ],
)
def test_settings_are_checked_as_far_as_they_are_known(
    monkeypatch: pytest.MonkeyPatch, news: dict[str, Any], refusals: list[str]
) -> None:
    for variable in server_module.FROM_ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    assert [failure.reason for failure in Server().check(news).failures] == refusals
