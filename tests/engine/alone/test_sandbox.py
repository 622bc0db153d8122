"""The sandbox holds what it promises: real parts, closed doors, and it mends itself."""

from __future__ import annotations

import http.client
import json
import os
import signal
import ssl
import subprocess
from pathlib import Path

import dns.resolver
import pymysql
import pytest
from rich.console import Console

from sandbox import layout, lifecycle, network
from sandbox.bringup import bring_up
from sandbox.database import ADMIN, Server
from sandbox.dns import Nameserver
from sandbox.images import catalog
from sandbox.kubectl import Kubectl
from sandbox.node import Node
from sandbox.processes import Supervisor
from sandbox.progress import Progress

CONNECTS = """\
const [host, port] = process.argv.slice(1)
const socket = require('net').connect(Number(port), host, () => socket.end())
socket.setTimeout(5000, () => socket.destroy(new Error('no answer')))
"""
QUIET = Console(quiet=True)


@pytest.fixture
def supervisor() -> Supervisor:
    return Supervisor(layout.HERE)


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


def test_a_pod_reaches_the_database_and_the_api_behind_its_service_by_their_names(
    cluster: Kubectl, server: Server
) -> None:
    cluster("run", "caller", f"--image={layout.RATINGS_MYSQL2_IMAGE}")
    cluster("wait", "pod/caller", "--for=condition=Ready", "--timeout=60s")
    for host, port in ((server.at.host, server.at.port), ("kubernetes.default", 443)):
        cluster("exec", "caller", "--", "node", "--eval", CONNECTS, host, str(port))


def test_the_node_has_the_images_that_kubeadm_asks_for() -> None:
    node = Node(layout.HERE, {})
    listed = node.run("kubeadm", "config", "images", "list", "--config", "/etc/kubeadm.yaml")
    assert set(listed.split()) == {image.reference for image in catalog.CLUSTER}


def test_the_watch_cache_has_nothing_to_complain_of() -> None:
    pods = layout.HERE.logs / "node" / "pods"
    logs = [log for name in ("kube-apiserver", "etcd") for log in pods.glob(f"*/{name}/*.log")]
    assert len(logs) >= 2
    assert [log for log in logs if "Too large resource version" in log.read_text()] == []


def test_the_admin_has_to_use_tls(server: Server) -> None:
    with pytest.raises(pymysql.OperationalError, match="Access denied"):
        pymysql.connect(
            host=str(server.at.ipv4), user=ADMIN, password=server.password(), ssl_disabled=True
        )


def test_the_node_keeps_its_hardware_address_whatever_is_plugged_in() -> None:
    def address() -> str:
        show = ["ip", "-n", network.NODE, "-json", "link", "show", "type", "bridge"]
        (bridge,) = json.loads(subprocess.run(show, capture_output=True, check=True).stdout)
        return str(bridge["address"])

    before = address()
    # Lower than any that a port is given: an unpinned bridge takes it for its own.
    plug = [
        "link",
        "add",
        "low",
        "address",
        "00:00:00:00:00:01",
        "type",
        "veth",
        "peer",
        "low-peer",
    ]
    subprocess.run(["ip", "-n", network.NODE, *plug], check=True)
    try:
        subprocess.run(
            ["ip", "-n", network.NODE, "link", "set", "low", "master", "bridge"], check=True
        )
        assert address() == before
    finally:
        subprocess.run(["ip", "-n", network.NODE, "link", "del", "low"], check=True)


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


def test_an_admin_password_is_in_its_file_and_nowhere_else(server: Server) -> None:
    files = [layout.HERE.admin_password(at) for at in (layout.DATABASE, server.at)]
    assert [file for file in files if file.stat().st_mode & 0o077] == []
    passwords = [file.read_bytes().strip() for file in files]
    pids = [state.pid for state in Supervisor(layout.HERE).states().values() if state.pid]
    places = [
        *(Path(f"/proc/{pid}/{kind}") for pid in pids for kind in ("cmdline", "environ")),
        *layout.HERE.logs.glob("*.log"),
        *(path for path in layout.HERE.run.iterdir() if path.is_file()),
    ]
    held = {place: place.read_bytes() for place in places}
    assert [str(at) for at in held for password in passwords if password in held[at]] == []


def test_nobody_talks_to_the_api_server_without_a_certificate() -> None:
    authority = layout.HERE.node / "kubernetes" / "pki" / "ca.crt"
    context = ssl.create_default_context(cafile=str(authority))
    connection = http.client.HTTPSConnection(
        str(layout.NODE_V4), layout.APISERVER_PORT, context=context
    )
    connection.request("GET", "/api/v1/secrets")
    # Nobody is let in as nobody, who may do nothing.
    assert connection.getresponse().status == http.HTTPStatus.FORBIDDEN


def test_names_can_be_added() -> None:
    nameserver = Nameserver(layout.HERE, {})
    nameserver.publish(["replica IN CNAME mysql"])
    assert "replica IN CNAME mysql" in nameserver.zone_file.read_text()
    nameserver.publish()


def left_behind() -> list[str]:
    """What of a sandbox is on this machine."""
    arguments = {path.parent: path.read_bytes() for path in Path("/proc").glob("[0-9]*/cmdline")}
    folder = str(layout.HERE.root).encode()
    ours = {os.getpid(), os.getppid()}
    return [
        *network.namespaces(),
        *(f"link {each['ifname']}" for each in network.addresses() if "emx" in each["ifname"]),
        *(f"route {each['dst']}" for each in network.routes() if each.get("dev") == layout.BRIDGE),
        *(str(group) for group in Path("/sys/fs/cgroup").glob("**/external-mysql")),
        *(
            line
            for line in Path("/proc/mounts").read_text().splitlines()
            if "external-mysql" in line
        ),
        *(
            f"process {process.name}: {command.decode()}"
            for process, command in arguments.items()
            if folder in command and int(process.name) not in ours
        ),
        *(
            f"process {process.name}: {command.decode()}"
            for process, command in arguments.items()
            if b"containerd-shim" in command and b"k8s.io" in command
        ),
    ]


def test_what_was_made_is_there_after_down_and_up_and_nothing_in_between(
    supervisor: Supervisor, cluster: Kubectl, server: Server
) -> None:
    cluster("create", "configmap", "kept")
    node = pid_of(supervisor, "node")
    # Not even where somebody else has ended a part before.
    os.kill(node, signal.SIGKILL)
    lifecycle.down(layout.HERE, QUIET)
    assert left_behind() == []
    lifecycle.up(layout.HERE, QUIET)
    cluster("get", "configmap", "kept")
    bring_up(server.parts(), layout.HERE, Progress(QUIET))
