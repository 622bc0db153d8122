"""The sandbox's real parts: an API server and a MySQL server of the tests' own, the real CLI."""

from __future__ import annotations

import json
import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pymysql
import pytest
from pulumi_cli import Stack, plain_environment

from sandbox import layout
from sandbox.database import ADMIN, Server, fresh_server


def in_sandbox() -> dict[str, str]:
    """Give the environment of a shell after `eval "$(make -s env)"`."""
    shell = subprocess.run(
        ["bash", "-c", 'set -e; eval "$("$0" -m sandbox env)"; env --null', sys.executable],
        cwd=layout.CHECKOUT,
        env=plain_environment(),
        capture_output=True,
        text=True,
        check=True,
    )
    return dict(line.split("=", 1) for line in shell.stdout.split("\0") if line)


class Cluster:
    """One namespace of the sandbox's cluster, looked at with kubectl."""

    def __init__(self, environment: dict[str, str], namespace: str) -> None:
        self.environment = environment
        self.namespace = namespace

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return subprocess.run(
            ["kubectl", "--namespace", self.namespace, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def get(self, kind: str, *names: str) -> Any:
        return json.loads(self.kubectl("get", kind, *names, "--output", "json"))

    def names(self, kind: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(kind)["items"]}

    def apply(self, manifest: dict[str, Any]) -> None:
        self.kubectl("apply", "--filename", "-", stdin=json.dumps(manifest))


class Database:
    """The tests' MySQL server, looked at as its admin."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            connection.commit()
            return list(cursor.fetchall())

    def rows(self) -> dict[int, int | None]:
        return dict(self("SELECT ReviewID, Rating FROM test.ratings"))

    def schemas(self) -> set[str]:
        return {name for (name,) in self("SHOW DATABASES")}

    def accounts(self) -> set[str]:
        return {user for (user,) in self("SELECT User FROM mysql.user")}

    def connect_as(self, user: str, password: str) -> pymysql.Connection[Any]:
        at = self.server.at
        return pymysql.connect(host=str(at.ipv4), port=at.port, user=user, password=password)


@pytest.fixture(scope="session")
def server() -> Iterator[Server]:
    with fresh_server() as server:
        yield server


@pytest.fixture(scope="session")
def environment(server: Server) -> dict[str, str]:
    """What `make env` sets, with the tests' own database in place of the sandbox's."""
    return {
        **in_sandbox(),
        "MYSQL_ENDPOINT": server.at.endpoint,
        "MYSQL_USERNAME": ADMIN,
        "MYSQL_PASSWORD": server.password(),
        "PULUMI_CONFIG_PASSPHRASE": "engine tests",
    }


@pytest.fixture(scope="session")
def database(server: Server) -> Database:
    return Database(server)


@pytest.fixture(scope="module")
def cluster(environment: dict[str, str]) -> Iterator[Cluster]:
    cluster = Cluster(environment, f"engine-{secrets.token_hex(3)}")
    cluster.kubectl("create", "namespace", cluster.namespace)
    yield cluster
    cluster.kubectl("delete", "namespace", cluster.namespace)


@pytest.fixture(scope="module")
def settings(server: Server, cluster: Cluster) -> dict[str, Any]:
    return {
        "host": server.at.host,
        "nameserver": str(layout.HOST_V4),
        "context": layout.CONTEXT,
        "namespace": cluster.namespace,
        "image": layout.RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
    }


@pytest.fixture
def empty_stack(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any]
) -> Iterator[Stack]:
    """A stack that has made nothing; what a test makes with it is destroyed."""
    stack = Stack.make(tmp_path, environment, settings)
    yield stack
    if stack.resources():
        stack.destroy()


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], settings: dict[str, Any]
) -> Iterator[Stack]:
    """A stack that is up; tests leave it as they found it."""
    stack = Stack.make(tmp_path_factory.mktemp("stack"), environment, settings)
    stack.up()
    yield stack
    stack.destroy()
