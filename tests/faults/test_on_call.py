"""Each task of `docs/on-call.md`, by the very commands that stand there."""

from __future__ import annotations

import re
import subprocess
from collections.abc import Iterator

import pytest

from demo.watch import eventually
from mysql.generations import generation_of
from sandbox import layout
from sandbox.dns import Nameserver, unanswered
from sandbox.kubectl import Kubectl
from sandbox.layout import CHECKOUT
from sandbox.stack import Stack
from tests.engine.parts import Database

PAGE = (CHECKOUT / "docs" / "on-call.md").read_text()
TASKS: dict[str, list[str]] = {
    section.partition("\n")[0]: re.findall(r"```bash\n(.*?)```", section, re.DOTALL)
    for section in PAGE.split("\n## ")[1:]
}
TRIED = {
    "A password is due",
    "A password leaked",
    "The database has to be out of reach, now",
    "The database moves",
    "Something of that name is there already",
    "The state is lost, or older than what stands",
    "Somebody changed something by hand",
    "A run was killed",
}


def do(stack: Stack, commands: str) -> str:
    """Run what stands on the page; gives what was printed."""
    done = subprocess.run(
        ["bash", "-euo", "pipefail", "-c", commands],
        cwd=stack.folder,
        env={
            **stack.environment,
            "PULUMI_STACK": stack.name,
            "PULUMI_SKIP_CONFIRMATIONS": "true",
            "PYTHONPATH": str(CHECKOUT),
        },
        stdin=subprocess.DEVNULL,
        capture_output=True,
        text=True,
        check=False,
    )
    assert done.returncode == 0, done.stdout + done.stderr
    return done.stdout


@pytest.fixture(autouse=True)
def _settings_as_they_were(stack: Stack) -> Iterator[None]:
    """The next test's own commands bring the stack to where they begin."""
    file = stack.folder / f"Pulumi.{stack.name}.yaml"
    before = file.read_text()
    yield
    file.write_text(before)


def test_every_task_on_the_page_is_tried_here() -> None:
    # What to do while a part is away is tried in tests/engine/test_outages.py.
    assert {task for task, commands in TASKS.items() if commands} == TRIED


def test_a_password_that_is_due(stack: Stack, database: Database) -> None:
    (commands,) = TASKS["A password is due"]
    assert "'bookinfo'@'%' gets a successor" in do(stack, commands)
    assert "bookinfo" not in database.accounts()


def test_a_password_that_leaked(stack: Stack, database: Database) -> None:
    before = database.accounts()
    (commands,) = TASKS["A password leaked"]
    do(stack, commands)
    (gone,) = before - database.accounts()
    assert gone.startswith("bookinfo")


def test_the_way_is_closed_and_opened_again(stack: Stack, cluster: Kubectl) -> None:
    off, on = TASKS["The database has to be out of reach, now"]
    do(stack, off)
    assert cluster.names("serviceentries") == set()
    do(stack, on)
    assert len(cluster.names("serviceentries")) == 1


@pytest.fixture
def another_name() -> Iterator[str]:
    """Another name of the tests' server, which pods know too."""
    nameserver = Nameserver(layout.HERE, {})
    name = f"mysql-2.{layout.DNS_ZONE}"
    nameserver.publish([f"mysql-2 IN CNAME {layout.TESTS_DATABASE.name}"])
    eventually(
        lambda: unanswered(layout.HOST_V4, name, "A"), lambda problem: not problem, f"{name} in DNS"
    )
    yield name
    nameserver.publish()


def test_the_database_moves(stack: Stack, cluster: Kubectl, another_name: str) -> None:
    (before,) = cluster.names("serviceentries")
    (commands,) = TASKS["The database moves"]
    do(stack, commands.replace("mysql-2.example.com", another_name))
    (entry,) = cluster.get("serviceentries")["items"]
    assert entry["metadata"]["name"] != before
    assert entry["spec"]["hosts"] == [another_name]
    assert stack.outputs()["ratings"] == {"1": 5, "2": 4}


def test_what_is_there_already_is_taken_over_and_given_back(stack: Stack, cluster: Kubectl) -> None:
    stack.set(routing=False)
    stack.up()
    route = {"destination": {"host": "ratings", "subset": "v1"}}
    theirs = {"hosts": ["ratings"], "http": [{"route": [route]}]}
    cluster.apply(
        {
            "apiVersion": "networking.istio.io/v1",
            "kind": "VirtualService",
            "metadata": {"name": "ratings"},
            "spec": theirs,
        }
    )
    stack.set(routing=None)
    (refusal,) = {line for line in stack.up(ok=False).errors if "VirtualService/ratings" in line}
    assert "external-mysql:adopt" in refusal
    (commands,) = TASKS["Something of that name is there already"]
    do(stack, commands)
    assert cluster.get("virtualservice", "ratings")["spec"] != theirs
    stack.set(routing=False)
    stack.up()
    assert cluster.get("virtualservice", "ratings")["spec"] == theirs
    cluster("delete", "virtualservice", "ratings")


def test_an_older_state_is_put_back(stack: Stack, database: Database) -> None:
    (commands,) = TASKS["The state is lost, or older than what stands"]
    export, *rest = commands.splitlines()
    do(stack, export)
    stack.set(rotation="since")
    stack.up()
    since = database.accounts()
    do(stack, "\n".join(rest))
    stack.up("--refresh", "--expect-no-changes")
    (unknown,) = {user for user in since if generation_of("bookinfo", user)}
    assert unknown in database.accounts()
    database(f"DROP USER {unknown}")  # nobody else will
    assert database.rows() == {1: 5, 2: 4}


def test_what_somebody_changed_is_named_and_put_right(stack: Stack, database: Database) -> None:
    database("UPDATE test.ratings SET Rating = 2 WHERE ReviewID = 1")
    (commands,) = TASKS["Somebody changed something by hand"]
    assert "ReviewID 1: 2 -> 5" in do(stack, commands)
    assert database.rows() == {1: 5, 2: 4}


def test_a_run_that_was_killed(stack: Stack) -> None:
    lock = stack.folder / ".pulumi" / "locks" / "organization" / "external-mysql" / stack.name
    lock.mkdir(parents=True, exist_ok=True)
    ended = subprocess.Popen(["true"])
    ended.wait()
    host = subprocess.run(["hostname"], capture_output=True, text=True, check=True).stdout.strip()
    (lock / "5d3b0b43-4e5f-4f0a-8d6f-6a35e1b3a1c7.json").write_text(
        f'{{"pid":{ended.pid},"username":"root","hostname":"{host}",'
        '"timestamp":"2026-11-29T08:00:00.000000000Z"}'
    )
    (commands,) = TASKS["A run was killed"]
    assert "removed the lock" in do(stack, commands)
