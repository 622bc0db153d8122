"""What a reviewer reads of real previews, and what the drift command finds of changes by hand.

`REFRESH_COMMENTS=1` writes `comments/*.md` anew, which a person reads then.
"""

from __future__ import annotations

import base64
import json
import os
import re
from collections.abc import Iterator
from functools import partial
from pathlib import Path
from typing import Any

import pytest

from pull_request import drift, preview, secrecy
from pull_request.comment import of_drift, of_preview
from pull_request.headline import headline
from pull_request.preview import Options
from pull_request.report import Report
from sandbox import layout
from sandbox.database import Server
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.parts import Database
from tests.unit.nameserver import Zone, serving

COMMENTS = Path(__file__).parent / "comments"


@pytest.fixture(scope="module")
def zone(server: Server) -> Iterator[Zone]:
    """A nameserver whose answers a test may change."""
    with serving() as zone:
        zone.records[server.at.host] = [str(server.at.ipv4), str(server.at.ipv6)]
        yield zone


@pytest.fixture(scope="module")
def settings(server: Server, cluster: Kubectl, zone: Zone) -> dict[str, Any]:
    return {
        "host": server.at.host,
        "nameserver": f"{zone.nameserver.address}:{zone.nameserver.port}",
        "context": layout.CONTEXT,
        "namespace": cluster.namespace,
        "image": layout.RATINGS_MYSQL2_IMAGE,
        "destinationRules": True,
        "protect": False,
    }


@pytest.fixture(scope="module")
def before_it_is_up(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], settings: dict[str, Any]
) -> tuple[Stack, Report]:
    """A stack that has made nothing, and its preview."""
    stack = Stack.make(tmp_path_factory.mktemp("stack"), environment, settings)
    return stack, reviewed(stack)


@pytest.fixture(scope="module")
def stack(before_it_is_up: tuple[Stack, Report]) -> Iterator[Stack]:
    stack, _ = before_it_is_up
    stack.up()
    yield stack
    stack.destroy()


def reviewed(stack: Stack, *more: str, options: Options | None = None, **own: str) -> Report:
    """Preview a stack as the command does."""
    return preview.report_of(
        stack.name,
        options or Options(),
        *more,
        folder=stack.folder,
        environment={**stack.environment, **own},
    )


def comment(stack: Stack, report: Report) -> str:
    secrets = secrecy.of_environment(stack.environment)
    text = of_preview(report, partial(secrecy.hide, secrets=secrets))
    assert not secrecy.leaks(text, secrets)
    return text


def is_as_committed(name: str, stack: Stack, report: Report) -> bool:
    return as_committed(name, normalised(comment(stack, report), stack))


def as_committed(name: str, text: str) -> bool:
    """Compare a comment with the committed one, but for what is another in each run."""
    file = COMMENTS / f"{name}.md"
    if os.environ.get("REFRESH_COMMENTS"):
        COMMENTS.mkdir(exist_ok=True)
        file.write_text(text)
    assert text == file.read_text(), "look at it, and run it with REFRESH_COMMENTS=1"
    return True


_OF_EACH_RUN = {
    r"[0-9a-f]{8}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{4}-[0-9a-f]{12}": "UUID",
    r"reader-password-[0-9a-f]{8}\b": "reader-password-XXXXXXXX",
    r"ratings-v2-mysql-authority-[0-9a-f]{8}\b": "ratings-v2-mysql-authority-XXXXXXXX",
    r"127\.0\.0\.1:\d{4,5}\b": "127.0.0.1:PORT",
    r"\b\d{4}-\d\d-\d\dT\d\d:\d\d:\d\dZ": "TIME",
}


def _words(at: layout.DatabaseAt) -> tuple[str, ...]:
    return at.host, f"{at.ipv4}", f"{at.ipv6}"


def normalised(text: str, stack: Stack) -> str:
    text = text.replace(str(stack.folder), "/program")
    endpoint = stack.environment["MYSQL_ENDPOINT"]
    (at,) = (each for each in layout.TESTS_DATABASES if each.endpoint == endpoint)
    for of_run, committed in zip(_words(at), _words(layout.TESTS_DATABASE), strict=True):
        text = text.replace(of_run, committed)
    text = re.sub(r"\bengine-\d\b", "engine", text)
    for pattern, name in _OF_EACH_RUN.items():
        text = re.sub(pattern, name, text)
    # The engine's own words, in the order in which it happened to work.
    return re.sub(
        r"(<summary>What Pulumi printed</summary>\n\n)(`{3,})\n.*?\n\2\n",
        r"\1\2\n…\n\2\n",
        text,
        flags=re.DOTALL,
    )


def test_the_first_up(before_it_is_up: tuple[Stack, Report]) -> None:
    stack, report = before_it_is_up
    assert is_as_committed("first-up", stack, report)


def test_nothing_changes(stack: Stack) -> None:
    assert is_as_committed("nothing", stack, reviewed(stack))


def test_one_row(stack: Stack) -> None:
    stack.set(ratings={"1": 1})
    try:
        assert is_as_committed("one-row", stack, reviewed(stack))
    finally:
        stack.set(ratings=None)


def test_all_rows(stack: Stack) -> None:
    stack.set(ratings={"all": 1, "3": 2})
    try:
        assert is_as_committed("all-rows", stack, reviewed(stack))
    finally:
        stack.set(ratings=None)


def test_an_address_moves(stack: Stack, server: Server, zone: Zone) -> None:
    there = zone.records[server.at.host]
    zone.records[server.at.host] = [there[0], "fd00:198:18:53::99"]
    try:
        assert is_as_committed("address-moves", stack, reviewed(stack))
    finally:
        zone.records[server.at.host] = there


def test_a_rotation(stack: Stack) -> None:
    stack.set(rotation="2")
    try:
        assert is_as_committed("rotation", stack, reviewed(stack))
    finally:
        stack.set(rotation=None)


def test_what_a_policy_refuses(stack: Stack) -> None:
    pack = str(layout.CHECKOUT / "policy" / "pulumi-analyzer-external-mysql")
    stack.set(image=f"{layout.RATINGS_MYSQL2_IMAGE.partition(':')[0]}:latest")
    try:
        report = reviewed(stack, options=Options(policy_pack=pack))
        assert is_as_committed("policy", stack, report)
    finally:
        stack.set(image=layout.RATINGS_MYSQL2_IMAGE)


def test_a_right_that_somebody_granted(stack: Stack, database: Database) -> None:
    database("GRANT INSERT ON test.ratings TO bookinfo")
    try:
        report = reviewed(stack, options=Options(refresh=True))
        assert is_as_committed("widened-right", stack, report)
    finally:
        database("REVOKE INSERT ON test.ratings FROM bookinfo")


def test_everything_is_destroyed(stack: Stack) -> None:
    report = reviewed(stack, options=Options(destroy=True))
    assert is_as_committed("destroy", stack, report)


def test_a_database_that_does_not_answer(stack: Stack) -> None:
    report = reviewed(stack, MYSQL_ENDPOINT="127.0.0.1:1")
    assert is_as_committed("database-away", stack, report)


def test_the_command_writes_several_things_in_one_comment_and_no_password_is_in_it(
    stack: Stack, server: Server, zone: Zone, cluster: Kubectl, tmp_path: Path
) -> None:
    there = zone.records[server.at.host]
    zone.records[server.at.host] = ["198.18.53.99", there[1]]
    stack.set(ratings={"1": 1}, image=f"{layout.RATINGS_MYSQL2_IMAGE}-2", replicas=2)
    secret = cluster.get("secret", stack.outputs()["secret"])["data"]["password"]
    written = tmp_path / "comment.md"
    try:
        done = stack.module(
            "pull_request", "preview", f"--stack={stack.name}", f"--output={written}"
        )
    finally:
        stack.set(ratings=None, image=layout.RATINGS_MYSQL2_IMAGE, replicas=None)
        zone.records[server.at.host] = there
    assert (done.returncode, done.stdout, done.stderr) == (0, "", "")
    text = written.read_text()
    passwords = [base64.b64decode(secret).decode(), stack.environment["MYSQL_PASSWORD"]]
    assert not secrecy.leaks(text, passwords)
    assert as_committed("several-things", normalised(text, stack))


def by_hand(database: Database, cluster: Kubectl, secret: str) -> None:
    """Change each kind of thing that the stack has made."""
    database("UPDATE test.ratings SET Rating = 1 WHERE ReviewID = 1")
    database("DELETE FROM test.ratings WHERE ReviewID = 2")
    database("ALTER TABLE test.ratings MODIFY Rating BIGINT")
    database("GRANT UPDATE ON test.ratings TO bookinfo")
    database("ALTER USER bookinfo WITH MAX_USER_CONNECTIONS 100")  # its pods stay ready
    cluster("delete", "destinationrule", "ratings")
    cluster("delete", "virtualservice", "reviews")
    cluster("annotate", "secret", secret, "pulumi.com/patchForce-", "--overwrite")


def test_what_is_changed_by_hand_is_found_in_words_and_mended_by_the_next_up(
    stack: Stack, database: Database, cluster: Kubectl
) -> None:
    by_hand(database, cluster, stack.outputs()["secret"])
    answers = drift.answers(stack.name, stack.folder, stack.environment)
    reality, program = (headline(report) for _, report in answers)
    assert reality == (
        "1 rating was changed, 1 row is gone, 1 column was changed, 1 login was changed, "
        "1 right was added, 1 route is gone, 1 DestinationRule is gone, 1 Secret was changed. "
        "1 warning."
    )
    assert program == "Nothing changes."
    text = of_drift(stack.name, answers, lambda text: text)
    for line in (
        "| 1 | 5 | 1 |",
        "| 2 | 4 | no row |",
        "| column `Rating` | `int` | `bigint` |",
        "| `'bookinfo'@'%'` | `` UPDATE ON `test`.`ratings` `` | — | held |",
        "the subsets of `ratings` are unknown: routes to them lead nowhere",
        "requests to `reviews` go to any version",
    ):
        assert line in text

    stack.up("--refresh")
    again = drift.answers(stack.name, stack.folder, stack.environment)
    assert [headline(report) for _, report in again] == [
        "Nothing was changed by hand.",
        "Nothing changes.",
    ], of_drift(stack.name, again, lambda text: text)


def test_an_address_that_another_field_manager_added_is_counted_and_taken_away(
    stack: Stack, cluster: Kubectl
) -> None:
    entry, patch = ("serviceentry", "mysql-external"), ("--type=json", "--patch")
    there = cluster.get(*entry)["spec"]["addresses"]
    added = {"op": "add", "path": "/spec/addresses/-", "value": "198.51.100.9/32"}
    cluster("patch", *entry, *patch, json.dumps([added]))

    def found() -> str:
        (_, report), _ = drift.answers(stack.name, stack.folder, stack.environment)
        return headline(report)

    assert found() == "1 address was added."
    stack.run("refresh", "--yes", "--skip-preview")  # the state has it by now, and all the same
    assert found() == "1 address was added."
    assert "spec.addresses was set by kubectl-patch; it is put right" in stack.up("--refresh").text
    assert cluster.get(*entry)["spec"]["addresses"] == there
    assert found() == "Nothing was changed by hand."
