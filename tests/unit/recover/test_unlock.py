"""A lock goes when the run that wrote it has ended, and only then."""

from __future__ import annotations

import json
import os
import socket
import subprocess
import sys
from datetime import UTC, datetime, timedelta
from pathlib import Path

import pytest

from recover.attributes import restore
from recover.engine import Target
from recover.lock import Lock
from recover.problem import RecoverProblem
from recover.store import Bucket, Folder, store
from recover.unlock import judge, unlock

HERE = socket.gethostname()
DEV = Target("file://unused", "project", "dev")
LOCKS = ".pulumi/locks/organization/project/dev"


def content(pid: int, host: str = HERE, since: datetime | None = None) -> bytes:
    """Write a lock as the engine does."""
    at = since or datetime.now(UTC)
    return json.dumps(
        {"pid": pid, "username": "root", "hostname": host, "timestamp": at.isoformat()}
    ).encode()


@pytest.fixture
def ended() -> int:
    """A process that has ended."""
    done = subprocess.Popen([sys.executable, "-c", ""])
    done.wait()
    return done.pid


@pytest.fixture
def folder(tmp_path: Path) -> Folder:
    (tmp_path / LOCKS).mkdir(parents=True)
    return Folder(tmp_path)


def put(folder: Folder, name: str, lock: bytes) -> Path:
    file = folder.root / LOCKS / f"{name}.json"
    file.write_bytes(lock)
    return file


def test_a_lock_of_an_ended_run_is_removed_and_named(folder: Folder, ended: int) -> None:
    file = put(folder, "a", content(ended))
    (said,) = unlock(DEV, folder, None)
    assert said.startswith(f"removed the lock of root@{HERE}, process {ended}, since ")
    assert said.endswith(", which has ended")
    assert not file.exists()


def test_a_lock_of_a_run_that_goes_on_stays_and_is_named(folder: Folder) -> None:
    file = put(folder, "a", content(os.getpid()))
    with pytest.raises(RecoverProblem, match=r"still runs; .* --even"):
        unlock(DEV, folder, None)
    assert file.exists()


def test_a_lock_of_another_machine_stays_until_it_is_named(folder: Folder, ended: int) -> None:
    file = put(folder, "a", content(ended, "runner-7"))
    with pytest.raises(RecoverProblem, match=f"another machine.*--even {ended}@runner-7"):
        unlock(DEV, folder, None)
    assert file.exists()
    (said,) = unlock(DEV, folder, f"{ended}@runner-7")
    assert "named by --even" in said
    assert not file.exists()


def test_of_two_locks_the_stale_one_goes_and_the_other_stays(folder: Folder, ended: int) -> None:
    stale, live = put(folder, "a", content(ended)), put(folder, "b", content(os.getpid()))
    with pytest.raises(RecoverProblem) as stays:
        unlock(DEV, folder, None)
    removed, kept = str(stays.value).splitlines()
    assert removed.startswith("removed the lock of ")
    assert "which still runs" in kept
    assert (stale.exists(), live.exists()) == (False, True)


def test_a_lock_that_is_named_and_not_there_is_said(folder: Folder, ended: int) -> None:
    file = put(folder, "a", content(ended))
    with pytest.raises(RecoverProblem, match=f"no such lock of dev; of: {ended}@{HERE}"):
        unlock(DEV, folder, "1@runner-7")
    assert file.exists()


def test_a_stack_without_a_lock_is_said(folder: Folder) -> None:
    assert unlock(DEV, folder, None) == ["the stack dev is not locked"]


def test_locks_of_other_stacks_are_left_alone(folder: Folder, ended: int) -> None:
    file = put(folder, "a", content(ended))
    assert unlock(Target("", "project", "prod"), folder, None) == ["the stack prod is not locked"]
    assert file.exists()


def test_a_file_that_is_no_lock_is_named_and_stays(folder: Folder) -> None:
    for text in (b"{}", b"[]", b"no JSON", b'{"timestamp": 5}'):
        file = put(folder, "a", text)
        with pytest.raises(RecoverProblem, match=r"a\.json is no lock as Pulumi writes it"):
            unlock(DEV, folder, None)
        assert file.exists()


def test_a_process_that_began_after_the_lock_is_another_one() -> None:
    before = datetime.now(UTC) - timedelta(days=1)
    assert not Lock.model_validate_json(content(os.getpid(), since=before)).runs()
    assert Lock.model_validate_json(content(os.getpid())).runs()


def test_a_time_is_read_as_go_writes_it() -> None:
    lock = json.loads(content(1))
    for text, microsecond in (
        ("2026-11-29T07:00:00.123456789Z", 123456),
        ("2026-11-29T07:00:00.5+01:00", 500000),
        ("2026-11-29T07:00:00Z", 0),
    ):
        read = Lock.model_validate_json(json.dumps({**lock, "timestamp": text}))
        assert read.timestamp.microsecond == microsecond


@pytest.mark.parametrize("host", [HERE, "runner-7"])
@pytest.mark.parametrize("runs", [True, False])
@pytest.mark.parametrize("even", [None, "1@runner-7"])
def test_the_whole_table_of_verdicts(host: str, runs: bool, even: str | None) -> None:  # noqa: FBT001
    lock = Lock(pid=1, username="root", hostname=host, timestamp=datetime.now(UTC))
    named = even == lock.owner
    verdict = judge(lock, HERE, lambda _: runs, even)
    assert verdict.stale == (named or (host == HERE and not runs))


# --- where locks are


def test_a_folder_is_found_as_the_engine_finds_it(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setenv("HOME", "/home/somebody")
    assert store("file:///state?no_tmp_dir=true") == Folder(Path("/state"))
    assert store("file://~") == Folder(Path("/home/somebody"))
    assert store("file://~/state") == Folder(Path("/home/somebody/state"))
    assert store("file://state") == Folder(tmp_path / "state")


def test_a_bucket_is_found_as_the_engine_finds_it(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("AWS_ACCESS_KEY_ID", "tests")
    monkeypatch.setenv("AWS_SECRET_ACCESS_KEY", "s3cret")
    found = store(
        "s3://bucket/some/prefix?endpoint=localhost:7070&disableSSL=true"
        "&s3ForcePathStyle=true&region=eu-central-1"
    )
    assert isinstance(found, Bucket)
    assert (found.name, found.prefix) == ("bucket", "some/prefix/")
    asked = found.client.get_presigned_url("GET", found.name, "file")
    assert asked.startswith("http://localhost:7070/bucket/file?")
    assert "%2Feu-central-1%2Fs3%2F" in asked
    secure = store("s3://bucket?endpoint=localhost:7070&region=eu-central-1")
    assert isinstance(secure, Bucket)
    asked = secure.client.get_presigned_url("GET", secure.name, "file")
    assert asked.startswith("https://localhost:7070/bucket/file?")
    assert secure.prefix == ""


@pytest.mark.parametrize("url", ["gs://bucket", "azblob://container", "https://api.pulumi.com"])
def test_another_kind_of_backend_is_refused_with_what_to_do(url: str) -> None:
    with pytest.raises(RecoverProblem, match=f"{url}: its locks cannot be .*pulumi cancel"):
        store(url)


def test_attributes_that_were_cut_off_go_and_those_of_other_stacks_stay(folder: Folder) -> None:
    states = folder.root / ".pulumi/stacks/project"
    states.mkdir(parents=True)
    empty = ("dev.json.attrs", "dev.json.bak.attrs", "dev-2.json.attrs", "prod.json.attrs")
    for name in ("dev.json", *empty):
        (states / name).touch()
    (states / "dev.json.gz.attrs").write_text("{}")
    assert restore(DEV, folder) == [
        f"removed .pulumi/stacks/project/{name}, which was cut off as it was written; the state is "
        "whole"
        for name in empty[:2]
    ]
    left = {"dev.json", "dev.json.gz.attrs", *empty[2:]}
    assert {file.name for file in states.iterdir()} == left
    assert restore(DEV, folder) == []
