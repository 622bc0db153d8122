"""A first update that fails in its middle: what stands then, and how it is gone on with."""

from __future__ import annotations

from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database

KINDS = ("serviceentries", "secrets", "deployments", "virtualservices")


def made(cluster: Kubectl) -> list[str]:
    """Give the kinds of which something stands in the namespace."""
    return [kind for kind in KINDS if cluster.names(kind)]


def readers(database: Database) -> list[str]:
    """Give the host parts of the accounts that a stack may have made."""
    return [host for (host,) in database("SELECT Host FROM mysql.user WHERE User LIKE 'book%'")]


def test_a_proof_that_fails_gives_nobody_a_password_and_is_gone_on_with(
    empty_stack: Stack, database: Database, cluster: Kubectl
) -> None:
    empty_stack.set(readerHost="10.0.%")  # from where nobody proves anything
    run = empty_stack.up(ok=False)
    assert any("set proof to false" in error for error in run.errors)
    assert set(made(cluster)) <= {"serviceentries"}

    empty_stack.set(readerHost=None)
    empty_stack.up("--parallel", "1")
    assert made(cluster) == list(KINDS)
    assert readers(database) == ["%"]


def test_after_a_proof_that_failed_destroy_leaves_nothing(
    empty_stack: Stack, database: Database, cluster: Kubectl
) -> None:
    empty_stack.set(readerHost="10.0.%")
    empty_stack.up("--parallel", "1", ok=False)
    empty_stack.run("destroy", "--yes", "--parallel", "1")
    assert made(cluster) == []
    assert readers(database) == []
    assert "test" not in database.schemas()


def test_a_database_that_somebody_makes_meanwhile_stays_theirs_and_the_user_made_beside_it_goes(
    empty_stack: Stack, database: Database
) -> None:
    empty_stack.up("--exclude=**MysqlDatabase**", "--exclude-dependents")
    assert readers(database) == ["%"]
    database("CREATE DATABASE test")
    try:
        run = empty_stack.up(ok=False)
        assert any("the database test exists already" in error for error in run.errors)
        empty_stack.destroy()
        assert readers(database) == []
        assert empty_stack.resources() == []
        assert "test" in database.schemas()
    finally:
        database("DROP DATABASE test")
