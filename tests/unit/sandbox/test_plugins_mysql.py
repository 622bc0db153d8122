"""The mysql stand-in says and refuses what the published plugin does."""

from __future__ import annotations

import ssl
import time
from typing import Any, Self

import pymysql
import pytest

from sandbox.plugins.mysql import server as server_module
from sandbox.plugins.mysql import statements
from sandbox.plugins.mysql.resources import Database, Grant, User, sha256
from sandbox.plugins.mysql.server import Server, Settings, in_words
from sandbox.plugins.provider import HalfDoneError, RefusedError
from sandbox.plugins.values import UNKNOWN, Secret

MYSQL_9 = (9, 7, 4)
MYSQL_5 = (5, 6, 40)


class Recorder:
    """A server that writes down what it is told, and answers from a table."""

    def __init__(self, answers: dict[str, Any] | None = None) -> None:
        self.told: list[str] = []
        self.rows: list[tuple[str, ...]] = []
        self.answers = {"SELECT @@GLOBAL.innodb_version": [("9.7.4",)], **(answers or {})}

    def connect(self, **_: object) -> Recorder:
        return self

    def cursor(self) -> Recorder:
        return self

    def __enter__(self) -> Self:
        return self

    def __exit__(self, *_: object) -> None: ...

    def close(self) -> None: ...

    def execute(self, statement: str, _values: object) -> None:
        self.told.append(statement)
        answer = self.answers.get(statement, [])
        if isinstance(answer, Exception):
            raise answer
        self.rows = answer

    def fetchall(self) -> list[tuple[str, ...]]:
        return self.rows

    @property
    def changes(self) -> list[str]:
        return [told for told in self.told if not told.startswith(("SELECT", "SHOW"))]


def recorded(monkeypatch: pytest.MonkeyPatch, **answers: object) -> tuple[Recorder, Settings]:
    recorder = Recorder({key.replace("_", " "): value for key, value in answers.items()})
    monkeypatch.setattr(pymysql, "connect", recorder.connect)
    settings = Settings()
    settings.take({"endpoint": "127.0.0.1:3306", "username": "admin", "password": "x"})
    return recorder, settings


GRANT = {
    "user": "bookinfo",
    "host": "%",
    "database": "test",
    "table": "ratings",
    "privileges": ["SELECT"],
}


def test_a_database_asks_for_utf8_unless_it_is_told() -> None:
    checked = Database(Settings()).check("db", {}, {"name": "test"}, b"")
    assert checked.inputs["defaultCharacterSet"] == "utf8"
    assert checked.inputs["defaultCollation"] == "utf8_general_ci"
    assert checked.inputs["__defaults"] == ["defaultCharacterSet", "defaultCollation"]


def test_a_database_without_a_name_gets_one_and_keeps_it() -> None:
    database = Database(Settings())
    first = database.check("db", {}, {}, b"seed").inputs
    again = database.check("db", first, {}, b"another seed").inputs
    assert first["name"].startswith("db-")
    assert len(first["name"]) == len("db-") + 7
    assert again["name"] == first["name"]


def test_a_database_is_created_and_read_back(monkeypatch: pytest.MonkeyPatch) -> None:
    created = (
        "CREATE DATABASE `test` /*!40100 DEFAULT CHARACTER SET utf8mb4 COLLATE "
        "utf8mb4_0900_ai_ci */ /*!80016 DEFAULT ENCRYPTION='N' */"
    )
    recorder, settings = recorded(
        monkeypatch, **{"SHOW_CREATE_DATABASE_`test`": [("test", created)]}
    )
    identity, state = Database(settings).create(
        {
            "name": "test",
            "defaultCharacterSet": "utf8mb4",
            "defaultCollation": "utf8mb4_0900_ai_ci",
        }
    )
    assert recorder.changes == [
        "CREATE DATABASE `test` CHARACTER SET `utf8mb4` COLLATE `utf8mb4_0900_ai_ci`"
    ]
    assert identity == "test"
    assert state == {
        "name": "test",
        "defaultCharacterSet": "utf8mb4",
        "defaultCollation": "utf8mb4_0900_ai_ci",
    }


def test_backticks_in_a_database_s_name_are_doubled() -> None:
    assert statements.identifier("a`b") == "`a``b`"


def test_utf8_differs_for_ever_from_what_mysql_8_calls_it() -> None:
    state = {
        "name": "test",
        "defaultCharacterSet": "utf8mb3",
        "defaultCollation": "utf8mb3_general_ci",
    }
    inputs = Database(Settings()).check("db", {}, {"name": "test"}, b"").inputs
    changed = Database(Settings()).diff(state, inputs)
    assert {change.property for change in changed} == {"defaultCharacterSet", "defaultCollation"}
    assert not any(change.replaces for change in changed)


def test_a_user_s_state_keeps_the_digest_of_the_password(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, settings = recorded(monkeypatch)
    identity, state = User(settings).create(
        {"user": "bookinfo", "host": "%", "plaintextPassword": "s3cret", "tlsOption": "NONE"}
    )
    assert recorder.changes == [
        "CREATE USER 'bookinfo'@'%' IDENTIFIED BY 's3cret' REQUIRE NONE",
    ]
    assert identity == "bookinfo@%"
    assert state == {
        "user": "bookinfo",
        "host": "%",
        "plaintextPassword": Secret(sha256("s3cret")),
        "tlsOption": "NONE",
    }


@pytest.mark.parametrize("kind", [User, Grant])
def test_the_host_is_localhost_unless_it_is_told(kind: type[User | Grant]) -> None:
    checked = kind(Settings()).check("r", {}, {"user": "bookinfo", "database": "test"}, b"")
    assert checked.inputs["host"] == "localhost"


def test_the_password_goes_into_the_sql_as_it_is() -> None:
    account = statements.account("bookinfo", "%")
    said = statements.create_user(
        account, "s3cret'x", auth_plugin="", tls_option="NONE", server=MYSQL_9
    )
    assert said == "CREATE USER 'bookinfo'@'%' IDENTIFIED BY 's3cret'x' REQUIRE NONE"


def test_a_plaintext_password_is_a_secret_input() -> None:
    checked = User(Settings()).check("u", {}, {"user": "b", "plaintextPassword": "p"}, b"")
    assert checked.inputs["plaintextPassword"] == Secret("p")


def test_two_passwords_at_once_are_refused() -> None:
    news = {"user": "b", "plaintextPassword": "p", "password": "q"}
    [refusal] = User(Settings()).check("u", {}, news, b"").refusals
    assert refusal == (
        'Conflicting configuration arguments. "password": conflicts with plaintextPassword. '
        "Examine values at 'u.password'."
    )


def test_an_unchanged_password_is_no_change() -> None:
    state = {"user": "b", "host": "%", "plaintextPassword": sha256("p"), "tlsOption": "NONE"}
    inputs = {"user": "b", "host": "%", "plaintextPassword": "p", "tlsOption": "NONE"}
    assert not User(Settings()).diff(state, inputs)


def test_a_changed_password_is_set_in_place(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, settings = recorded(monkeypatch)
    state = {"user": "b", "host": "%", "plaintextPassword": sha256("old"), "tlsOption": "NONE"}
    inputs = {"user": "b", "host": "%", "plaintextPassword": "new", "tlsOption": "NONE"}
    assert [change.replaces for change in User(settings).diff(state, inputs)] == [False]
    updated = User(settings).update(state, inputs)
    assert recorder.changes == ["ALTER USER 'b'@'%' IDENTIFIED BY 'new'"]
    assert updated["plaintextPassword"] == Secret(sha256("new"))


def test_a_password_that_could_not_be_set_is_recorded_all_the_same(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = pymysql.err.OperationalError(1396, "Operation ALTER USER failed", sqlstate="HY000")
    _, settings = recorded(monkeypatch, **{"ALTER_USER_'b'@'%'_IDENTIFIED_BY_'new'": refused})
    state = {"user": "b", "host": "%", "plaintextPassword": sha256("old"), "tlsOption": "NONE"}
    with pytest.raises(HalfDoneError, match=r"Error 1396 \(HY000\): Operation") as failure:
        User(settings).update(state, {"user": "b", "host": "%", "plaintextPassword": "new"})
    assert failure.value.state["plaintextPassword"] == Secret(sha256("new"))


def test_old_servers_are_told_in_their_own_words() -> None:
    account = statements.account("b", "%")
    assert statements.set_password(account, "p", MYSQL_5) == (
        "SET PASSWORD FOR 'b'@'%' = PASSWORD('p')"
    )


def test_a_grant_s_identity_has_no_table_in_it(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, settings = recorded(monkeypatch)
    identity, state = Grant(settings).create(GRANT)
    assert recorder.changes == ["GRANT SELECT ON `test`.`ratings` TO 'bookinfo'@'%'"]
    assert identity == "bookinfo@%:`test`"
    assert state == {**GRANT, "grant": False, "tlsOption": "NONE"}


def test_every_change_of_a_grant_makes_a_new_one() -> None:
    grant = Grant(Settings())
    state = grant.plan(GRANT)
    changed = grant.diff(state, {**GRANT, "privileges": ["SELECT", "INSERT"]})
    assert [(change.property, change.replaces) for change in changed] == [("privileges", True)]


def test_the_order_of_privileges_is_no_change() -> None:
    grant = Grant(Settings())
    state = grant.plan({**GRANT, "privileges": ["SELECT", "INSERT", "UPDATE"]})
    assert not grant.diff(state, {**GRANT, "privileges": ["UPDATE", "SELECT", "INSERT"]})


def test_what_is_not_known_yet_is_neither_sorted_nor_refused() -> None:
    inputs = {**GRANT, "privileges": ["SELECT", UNKNOWN]}
    assert Grant(Settings()).plan(inputs)["privileges"] == ["SELECT", UNKNOWN]
    assert Grant(Settings()).diff(Grant(Settings()).plan(GRANT), inputs)
    news = {"endpoint": UNKNOWN, "username": "admin", "tls": UNKNOWN, "proxy": UNKNOWN}
    assert not Settings().check("urn:pulumi:dev::p::pulumi:providers:mysql::admin", news)


def test_a_grant_takes_back_the_right_to_grant_first(monkeypatch: pytest.MonkeyPatch) -> None:
    recorder, settings = recorded(monkeypatch)
    Grant(settings).delete(Grant(settings).plan(GRANT))
    assert recorder.changes == [
        "REVOKE GRANT OPTION ON `test`.`ratings` FROM 'bookinfo'@'%'",
        "REVOKE SELECT ON `test`.`ratings` FROM 'bookinfo'@'%'",
    ]


def test_deleting_a_table_s_grant_fails_as_it_does_on_mysql_9(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    statement = "REVOKE GRANT OPTION ON `test`.`ratings` FROM 'bookinfo'@'%'"
    refused = pymysql.err.OperationalError(
        1147,
        "There is no such grant defined for user 'bookinfo' on host '%' on table 'ratings'",
        sqlstate="42000",
    )
    _, settings = recorded(monkeypatch, **{statement.replace(" ", "_"): refused})
    with pytest.raises(RefusedError) as refusal:
        Grant(settings).delete(Grant(settings).plan(GRANT))
    assert str(refusal.value) == (
        f"error revoking GRANT ({statement}): Error 1147 (42000): There is no such grant defined "
        "for user 'bookinfo' on host '%' on table 'ratings'"
    )


def test_a_revoked_grant_goes_unnoticed(monkeypatch: pytest.MonkeyPatch) -> None:
    _, settings = recorded(monkeypatch, **{"SHOW_GRANTS_FOR_'bookinfo'@'%'": [("USAGE",)]})
    state = Grant(settings).plan(GRANT)
    found = Grant(settings).read("bookinfo@%:`test`", state, GRANT)
    assert found is not None
    assert (found.state, found.inputs) == (state, GRANT)


def test_a_grant_of_an_account_that_is_gone_is_gone(monkeypatch: pytest.MonkeyPatch) -> None:
    gone = pymysql.err.OperationalError(1141, "There is no such grant", sqlstate="42000")
    _, settings = recorded(monkeypatch, **{"SHOW_GRANTS_FOR_'bookinfo'@'%'": gone})
    assert Grant(settings).read("id", Grant(settings).plan(GRANT), GRANT) is None


def test_a_grant_to_nobody_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _, settings = recorded(monkeypatch)
    with pytest.raises(RefusedError, match="user with host or a role is required"):
        Grant(settings).create({"database": "test", "privileges": ["SELECT"]})


def test_a_grant_of_nothing_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    _, settings = recorded(monkeypatch)
    with pytest.raises(RefusedError, match="One of privileges or roles is required"):
        Grant(settings).create({**GRANT, "privileges": []})


def test_a_wrong_password_is_tried_for_as_long_as_a_server_that_is_away(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    refused = pymysql.err.OperationalError(1045, "Access denied for user 'admin'", sqlstate="28000")
    tries = []

    def connect(**_: object) -> None:
        tries.append(1)
        raise refused

    clock = iter(range(0, 10_000, 20))
    monkeypatch.setattr(pymysql, "connect", connect)
    monkeypatch.setattr(time, "monotonic", lambda: next(clock))
    monkeypatch.setattr(time, "sleep", lambda _: None)
    server = Server("127.0.0.1:3306", "admin", "wrong")
    with (
        pytest.raises(RefusedError, match=r"^Could not connect to server: Error 1045 \(28000\)"),
        server.connected(),
    ):
        pass
    assert len(tries) == 300 // 20


def test_a_server_that_is_away_is_named_as_the_plugin_names_it() -> None:
    error = pymysql.err.OperationalError(2003, "Can't connect")
    vars(error)["original_exception"] = ConnectionRefusedError(111, "Connection refused")
    assert in_words(error) == "dial tcp: connect: connection refused"


def test_the_admin_s_password_is_in_no_representation() -> None:
    assert "hunter2" not in repr(Server("h:1", "admin", "hunter2"))


def test_settings_come_from_the_plugin_s_own_variables(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("MYSQL_ENDPOINT", "db.example:3306")
    monkeypatch.setenv("MYSQL_USERNAME", "admin")
    monkeypatch.setenv("MYSQL_PASSWORD", "p")
    monkeypatch.setenv("MYSQL_TLS_CONFIG", "true")
    settings = Settings()
    settings.take({"username": "other"})
    assert settings.server == Server("db.example:3306", "other", "p", "true")


@pytest.mark.parametrize(
    ("urn", "news", "refusal"),
    [
        (
            "urn:pulumi:dev::p::pulumi:providers:mysql::default_3_3_3",
            {"username": "admin"},
            (
                "Provider is missing a required configuration key, "
                "try `pulumi config set mysql:endpoint`"
            ),
        ),
        (
            "urn:pulumi:dev::p::pulumi:providers:mysql::admin",
            {"endpoint": "h:3306"},
            "Missing required property 'username'",
        ),
        (
            "urn:pulumi:dev::p::pulumi:providers:mysql::admin",
            {"endpoint": "h:3306", "username": "a", "tls": "preferred"},
            (
                "could not validate provider configuration: expected tls to be one of "
                "[true false skip-verify], got preferred. Examine values at 'admin.tls'."
            ),
        ),
        (
            "urn:pulumi:dev::p::pulumi:providers:mysql::default",
            {"endpoint": "h:3306", "username": "a", "proxy": "http://proxy:3128"},
            (
                "could not validate provider configuration: The proxy URL is not a valid socks "
                "url.. Check `pulumi config get mysql:proxy`."
            ),
        ),
    ],
)
def test_wrong_settings_are_refused_in_the_plugin_s_words(
    monkeypatch: pytest.MonkeyPatch, urn: str, news: dict[str, str], refusal: str
) -> None:
    for variable in server_module.FROM_ENVIRONMENT.values():
        monkeypatch.delenv(variable, raising=False)
    assert list(Settings().check(urn, news)) == [refusal]


@pytest.mark.parametrize(
    ("tls", "verified"),
    [("true", ssl.CERT_REQUIRED), ("skip-verify", ssl.CERT_NONE), ("false", None)],
)
def test_tls_is_what_the_setting_says(
    monkeypatch: pytest.MonkeyPatch, tls: str, verified: ssl.VerifyMode | None
) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(pymysql, "connect", lambda **given: asked.update(given) or Recorder())
    with Server("[fd00::1]:3306", "admin", "p", tls).connected():
        pass
    assert asked["host"] == "fd00::1"
    assert asked["ssl_disabled"] == (tls == "false")
    assert (asked["ssl"] and asked["ssl"].verify_mode) == verified


def test_an_endpoint_that_is_a_path_is_a_socket(monkeypatch: pytest.MonkeyPatch) -> None:
    asked: dict[str, Any] = {}
    monkeypatch.setattr(pymysql, "connect", lambda **given: asked.update(given) or Recorder())
    with Server("/run/mysqld.sock", "admin", "p").connected():
        pass
    assert asked["unix_socket"] == "/run/mysqld.sock"
    assert "host" not in asked
