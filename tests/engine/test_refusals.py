"""Bad input and trouble: one clear line, and nothing has been changed."""

from __future__ import annotations

from typing import Any

import pytest

from sandbox import layout
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database, refused

SETTINGS = [
    ({"host": "mysql"}, "external-mysql:host: 'mysql' has no domain"),
    (
        {"host": "nowhere.external.test"},
        "host: nowhere.external.test does not exist",
    ),
    ({"context": "staging"}, "external-mysql:context: 'staging' is no context of "),
    ({"namespace": "nowhere"}, "external-mysql:namespace: 'nowhere' is not in "),
    ({"prot": 3307}, "external-mysql:prot is no setting; did you mean port?"),
    ({"port": 65536}, "external-mysql:port: "),
    ({"database": "books"}, "external-mysql:database: 'books' cannot work with the image "),
    ({"privileges": ["ALL"]}, "external-mysql:privileges: ALL is not what a reader needs"),
    (
        {"image": layout.RATINGS_IMAGE},
        f"image: {layout.RATINGS_IMAGE} cannot log in to this MySQL 9",
    ),
]


@pytest.mark.parametrize(("wrong", "line"), SETTINGS, ids=[str(s) for s, _ in SETTINGS])
def test_a_wrong_setting_is_named(empty_stack: Stack, wrong: dict[str, Any], line: str) -> None:
    empty_stack.set(**wrong)
    assert refused(empty_stack.preview_and_up(ok=False), empty_stack).startswith(line)


def test_missing_destination_rules_are_named_one_by_one(
    empty_stack: Stack, cluster: Kubectl
) -> None:
    empty_stack.set(destinationRules=False)
    run = empty_stack.preview_and_up(ok=False)
    missing = [e for e in run.errors if "external-mysql:routing: no DestinationRule " in e]
    assert [line.partition(cluster.namespace)[2].split()[0] for line in missing] == [
        "/reviews",
        "/ratings",
    ]
    assert empty_stack.resources() == []


def test_an_update_that_is_refused_without_a_preview_has_nothing_in_its_state(
    empty_stack: Stack,
) -> None:
    empty_stack.set(destinationRules=False)
    assert "external-mysql:routing: no DestinationRule " in empty_stack.up(ok=False).text
    made = [each for each in empty_stack.exported() if each["custom"] and "id" in each]
    assert [each["type"] for each in made if not each["type"].startswith("pulumi:")] == []


def test_a_wrong_admin_password_is_said_at_once(empty_stack: Stack) -> None:
    run = empty_stack.preview_and_up(ok=False, MYSQL_PASSWORD="wrong")
    assert "refused 'deployer'" in refused(run, empty_stack)
    assert "MYSQL_PASSWORD" in refused(run, empty_stack)


def test_a_database_that_does_not_answer_is_said_at_once(empty_stack: Stack) -> None:
    run = empty_stack.preview_and_up(ok=False, MYSQL_ENDPOINT="127.0.0.1:1")
    assert refused(run, empty_stack).startswith("no MySQL server answers at 127.0.0.1:1")


def test_an_admin_that_is_not_set_is_said(empty_stack: Stack) -> None:
    run = empty_stack.preview_and_up(ok=False, MYSQL_ENDPOINT="")
    assert refused(run, empty_stack).startswith("mysql:endpoint: it is not set")


def test_a_database_that_exists_already_is_not_taken_over(
    empty_stack: Stack, database: Database
) -> None:
    database("CREATE DATABASE test")
    try:
        line = refused(empty_stack.preview_and_up(ok=False), empty_stack)
        assert "external-mysql:adopt: the database test exists already" in line
        assert "test" in database.schemas()
    finally:
        database("DROP DATABASE test")


def test_an_account_that_exists_already_is_not_taken_over(
    empty_stack: Stack, database: Database
) -> None:
    database("CREATE USER bookinfo")
    try:
        line = refused(empty_stack.preview_and_up(ok=False), empty_stack)
        assert "the account 'bookinfo'@'%' exists already" in line
    finally:
        database("DROP USER bookinfo")


def test_a_virtual_service_that_exists_already_is_not_overwritten(
    empty_stack: Stack, cluster: Kubectl
) -> None:
    theirs = {"hosts": ["ratings"], "http": [{"route": [{"destination": {"host": "ratings"}}]}]}
    cluster.apply(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "ratings"},
            "spec": theirs,
        }
    )
    try:
        line = refused(empty_stack.preview_and_up(ok=False), empty_stack)
        assert f"VirtualService {cluster.namespace}/ratings exists already" in line
        assert cluster.get("virtualservice", "ratings")["spec"] == theirs
    finally:
        cluster("delete", "virtualservice", "ratings")
