"""The passwords are in clear nowhere: state, output, logs, process arguments, other objects."""

from __future__ import annotations

import base64
import threading
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from sandbox import layout
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack


@contextmanager
def watching_arguments() -> Iterator[set[bytes]]:
    """Collect the arguments of every process that is seen meanwhile."""
    seen: set[bytes] = set()
    stop = threading.Event()

    def watch() -> None:
        while not stop.is_set():
            for arguments in Path("/proc").glob("[0-9]*/cmdline"):
                try:
                    seen.add(arguments.read_bytes())
                except (FileNotFoundError, ProcessLookupError):
                    continue

    watcher = threading.Thread(target=watch)
    watcher.start()
    try:
        yield seen
    finally:
        stop.set()
        watcher.join()


@pytest.fixture(scope="module")
def arguments(stack: Stack) -> set[bytes]:
    """Arguments of all processes while the stack comes up from nothing."""
    stack.destroy()
    with watching_arguments() as seen:
        stack.up()
    return seen


@pytest.fixture
def reader_password(stack: Stack, arguments: set[bytes], cluster: Kubectl) -> str:
    secret = cluster.get("secret", stack.outputs()["secret"])
    return base64.b64decode(secret["data"]["password"]).decode()


@pytest.fixture
def passwords(reader_password: str, environment: dict[str, str]) -> list[bytes]:
    """Both passwords, as they are and as base64."""
    plain = [reader_password.encode(), environment["MYSQL_PASSWORD"].encode()]
    return [*plain, *map(base64.b64encode, plain)]


def leaks(text: bytes, passwords: list[bytes]) -> bool:
    return any(password in text for password in passwords)


def test_the_scan_finds_a_password_where_one_is(passwords: list[bytes]) -> None:
    assert leaks(b"<" + passwords[0] + b">", passwords)


def test_no_password_is_in_the_state(stack: Stack, passwords: list[bytes]) -> None:
    files = [file for file in (stack.folder / ".pulumi").rglob("*") if file.is_file()]
    assert files
    for file in files:
        assert not leaks(file.read_bytes(), passwords), file.name


def test_no_password_is_in_what_the_cli_prints(stack: Stack, passwords: list[bytes]) -> None:
    stack.preview("--diff", "--show-config")
    stack.run("refresh", "--yes", "--diff")
    stack.run("stack", "--show-urns", "--show-ids")
    assert not leaks("".join(stack.transcript).encode(), passwords)


def test_no_password_is_in_a_process_argument(
    arguments: set[bytes], passwords: list[bytes]
) -> None:
    assert any(b"pulumi" in seen for seen in arguments)
    assert not any(leaks(seen, passwords) for seen in arguments)


def test_no_password_is_in_a_log(passwords: list[bytes]) -> None:
    logs = [file for file in layout.HERE.logs.rglob("*") if file.is_file()]
    assert logs
    for log in logs:
        assert not leaks(log.read_bytes(), passwords), log.name


def test_no_password_is_in_an_object_but_the_secret(
    cluster: Kubectl, passwords: list[bytes]
) -> None:
    kinds = cluster("api-resources", "--verbs=list", "--output=name").split()
    others = ",".join(kind for kind in kinds if kind != "secrets")
    assert "deployments.apps" in others
    assert not leaks(
        cluster("get", others, "--all-namespaces", "--output=json").encode(), passwords
    )
