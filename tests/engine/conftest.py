"""The sandbox's real parts: an API server and a MySQL server of the tests' own, the real CLI."""

from __future__ import annotations

import secrets
import subprocess
import sys
from collections.abc import Iterator
from pathlib import Path
from typing import Any

import pytest

from sandbox import layout
from sandbox.database import ADMIN, Server, fresh_server
from tests.engine.parts import Cluster, Database
from tests.engine.pulumi_cli import Stack, plain_environment


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
