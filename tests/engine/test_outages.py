"""Parts that are away: the way out is closed all the same, and what can be taken away goes.

All commands in all outages are `python -m bench.faults outages`.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager

import pymysql
import pytest

from cluster.mark import OWNER
from demo.watch import eventually
from sandbox.kubectl import Kubectl
from sandbox.layout import HERE
from sandbox.processes import Supervisor
from sandbox.stack import Stack
from tests.engine.parts import Database, only, told

OURS = ("deployments", "secrets", "serviceentries", "destinationrules", "virtualservices")
ENTRY, DEPLOYMENT = "mysql-external", "deployment/ratings-v2-mysql"
UNUSED = "198.18.53.99"
TOO_SMALL = {
    "apiVersion": "v1",
    "kind": "LimitRange",
    "metadata": {"name": "too-small"},
    "spec": {"limits": [{"type": "Container", "max": {"cpu": "1m"}}]},
}


def answers(database: Database) -> bool:
    try:
        database.accounts()
    except pymysql.MySQLError:
        return False
    return True


@contextmanager
def stopped(database: Database) -> Iterator[None]:
    """Have no MySQL meanwhile."""
    supervisor, name = Supervisor(HERE), database.server.at.name
    supervisor.stop(name)
    try:
        yield
    finally:
        supervisor.start(name)
        eventually(lambda: answers(database), bool, "MySQL answers")


def one_line(said: list[str]) -> str:
    """Give what was said, in one line."""
    line = only(said)
    assert "\n" not in line
    return line


@pytest.fixture
def broken(stack: Stack, cluster: Kubectl, database: Database) -> Iterator[list[str]]:
    """Have the pods refused, the Deployment taken over by somebody, and neither MySQL nor DNS."""
    owner = cluster.get("deployment")["items"][0]["metadata"]["annotations"][OWNER]
    stack.set(nameserver=UNUSED)
    cluster.apply(TOO_SMALL)
    cluster("annotate", DEPLOYMENT, f"{OWNER}-")
    with stopped(database):
        yield []
    cluster("annotate", DEPLOYMENT, f"{OWNER}={owner}")
    cluster("delete", "limitrange", "too-small")


@pytest.mark.usefixtures("broken")
def test_whatever_is_broken_the_way_out_is_closed_first(stack: Stack, cluster: Kubectl) -> None:
    assert cluster.names("serviceentries") == {ENTRY}
    stack.set(egress="off")
    run = stack.up(ok=False)
    assert cluster.names("serviceentries") == set()
    line = one_line(told(run, "the way out is closed, and"))
    assert f"namespace: {cluster.namespace} would not take the pods" in line


def test_once_that_is_mended_it_is_opened_again_though_the_cut_never_ended(
    stack: Stack, cluster: Kubectl, settings: dict[str, str]
) -> None:
    stack.set(egress=None, nameserver=settings["nameserver"])
    stack.up()
    assert cluster.names("serviceentries") == {ENTRY}
    stack.up("--refresh", "--expect-no-changes")


def test_without_mysql_a_refresh_by_the_program_says_so_before_pulumi_mysql_waits_for_it(
    stack: Stack, database: Database
) -> None:
    with stopped(database):
        run = stack.preview("--refresh", "--run-program", ok=False)
    line = one_line(told(run))
    assert line.startswith(f"no MySQL server answers at {database.server.at.endpoint}: ")


def test_without_mysql_what_is_in_the_cluster_goes_and_the_next_destroy_takes_the_rest(
    stack: Stack, cluster: Kubectl, database: Database
) -> None:
    with stopped(database):
        run = stack.run("destroy", "--yes", ok=False)
    assert {kind: cluster.names(kind) for kind in OURS} == {kind: set() for kind in OURS}
    assert "bookinfo" in database.accounts()
    line = one_line(told(run))
    assert line.startswith(f"no MySQL server answers at {database.server.at.endpoint}: ")
    assert line.endswith(
        "; until then reader-account stays, and all behind it: the same command goes on from there"
    )
    stack.destroy()
    assert "bookinfo" not in database.accounts()
    assert "test" not in database.schemas()
