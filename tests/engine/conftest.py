"""The sandbox's real parts: an API server and a MySQL server of the tests' own, the real CLI."""

from __future__ import annotations

import os
import secrets
from collections.abc import Callable, Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from mysql.account import Account
from provider.admin_rights import grants
from sandbox import layout
from sandbox.database import Server, fresh_server
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack, in_sandbox
from tests.engine.parts import Database

NAMESPACES = ("engine", "engine-2", "engine-3")


@pytest.fixture(scope="session")
def place() -> int:
    """Which one this is of the processes that run tests side by side, from 0."""
    return int(os.environ.get("PYTEST_XDIST_WORKER", "gw0").removeprefix("gw"))


@pytest.fixture(scope="package")
def server(place: int) -> Iterator[Server]:
    with fresh_server(layout.TESTS_DATABASES[place]) as server:
        yield server


@pytest.fixture(scope="package")
def database(server: Server) -> Database:
    return Database(server)


@pytest.fixture(scope="package")
def environment(server: Server, database: Database) -> Iterator[dict[str, str]]:
    """What `make env` sets, with the tests' own database, and an admin who may do no more than it
    has to."""
    deployer, password = Account("deployer"), secrets.token_urlsafe()
    ((version,),) = database("SELECT VERSION()")
    database(f"CREATE USER {deployer} IDENTIFIED BY '{password}' REQUIRE SSL")
    for statement in grants(deployer, "test", version).values():
        database(statement)
    yield {
        **in_sandbox(),
        "MYSQL_ENDPOINT": server.at.endpoint,
        "MYSQL_USERNAME": deployer.user,
        "MYSQL_PASSWORD": password,
        "PULUMI_CONFIG_PASSPHRASE": "engine tests",
    }
    database(f"DROP USER {deployer}")


@pytest.fixture(scope="module")
def cluster(environment: dict[str, str], place: int) -> Iterator[Kubectl]:
    """A namespace of the tests' own."""
    with Kubectl(environment, NAMESPACES[place]).fresh_namespace() as cluster:
        yield cluster


@pytest.fixture(scope="module")
def settings(server: Server, cluster: Kubectl) -> dict[str, Any]:
    return {
        "host": server.at.host,
        "nameserver": str(layout.HOST_V4),
        "context": layout.CONTEXT,
        "namespace": cluster.namespace,
        "image": layout.RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
        "protect": False,
    }


@pytest.fixture
def ready(cluster: Kubectl) -> Callable[[], object]:
    """Waits for pods that could not read meanwhile: a refresh sees each that is not ready."""
    return partial(cluster, "rollout", "status", "deployment/ratings-v2-mysql", "--timeout=60s")


def destroy(stack: Stack, cluster: Kubectl) -> None:
    """Destroy it without the time that pods get to end: nobody asks them any more."""
    for name in cluster.names("deployments"):
        cluster("scale", f"deployment/{name}", "--replicas=0")
    cluster("delete", "pods", "--all", "--now", "--wait=false")
    stack.destroy()


@pytest.fixture
def empty_stack(
    tmp_path: Path, environment: dict[str, str], settings: dict[str, Any], cluster: Kubectl
) -> Iterator[Stack]:
    """A stack that has made nothing; what a test makes with it is destroyed."""
    stack = Stack.make(tmp_path, environment, settings)
    yield stack
    if stack.resources():
        destroy(stack, cluster)


@pytest.fixture(scope="module")
def stack(
    tmp_path_factory: pytest.TempPathFactory,
    environment: dict[str, str],
    settings: dict[str, Any],
    cluster: Kubectl,
) -> Iterator[Stack]:
    """A stack that is up; tests leave it as they found it."""
    stack = Stack.make(tmp_path_factory.mktemp("stack"), environment, settings)
    stack.up()
    yield stack
    destroy(stack, cluster)
