"""The provider's program, as the engine finds it through `plugins` in Pulumi.yaml."""

from __future__ import annotations

import os
import subprocess
import sys
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path
from typing import Any

import grpc
import pytest
import yaml
from google.protobuf import empty_pb2
from pulumi.runtime.proto import provider_pb2, provider_pb2_grpc

from provider import NAME, VERSION, sdk
from provider.protocol.values import from_wire, to_wire
from tests.unit.interpreter import REPOSITORY, python

ENDED_IN = 10
ADMIN = {"endpoint": "mysql.example.com:3306", "username": "admin", "password": "s3cret"}


def program() -> Path:
    """Find it the way the engine does."""
    declared: dict[str, Any] = yaml.safe_load((REPOSITORY / "Pulumi.yaml").read_text())
    (plugin,) = declared["plugins"]["providers"]
    assert plugin["name"] == NAME
    return REPOSITORY / str(plugin["path"]) / f"pulumi-resource-{NAME}"


@contextmanager
def started(folder: Path) -> Iterator[subprocess.Popen[bytes]]:
    """Start it elsewhere, with the interpreter of these tests first on PATH."""
    path = f"{Path(sys.executable).parent}{os.pathsep}{os.environ['PATH']}"
    process = subprocess.Popen(
        [program(), "127.0.0.1:1"],
        cwd=folder,
        env={"PATH": path},
        stdin=subprocess.PIPE,
        stdout=subprocess.PIPE,
    )
    with process:
        yield process
        if process.poll() is None:
            process.kill()


def test_it_says_its_port_answers_and_ends_with_the_engine(tmp_path: Path) -> None:
    with started(tmp_path) as process:
        assert process.stdin
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            assert provider.GetPluginInfo(empty_pb2.Empty()).version == VERSION
            checked = provider.CheckConfig(provider_pb2.CheckRequest(news=to_wire(ADMIN)))
            assert from_wire(checked.inputs) == {**ADMIN, "tls": "true"}
        process.stdin.close()
        assert process.wait(ENDED_IN) == 0


@pytest.mark.parametrize("kind", ["Server", "Schema", "RatingsTable", "Account", "Rights", "Proof"])
def test_it_knows_each_resource_that_a_program_can_declare(tmp_path: Path, kind: str) -> None:
    assert hasattr(sdk, kind)
    urn = f"urn:pulumi:dev::p::{NAME}:index:{kind}::it"
    with started(tmp_path) as process:
        assert process.stdin
        assert process.stdout
        port = int(process.stdout.readline())
        with grpc.insecure_channel(f"127.0.0.1:{port}") as channel:
            provider = provider_pb2_grpc.ResourceProviderStub(channel)
            provider.Configure(provider_pb2.ConfigureRequest(args=to_wire(ADMIN)))
            checked = provider.Check(provider_pb2.CheckRequest(urn=urn, news=to_wire({"odd": 1})))
            failures = {failure.property for failure in checked.failures}
        process.stdin.close()
    declared = set(getattr(sdk, f"{kind}Args").__annotations__)
    assert failures == {"odd", *declared}


SLOW = {"dns.resolver", "kubernetes.config", "pymysql.connections", "urllib3", "yaml.loader"}
STARTED = """
import sys
from late import enter_as_bare_folder
for package in ("pulumi", "pulumi.runtime"):
    enter_as_bare_folder(package)
import provider.plugin
"""


def test_it_loads_no_client_of_a_server_before_it_asks_one() -> None:
    loaded = set(python(f"{STARTED}print(*sys.modules)").split())
    assert "provider.plugin" in loaded
    assert not SLOW & loaded


def test_what_is_put_off_is_loaded_once_it_is_used_and_is_the_same_for_all() -> None:
    used = """
import pymysql
from pymysql.err import OperationalError
assert issubclass(pymysql.OperationalError, pymysql.MySQLError)
assert pymysql.OperationalError is OperationalError
try:
    pymysql.nothing
except AttributeError as error:
    print(error)
"""
    assert python(STARTED + used) == "module 'pymysql' has no attribute 'nothing'\n"
