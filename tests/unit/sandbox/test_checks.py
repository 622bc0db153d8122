"""What is in the way is named, with whose it is and what to do about it."""

from __future__ import annotations

import os
import socket
from pathlib import Path
from typing import Any

import pytest

from sandbox import checks, layout, network
from sandbox.errors import SandboxError
from sandbox.processes import Supervisor

OTHER = Path("/elsewhere/external-mysql")


def refused(error: SandboxError) -> str:
    return "\n".join([str(error), *error.hints])


@pytest.fixture
def said() -> list[str]:
    return []


class Machine:
    """A machine as the check of the bridge's owner sees it."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.owner: Path | None = None
        self.link = True
        self.namespaces = [network.NODE]
        self.processes: list[int] = []
        self.supervisor: int | None = None
        self.is_clean = False
        monkeypatch.setattr(network, "owner", lambda: self.owner)
        monkeypatch.setattr(network, "link_exists", lambda: self.link)
        monkeypatch.setattr(network, "namespaces", lambda: self.namespaces)
        monkeypatch.setattr(network, "processes", lambda _: self.processes)
        monkeypatch.setattr(network, "destroy", lambda: setattr(self, "is_clean", True))
        monkeypatch.setattr(Supervisor, "pid", lambda _: self.supervisor)


@pytest.fixture
def machine(monkeypatch: pytest.MonkeyPatch) -> Machine:
    return Machine(monkeypatch)


def test_a_free_name_is_taken_without_a_word(machine: Machine, said: list[str]) -> None:
    machine.link, machine.namespaces = False, []
    checks.check_owner(said.append)
    assert (said, machine.is_clean) == ([], False)


def test_our_own_network_is_left_alone(machine: Machine, said: list[str]) -> None:
    machine.owner = layout.CHECKOUT
    checks.check_owner(said.append)
    assert (said, machine.is_clean) == ([], False)


def test_another_checkouts_sandbox_is_named_with_the_way_to_stop_it(
    machine: Machine, said: list[str]
) -> None:
    machine.owner, machine.supervisor = OTHER, 4711
    with pytest.raises(SandboxError) as error:
        checks.check_owner(said.append)
    assert f"make -C {OTHER} down" in refused(error.value)
    assert not machine.is_clean


def test_what_a_dead_sandbox_left_is_cleaned_up_and_said(machine: Machine, said: list[str]) -> None:
    machine.owner = OTHER
    checks.check_owner(said.append)
    assert machine.is_clean
    assert said == [f"cleaned up the network that {OTHER} left behind"]


def test_what_an_interrupted_up_left_is_cleaned_up(machine: Machine, said: list[str]) -> None:
    checks.check_owner(said.append)
    assert machine.is_clean
    assert said == ["cleaned up the network that an interrupted run left behind"]


def test_processes_that_outlived_their_sandbox_are_named(machine: Machine, said: list[str]) -> None:
    machine.owner, machine.processes = OTHER, [11, 12]
    with pytest.raises(SandboxError) as error:
        checks.check_owner(said.append)
    assert "kill 11 12" in refused(error.value)
    assert not machine.is_clean


def test_a_link_of_somebody_else_is_not_touched(machine: Machine, said: list[str]) -> None:
    machine.namespaces = []
    with pytest.raises(SandboxError, match="not the sandbox's"):
        checks.check_owner(said.append)
    assert not machine.is_clean


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "198.18.53.0/24", "dev": "eth1"},
        {"dst": "198.18.53.7", "dev": "eth1"},
        {"dst": "10.244.0.0/16", "dev": "cni0"},
        {"dst": "fd00:198:18::/48", "dev": "wg0"},
        {"type": "blackhole", "dst": "198.18.0.0/16"},
    ],
)
def test_a_route_to_addresses_of_ours_is_refused(route: dict[str, Any], said: list[str]) -> None:
    with pytest.raises(SandboxError) as error:
        checks.check_routes(said.append, [route])
    assert route["dst"] in refused(error.value)


@pytest.mark.parametrize(
    "route",
    [
        {"dst": "default", "dev": "eth0"},
        {"dst": "192.0.2.0/24", "dev": "eth0"},
        {"dst": "10.244.0.0/24", "dev": "cni0"},
        {"dst": "198.18.53.0/24", "dev": layout.BRIDGE},
        {"dst": "fe80::/64", "dev": "eth0"},
    ],
)
def test_other_routes_are_no_matter(route: dict[str, Any], said: list[str]) -> None:
    checks.check_routes(said.append, [route])
    assert said == []


def test_a_broad_route_is_told_of(said: list[str]) -> None:
    checks.check_routes(said.append, [{"dst": "10.0.0.0/8", "dev": "tun0"}])
    (line,) = said
    assert "10.0.0.0/8 (dev tun0)" in line


def test_listeners_are_read_with_their_owners() -> None:
    shown = (
        'tcp   LISTEN 0 4096 127.0.0.1:16443    0.0.0.0:* users:(("kube",pid=12,fd=3))\n'
        'udp   UNCONN 0 0    127.0.0.53%lo:53   0.0.0.0:* users:(("resolved",pid=9,fd=1))\n'
        "tcp   LISTEN 0 4096 [::]:22            [::]:*\n"
    )
    assert checks.parse_listeners(shown) == [
        checks.Listener("127.0.0.1", 16443, "kube (process 12)"),
        checks.Listener("127.0.0.53", 53, "resolved (process 9)"),
        checks.Listener("::", 22, "a program that cannot be seen"),
    ]


def test_a_port_in_use_is_named_with_its_program(monkeypatch: pytest.MonkeyPatch) -> None:
    with socket.create_server(("127.0.0.1", 0)) as listener:
        address = f"127.0.0.1:{listener.getsockname()[1]}"
        monkeypatch.setattr(checks, "SERVERS", {"etcd": address})
        with pytest.raises(SandboxError) as error:
            checks.check_ports(running=[])
        assert f"{address}, which etcd needs" in str(error.value)
        assert f"(process {os.getpid()})" in str(error.value)
        checks.check_ports(running=["etcd"])


def test_who_is_not_root_is_told_how_to_be(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(os, "geteuid", lambda: 1000)
    with pytest.raises(SandboxError) as error:
        checks.check_rights()
    assert "uid 1000" in str(error.value)
    assert "sudo" in refused(error.value)


def test_a_full_disk_is_refused_with_its_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(checks, "_DATA_GIB", 10**9)
    with pytest.raises(SandboxError, match=str(layout.CHECKOUT)):
        checks.check_disk(to_build=False)


def test_room_for_tools_is_asked_for_only_where_they_are_built(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(checks, "_GO_GIB", 10**9)
    checks.check_disk(to_build=False)
    with pytest.raises(SandboxError, match="GiB are free"):
        checks.check_disk(to_build=True)
