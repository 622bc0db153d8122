"""The sandbox holds what it promises: real parts, closed doors, and it mends itself."""

from __future__ import annotations

import http.client
import os
import signal
import socket
import ssl
import subprocess
from collections.abc import Iterator
from ipaddress import IPv4Address
from pathlib import Path

import dns.resolver
import pymysql
import pytest
from rich.console import Console

from sandbox import layout, lifecycle, network
from sandbox.database import ADMIN, Server
from sandbox.dns import Nameserver
from sandbox.processes import Supervisor

POD = "emx-pod-trial"
POD_ADDRESS = IPv4Address("10.244.53.250")
QUIET = Console(quiet=True)


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor(layout.HERE)


@pytest.fixture
def pod() -> Iterator[str]:
    network.attach(POD, POD_ADDRESS)
    yield POD
    network.detach(POD)


def reaches(namespace: str, address: str, port: int) -> bool:
    """Whether a program in a namespace can connect."""
    client = "import socket, sys; socket.create_connection((sys.argv[1], int(sys.argv[2])), 2)"
    command = ["ip", "netns", "exec", namespace, "python3", "-c", client, address, str(port)]
    return subprocess.run(command, capture_output=True, check=False).returncode == 0


def pid_of(supervisor: Supervisor, name: str) -> int:
    pid = supervisor.states()[name].pid
    assert pid
    return pid


def test_a_second_up_changes_nothing(supervisor: Supervisor) -> None:
    before = {name: state.pid for name, state in supervisor.states().items()}
    assert lifecycle.up(layout.HERE, QUIET) is False
    assert {name: state.pid for name, state in supervisor.states().items()} == before


def test_a_server_that_was_killed_is_back_after_the_next_up(supervisor: Supervisor) -> None:
    before = pid_of(supervisor, "coredns")
    os.kill(before, signal.SIGKILL)
    lifecycle.up(layout.HERE, QUIET)
    assert pid_of(supervisor, "coredns") != before


def test_the_databases_name_has_both_addresses() -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [str(layout.HOST_V4)]
    database = layout.DATABASE
    for kind, address in (("A", database.ipv4), ("AAAA", database.ipv6)):
        (record,) = resolver.resolve(database.host, kind)
        assert record.to_text() == str(address)
    with pytest.raises(dns.resolver.NXDOMAIN):
        resolver.resolve(f"nobody.{layout.DNS_ZONE}")


def test_a_pod_reaches_the_database_and_the_api_behind_its_service(
    pod: str, server: Server
) -> None:
    assert reaches(pod, str(server.at.ipv4), server.at.port)
    assert reaches(pod, str(layout.SERVICES_V4[1]), 443)


def test_a_pod_reaches_nothing_else_of_the_cluster(pod: str) -> None:
    for address in layout.SERVERS.values():
        host, _, port = address.rpartition(":")
        if host == layout.LOOPBACK:
            assert not reaches(pod, str(layout.HOST_V4), int(port))


def test_the_name_of_a_service_has_its_address() -> None:
    resolver = dns.resolver.Resolver(configure=False)
    resolver.nameservers = [str(layout.HOST_V4)]
    (record,) = resolver.resolve(f"kubernetes.default.svc.{layout.CLUSTER_DOMAIN}", "A")
    assert record.to_text() == str(layout.SERVICES_V4[1])


def test_a_namespace_is_made_once_and_leaves_nothing(pod: str) -> None:
    assert network.attach(pod, POD_ADDRESS) is False
    network.detach(pod)
    assert pod not in network.namespaces()
    assert network.attach(pod, POD_ADDRESS) is True


def test_the_admin_has_to_use_tls(server: Server) -> None:
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        pymysql.connect(
            host=str(server.at.ipv4), user=ADMIN, password=server.password(), ssl_disabled=True
        )


def test_both_addresses_of_the_database_answer_under_its_certificate(server: Server) -> None:
    context = ssl.create_default_context(cafile=str(layout.HERE.certificate("ca")))
    for address in (server.at.ipv4, server.at.ipv6):
        pymysql.connect(
            host=str(address), user=ADMIN, password=server.password(), ssl=context
        ).close()


def test_there_is_no_root_in_the_database(server: Server) -> None:
    with server.connect() as connection, connection.cursor() as cursor:
        cursor.execute("SELECT COUNT(*) FROM mysql.user WHERE user = 'root'")
        assert cursor.fetchone() == (0,)


@pytest.mark.usefixtures("server")
@pytest.mark.parametrize("database", [layout.DATABASE, layout.TESTS_DATABASE])
def test_the_admin_password_is_in_its_file_and_nowhere_else(database: layout.DatabaseAt) -> None:
    file = layout.HERE.admin_password(database)
    assert file.stat().st_mode & 0o077 == 0
    password = file.read_bytes().strip()
    pids = [state.pid for state in Supervisor(layout.HERE).states().values() if state.pid]
    places = [
        *(Path(f"/proc/{pid}/{kind}") for pid in pids for kind in ("cmdline", "environ")),
        *layout.HERE.logs.glob("*.log"),
        *(path for path in layout.HERE.run.iterdir() if path.is_file()),
    ]
    assert [str(place) for place in places if password in place.read_bytes()] == []


def test_nobody_talks_to_the_api_server_without_a_certificate() -> None:
    context = ssl.create_default_context(cafile=str(layout.HERE.certificate("ca")))
    connection = http.client.HTTPSConnection(
        str(layout.HOST_V4), layout.APISERVER_PORT, context=context
    )
    connection.request("GET", "/api/v1/secrets")
    assert connection.getresponse().status == http.HTTPStatus.UNAUTHORIZED


@pytest.mark.parametrize(
    "address", [at for at in layout.SERVERS.values() if at.startswith(layout.LOOPBACK)]
)
def test_what_no_pod_needs_listens_on_loopback_only(address: str) -> None:
    _, _, port = address.rpartition(":")
    with pytest.raises(ConnectionRefusedError):
        socket.create_connection((str(layout.HOST_V4), int(port)), timeout=2)


def test_names_can_be_added() -> None:
    nameserver = Nameserver(layout.HERE, {})
    nameserver.publish(["replica IN CNAME mysql"])
    assert "replica IN CNAME mysql" in nameserver.zone_file.read_text()
    nameserver.publish()
