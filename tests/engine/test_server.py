"""The server that is meant, and no other, whatever its names."""

from __future__ import annotations

from collections.abc import Iterator

import pytest

from mysql.account import Account
from provider.admin_rights import grants
from sandbox import layout
from sandbox.database import Server
from sandbox.stack import Stack
from tests.engine.parts import Database


@pytest.fixture(scope="module")
def another(server: Server, environment: dict[str, str]) -> Iterator[Server]:
    """The sandbox's own database, another server, where the admin is known too."""
    another = Server(layout.DATABASE, server.paths, server.tree)
    there, deployer = Database(another), Account(environment["MYSQL_USERNAME"])
    there(f"CREATE USER {deployer} IDENTIFIED BY '{environment['MYSQL_PASSWORD']}' REQUIRE SSL")
    for statement in grants(deployer, "test", "9").values():
        there(statement)
    yield another
    there(f"DROP USER {deployer}")


def test_another_server_behind_the_endpoint_is_refused_before_anything_changes(
    stack: Stack, another: Server, database: Database
) -> None:
    for run in (stack.preview, stack.up):
        moved = run(ok=False, MYSQL_ENDPOINT=another.at.endpoint)
        (error,) = [each for each in moved.errors if "mysql:endpoint" in each]
        assert f"{another.at.endpoint} is the MySQL server " in error
        assert "and this stack stands on " in error
    assert database.rows() == {1: 5, 2: 4}
    stack.up()
    stack.up("--refresh", "--expect-no-changes")


def test_destroy_leaves_another_server_behind_the_endpoint_alone(
    stack: Stack, another: Server, database: Database
) -> None:
    run = stack.run(
        "destroy", "--yes", "--run-program", ok=False, MYSQL_ENDPOINT=another.at.endpoint
    )
    assert any("is the MySQL server " in each for each in run.errors)
    assert database.rows() == {1: 5, 2: 4}
    stack.up()


def test_a_host_that_is_another_server_than_the_admins_is_refused(
    stack: Stack, another: Server, server: Server
) -> None:
    stack.set(host=another.at.host)
    (error,) = [each for each in stack.preview(ok=False).errors if "host: " in each]
    assert f"{another.at.host} ({another.at.ipv4}) is the MySQL server " in error
    stack.set(readReplica=True)
    stack.preview()
    stack.set(host=server.at.host, readReplica=None)


def test_the_same_server_under_another_name_is_no_other_one(stack: Stack, server: Server) -> None:
    run = stack.up(MYSQL_ENDPOINT=f"[{server.at.ipv6}]:{server.at.port}")
    assert set(run.counts) == {"same", "update"}
    stack.up()
