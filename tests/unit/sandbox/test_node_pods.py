"""What a pod on this node is given: an image, an address, files, a log."""

from __future__ import annotations

import asyncio
from datetime import UTC, datetime
from ipaddress import IPv4Address, IPv4Network
from pathlib import Path
from typing import Any

import pytest
from lightkube.models.core_v1 import (
    ConfigMapVolumeSource,
    EmptyDirVolumeSource,
    HostAlias,
    HostPathVolumeSource,
    KeyToPath,
    PodDNSConfig,
    PodSpec,
    Volume,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from sandbox.node import logs
from sandbox.node.addresses import Addresses
from sandbox.node.errors import ContainerConfigError, VolumeError
from sandbox.node.identity import identity
from sandbox.node.process import Plan, exit_code
from sandbox.node.projections import parts
from sandbox.node.resolver import hosts, resolv_conf
from sandbox.node.security import Privileges
from sandbox.node.server import selection
from sandbox.node.volumes import chosen


def pod(**spec: Any) -> Pod:
    meta = ObjectMeta(name="web", namespace="shop", uid="12345678-90ab")
    return Pod(metadata=meta, spec=PodSpec(containers=[], **spec))


# --- names and addresses


def test_a_pod_is_known_by_its_uid() -> None:
    assert identity(pod()).network_namespace.endswith("pod-12345678")
    assert identity(pod()).full_name == "web_shop(12345678-90ab)"


def test_an_address_stays_with_its_pod_and_rests_after_it() -> None:
    given = Addresses(IPv4Network("10.0.0.0/29"), {IPv4Address("10.0.0.1")})
    first = given.take("a")
    assert given.take("a") == first == IPv4Address("10.0.0.2")
    given.give_back("a")
    assert given.take("b") == IPv4Address("10.0.0.3")


def test_a_pod_gets_back_the_address_that_it_had() -> None:
    given = Addresses(IPv4Network("10.0.0.0/29"), {IPv4Address("10.0.0.1")})
    assert given.take("a", "10.0.0.5") == IPv4Address("10.0.0.5")
    assert given.take("b", "10.0.0.5") == IPv4Address("10.0.0.2")
    assert given.take("c", "192.168.0.5") == IPv4Address("10.0.0.3")


def test_no_address_left_is_said() -> None:
    given = Addresses(IPv4Network("10.0.0.0/30"), {IPv4Address("10.0.0.1")})
    given.take("a")
    with pytest.raises(LookupError, match=r"no free address left in 10\.0\.0\.0/30"):
        given.take("b")


def test_a_pod_asks_the_sandbox_for_names() -> None:
    lines = resolv_conf(pod()).splitlines()
    assert lines[0].startswith("nameserver 198.18.")
    assert lines[1] == "search shop.svc.cluster.local svc.cluster.local cluster.local"
    assert lines[2] == "options ndots:5"


def test_a_pod_may_bring_its_own_resolver() -> None:
    config = PodDNSConfig(nameservers=["10.0.0.9"], searches=["example.test"])
    own = pod(dnsPolicy="None", dnsConfig=config)
    assert resolv_conf(own) == "nameserver 10.0.0.9\nsearch example.test\n"


def test_a_pod_knows_its_own_name_and_its_aliases() -> None:
    alias = HostAlias(ip="10.0.0.9", hostnames=["db", "db.test"])
    text = hosts(pod(hostAliases=[alias]), IPv4Address("10.0.0.2"))
    assert text.endswith("10.0.0.2\tweb\n10.0.0.9\tdb db.test\n")


# --- volumes


def test_a_volume_of_another_kind_is_refused() -> None:
    with pytest.raises(VolumeError, match='"v" is of a kind that this node does not have'):
        parts(Volume(name="v", hostPath=HostPathVolumeSource(path="/")))


def test_a_config_map_volume_is_filled_like_a_projected_one() -> None:
    assert parts(Volume(name="v", emptyDir=EmptyDirVolumeSource())) == []
    (part,) = parts(Volume(name="v", configMap=ConfigMapVolumeSource(name="c")))
    assert part.configMap is not None
    assert part.configMap.name == "c"


def test_keys_become_files_all_of_them_or_those_asked_for() -> None:
    data = {"a": "1", "b": "2"}
    assert chosen(data, None) == data
    assert chosen(data, [KeyToPath(key="b", path="deep/b")]) == {"deep/b": "2"}
    with pytest.raises(ContainerConfigError, match="non-existent key: c"):
        chosen(data, [KeyToPath(key="c", path="c")])


# --- process


def test_a_signal_adds_128_to_the_exit_code() -> None:
    assert (exit_code(3), exit_code(-15)) == (3, 143)


def test_a_plan_does_not_show_its_environment() -> None:
    nobody = Privileges(1, 1, (), frozenset(), may_escalate=False, read_only_root=True)
    plan = Plan("ns", "web", Path("/"), ["true"], "/", nobody, environment={"P": "hush"})
    assert "hush" not in repr(plan)
    assert b"hush" in plan.message()


# --- logs


def kept(text: bytes, folder: Path) -> list[bytes]:
    async def keep() -> None:
        stream = asyncio.StreamReader()
        stream.feed_data(text)
        stream.feed_eof()
        await logs.keep(stream, "stdout", folder / "0.log")

    asyncio.run(keep())
    return (folder / "0.log").read_bytes().splitlines(keepends=True)


def test_a_log_is_read_as_it_was_written(tmp_path: Path) -> None:
    entries = kept(b"one\n\ntwo\nthree", tmp_path)
    assert b"".join(logs.Selection().of(entries)) == b"one\n\ntwo\nthree\n"


def test_a_line_without_end_is_kept_in_parts_and_read_as_one(tmp_path: Path) -> None:
    text = b"x" * 100_000 + b"\n"
    entries = kept(text, tmp_path)
    assert len(entries) > 1
    assert b"".join(logs.Selection().of(entries)) == text


def test_the_last_lines_can_be_asked_for(tmp_path: Path) -> None:
    entries = kept(b"one\ntwo\nthree\n", tmp_path)
    assert logs.Selection(tail=2).of(entries) == [b"two\n", b"three\n"]
    assert logs.Selection(tail=0).of(entries) == []


def test_lines_are_shown_with_their_time_and_from_a_time_on(tmp_path: Path) -> None:
    entries = kept(b"one\n", tmp_path)
    (line,) = logs.Selection(timestamps=True).of(entries)
    time, text = line.split()
    assert text == b"one"
    assert logs.Selection(since=datetime.fromisoformat(time.decode())).of(entries) == [b"one\n"]
    assert logs.Selection(since=datetime(2999, 1, 1, tzinfo=UTC)).of(entries) == []


def test_the_kubelets_query_is_understood() -> None:
    asked = selection({"tailLines": "3", "timestamps": "true", "sinceTime": "2026-01-01T00:00:00Z"})
    assert asked == logs.Selection(3, datetime(2026, 1, 1, tzinfo=UTC), timestamps=True)
    with pytest.raises(ValueError, match="invalid literal"):
        selection({"tailLines": "many"})


def test_logs_of_pods_that_are_no_more_are_swept_away(tmp_path: Path) -> None:
    for pod in ("default_web_uid-1", "default_gone_uid-2"):
        (tmp_path / pod / "main").mkdir(parents=True)
    logs.sweep(tmp_path, {"uid-1"})
    assert [each.name for each in tmp_path.iterdir()] == ["default_web_uid-1"]
