"""The server: what it says of itself, who it is, and whether it is the one that pods dial."""

from __future__ import annotations

from typing import Any

import pytest

from mysql.admin import Admin
from mysql.driver import ServerFacts
from provider import admin_rights
from provider import server as servers
from provider.connection import DatabaseProblem
from provider.login_facts import read_facts
from provider.protocol.service import Change
from provider.protocol.values import Properties
from provider.server import Server
from tests.unit.provider.fakes import OWNER, SERVER, URN, Answer, Answers, At, Said

INPUTS: Properties = {
    "host": "mysql.example.com",
    "port": 3306,
    "addresses": [],
    "replica": False,
    "owner": OWNER,
    "database": "test",
    "rows": {"1": 5, "2": 4},
    "reader": "bookinfo",
    "readerHost": "%",
    "adopt": [],
    "image": "localhost/bookinfo-ratings-mysql2:1.20.3",
    "tls": False,
    "endpoint": "mysql.example.com:3306",
}
FACTS = {"version": "9.7.4", "accountPlugin": "caching_sha2_password", "tlsOnly": False}
STATE: Properties = {**INPUTS, "facts": FACTS, "uuid": SERVER, "answering": SERVER}


def answering(version: str = "9.7.4", uuid: str = SERVER, **variables: str) -> Answers:
    answers: dict[str, Answer] = {
        "SELECT @@server_uuid": [(uuid,)],
        "SELECT VERSION()": [(version,)],
        "SHOW VARIABLES": list(variables.items()),
    }
    return Answers(answers)


@pytest.fixture(autouse=True)
def lacking(monkeypatch: pytest.MonkeyPatch) -> list[str]:
    """The grants that the admin lacks."""
    lacking: list[str] = []
    monkeypatch.setattr(admin_rights, "lacking", lambda *_: lacking)
    return lacking


def resource(connection: Answers, said: Said | None = None) -> Server:
    return Server(At(connection).configuration(), (said or Said()).engine())


def refused(connection: Answers, **inputs: object) -> str:
    with pytest.raises(DatabaseProblem) as refusal:
        resource(connection).plan(URN, None, {**INPUTS, **inputs})
    assert "\n" not in str(refusal.value)
    return str(refusal.value)


# --- what it says of itself


def facts(connection: Answers) -> ServerFacts:
    with At(connection).configuration().connect() as admin:
        return read_facts(admin)


def test_what_decides_about_a_login_is_read_from_version_and_variables() -> None:
    variables = {
        "default_authentication_plugin": "mysql_native_password",
        "authentication_policy": "*,,",
    }
    found = facts(answering("8.0.36", **variables))
    assert found == ServerFacts("8.0.36", "mysql_native_password", tls_only=False)
    assert facts(answering("9.7.4")).account_plugin == "caching_sha2_password"


@pytest.mark.parametrize(("value", "tls_only"), [("ON", True), ("OFF", False)])
def test_a_server_may_take_tls_only(*, value: str, tls_only: bool) -> None:
    assert facts(answering(require_secure_transport=value)).tls_only is tls_only
    assert facts(answering()).tls_only is False


@pytest.mark.parametrize("version", ["10.11.6-MariaDB", "5.5.5-10.11.6-mariadb-log"])
def test_mariadb_is_refused_for_the_plugin_cannot_make_a_user_there(version: str) -> None:
    line = refused(answering(version))
    assert line.startswith(f"mysql:endpoint: this is MariaDB {version}")
    assert line.endswith("use MySQL")


def test_a_version_that_is_too_old_is_refused() -> None:
    assert refused(answering("5.6.51")) == (
        "mysql:endpoint: this is MySQL 5.6.51; use MySQL 5.7 or newer"
    )


def test_an_admin_who_may_not_do_enough_is_told_what_to_run(lacking: list[str]) -> None:
    lacking += ["GRANT CREATE USER ON *.* TO 'admin'@'%'", "GRANT SELECT ON mysql.db TO 'a'@'%'"]
    assert refused(answering()) == (
        "mysql:username: admin may not do enough; run, as one who may: "
        "GRANT CREATE USER ON *.* TO 'admin'@'%'; GRANT SELECT ON mysql.db TO 'a'@'%'"
    )


# --- its life


def test_the_endpoint_is_part_of_what_is_compared() -> None:
    news = {name: value for name, value in INPUTS.items() if name != "endpoint"}
    assert resource(answering()).check(URN, news).inputs == INPUTS


@pytest.mark.parametrize(
    ("name", "value"),
    [("host", ""), ("port", "mysql"), ("addresses", "198.51.100.7"), ("replica", "yes")],
)
def test_wrong_input_is_refused_by_its_name(name: str, value: object) -> None:
    news: dict[str, Any] = {k: v for k, v in INPUTS.items() if k != "endpoint"}
    failures = resource(answering()).check(URN, {**news, name: value}).failures
    assert [failure.property for failure in failures] == [name]


def test_a_preview_already_looks_at_it() -> None:
    assert resource(answering()).plan(URN, None, INPUTS) == STATE


def test_what_is_made_is_known_by_its_uuid() -> None:
    assert resource(answering()).create(URN, INPUTS) == (SERVER, STATE)


def test_the_server_that_was_looked_at_is_expected_again() -> None:
    at = At(answering())
    Server(at.configuration(), Said().engine()).update(URN, STATE, {**INPUTS, "port": 3307})
    assert at.expected == [SERVER]


def test_a_state_of_an_older_program_stands_on_its_names() -> None:
    new = ("owner", "rows", "reader", "readerHost", "adopt")
    old = {name: value for name, value in STATE.items() if name not in new}
    assert resource(answering()).diff(URN, old, INPUTS) == []
    adopting = {**INPUTS, "adopt": ["Table/ratings"]}
    assert resource(answering()).diff(URN, old, adopting) == [Change("adopt")]


def test_a_name_that_others_have_is_said_in_the_preview_already() -> None:
    connection = answering()
    connection.answers["SELECT 1 FROM information_schema.SCHEMATA"] = [(1,)]
    assert refused(connection).startswith(
        "external-mysql:adopt: the database test exists already at mysql.example.com:3306"
    )


def test_other_addresses_of_the_host_are_no_difference() -> None:
    server = resource(answering())
    assert server.diff(URN, STATE, {**INPUTS, "addresses": ["198.51.100.7/32"]}) == []


@pytest.mark.parametrize("name", ["endpoint", "host", "port", "replica", "database"])
def test_what_else_is_given_is_looked_at_anew(name: str) -> None:
    assert resource(answering()).diff(URN, STATE, {**INPUTS, name: "x"}) == [Change(name)]


def test_another_server_in_its_place_is_seen_by_a_refresh_and_is_a_difference() -> None:
    server = resource(answering(uuid="other"))
    found = server.read(URN, STATE, INPUTS)
    assert (found.state["uuid"], found.state["answering"]) == (SERVER, "other")
    assert server.diff(URN, found.state, INPUTS) == [Change("answering")]


# --- the host that pods dial


def dialled(
    monkeypatch: pytest.MonkeyPatch, found: str | DatabaseProblem
) -> list[tuple[str, str, int]]:
    """Have this server answer at the host; gives where it was looked for."""
    asked: list[tuple[str, str, int]] = []

    def uuid_at(_: Admin, host: str, address: str, port: int) -> str:
        asked.append((host, address, port))
        if isinstance(found, DatabaseProblem):
            raise found
        return found

    monkeypatch.setattr(servers, "_uuid_at", uuid_at)
    return asked


ELSEWHERE = {"host": "db.internal.example.com", "port": 3307}


def test_a_host_that_is_the_endpoint_is_not_asked_again(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dialled(monkeypatch, "other")
    resource(answering()).plan(URN, None, INPUTS)
    assert asked == []


def test_a_host_under_another_name_is_asked_at_each_of_its_addresses(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = dialled(monkeypatch, SERVER)
    addresses = ["198.51.100.7/32", "2001:db8::7/128"]
    resource(answering()).plan(URN, None, {**INPUTS, **ELSEWHERE, "addresses": addresses})
    host = ELSEWHERE["host"]
    assert asked == [(host, "198.51.100.7", 3307), (host, "2001:db8::7", 3307)]


def test_a_host_without_known_addresses_is_asked_by_its_name(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    asked = dialled(monkeypatch, SERVER)
    resource(answering()).plan(URN, None, {**INPUTS, **ELSEWHERE})
    assert asked == [(ELSEWHERE["host"], ELSEWHERE["host"], 3307)]


def test_a_host_that_is_another_server_is_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    dialled(monkeypatch, "other")
    line = refused(answering(), **ELSEWHERE)
    assert "db.internal.example.com) is the MySQL server other, and mysql:endpoint" in line
    assert "say that it is a replica of it" in line


def test_a_replica_may_be_another_server(monkeypatch: pytest.MonkeyPatch) -> None:
    asked = dialled(monkeypatch, "other")
    resource(answering()).plan(URN, None, {**INPUTS, **ELSEWHERE, "replica": True})
    assert asked == []


def test_a_host_that_this_machine_does_not_reach_is_said_and_stops_nothing(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    dialled(monkeypatch, DatabaseProblem("198.51.100.7 port 3307 does not answer"))
    said = Said()
    resource(answering(), said).plan(URN, None, {**INPUTS, **ELSEWHERE})
    (line,) = said.warnings
    assert line == (
        "whether db.internal.example.com is the server of mysql:endpoint was not seen: "
        "198.51.100.7 port 3307 does not answer"
    )


# --- the image of the pods

STOCK = "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3"


def test_an_image_that_cannot_log_in_there_is_refused_before_anything_is_made() -> None:
    line = refused(answering(), image=STOCK)
    assert line.startswith(f"image: {STOCK} cannot log in to this MySQL 9.7.4")


def test_pods_without_tls_are_refused_by_a_server_that_takes_nothing_else(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(servers, "untrusted_by_pods", lambda _: "")
    assert refused(answering(require_secure_transport="ON")).startswith("readerTls: it is false")
    resource(answering(require_secure_transport="ON")).plan(URN, None, {**INPUTS, "tls": True})


def test_pods_that_would_not_trust_the_server_are_refused(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(servers, "untrusted_by_pods", lambda _: "unknown authority")
    assert refused(answering(), tls=True) == (
        "readerTls: pods know only the well-known authorities, and would not trust this server "
        "(unknown authority); name its authority in mysql:ca or MYSQL_TLS_CA"
    )
    resource(answering()).plan(URN, None, INPUTS)


def test_another_image_is_looked_at_without_the_server_that_is_known() -> None:
    connection = answering()
    server = resource(connection)
    other = {**INPUTS, "image": "registry.example.com/own:1"}
    assert [each.property for each in server.diff(URN, STATE, other)] == ["image"]
    assert server.update(URN, STATE, other) == {**STATE, **other}
    with pytest.raises(DatabaseProblem, match="cannot log in to this MySQL"):
        server.plan(URN, STATE, {**INPUTS, "image": STOCK})
    assert connection.statements == []
