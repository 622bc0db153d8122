"""A password is changed, and nobody who counts on it notices."""

from __future__ import annotations

import re
import subprocess

import pymysql
import pytest

from demo.load import load, no_rating, node_port
from mysql.generations import generation_of
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database

SOME = 200
"""Requests that are sent at least."""


def accounts(database: Database) -> set[str]:
    """The generations of the reader that there are."""
    return {user for user in database.accounts() if generation_of("bookinfo", user)}


def password_of(cluster: Kubectl, stack: Stack) -> str:
    name = stack.outputs()["secret"]
    return cluster("get", "secret", name, "--output=go-template={{.data.password|base64decode}}")


def test_a_rotation_under_load_fails_no_request_and_leaves_one_account(
    stack: Stack, cluster: Kubectl, database: Database
) -> None:
    (before,) = accounts(database)
    stack.set(rotation="2")
    preview = stack.preview().text
    assert f"'{before}'@'%' gets a successor" in preview
    assert "it is dropped once no pod is left that uses it" in preview
    with node_port(cluster) as address, load(address, no_rating) as seen:
        seen.reaches(SOME)
        stack.up()
        seen.reaches(seen.sent + SOME)
    assert str(seen) == f"0 of {seen.sent} failed"
    (after,) = accounts(database)
    assert after != before
    stack.up("--refresh", "--expect-no-changes")


def test_the_account_before_is_kept_until_the_next_rotation(
    stack: Stack, database: Database
) -> None:
    (before,) = accounts(database)
    stack.set(rotation="3", previousAccount="keep")
    assert "it is kept until the next rotation" in stack.preview().text
    stack.up()
    (current,) = accounts(database) - {before}
    assert before in accounts(database)
    stack.set(rotation="4", previousAccount="keep")
    stack.up()
    assert before not in accounts(database)
    assert current in accounts(database)
    stack.set(previousAccount="drop")
    stack.up()
    assert current not in accounts(database)
    assert len(accounts(database)) == 1


def test_an_account_whose_password_leaked_is_cut_at_once_with_its_sessions(
    stack: Stack, cluster: Kubectl, database: Database
) -> None:
    (before,) = accounts(database)
    with database.connect_as(before, password_of(cluster, stack)) as thief:
        stack.set(rotation="5", previousAccount="cut")
        assert "it is dropped at once" in stack.preview().text
        stack.up()
        assert before not in accounts(database)
        with pytest.raises(pymysql.MySQLError):
            thief.ping(reconnect=False)


def test_a_session_of_an_account_of_others_by_the_same_name_goes_on(
    stack: Stack, database: Database
) -> None:
    (before,) = accounts(database)
    theirs = f"'{before}'@'localhost'"
    database(f"CREATE USER {theirs} IDENTIFIED BY 'of others'")
    try:
        socket = str(database.server.folder / "mysqld.sock")
        with pymysql.connect(unix_socket=socket, user=before, password="of others") as session:
            stack.set(rotation="6", previousAccount="cut")
            assert f"end those that are not of {theirs} with KILL" in stack.up().text
            session.ping(reconnect=False)
        assert len(accounts(database)) == 2
    finally:
        database(f"DROP USER {theirs}")


def test_one_that_stands_is_not_made_twice_and_what_is_said_makes_another(
    stack: Stack, database: Database
) -> None:
    (before,) = accounts(database)
    said = "\n".join(stack.up("--replace", "**reader-user**", ok=False).errors)
    (command,) = set(re.findall(r"for another one, `(.+?)`", said))
    subprocess.run(["bash", "-c", command], cwd=stack.folder, env=stack.environment, check=True)
    stack.up()
    assert len(accounts(database)) == 1
    assert before not in accounts(database)
