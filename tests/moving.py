"""A database that moves: a name of its own in the sandbox's DNS, and a second address."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager

import dns.message
import dns.query
import dns.zone

from demo.watch import eventually
from sandbox.database import Server
from sandbox.dns import Nameserver
from sandbox.layout import DATABASES_V4, DNS_PORT, DNS_ZONE, HERE, HOST_V4

NAME = "moving"
HOST = f"{NAME}.{DNS_ZONE}"


class Moving:
    """The database's name, and where it is.

    Args:
        server: The database.
        second: An address that nobody has, which becomes its second one.
    """

    def __init__(self, server: Server, second: int) -> None:
        self.server = server
        self.first = str(server.at.ipv4)
        self.second = str(DATABASES_V4[second])
        self._zone = Nameserver(HERE, {})

    def is_at(self, *addresses: str) -> None:
        """Publish these addresses of its name and no others; of none there is no such name."""
        self.publish(*(f"{NAME} IN A {address}" for address in addresses))

    def publish(self, *records: str) -> None:
        """Publish lines of a zone file in place of those before; wait until they are served."""
        self._zone.publish(records)
        file = dns.zone.from_text(self._zone.zone_file.read_text(), DNS_ZONE)
        serial = file.find_rdataset("@", "SOA")[0].serial
        eventually(_serial, serial.__eq__, f"the zone {DNS_ZONE} with the serial {serial}")

    def connections_at(self, address: str) -> int:
        """Count the connections that there are, or were a moment ago, at one of its addresses."""
        at = self.server.at
        command = ["ip", "netns", "exec", at.namespace, "ss", "--tcp", "--all", "--no-header"]
        listed = subprocess.run(
            [*command, "--numeric", "src", f"{address}:{at.port}"],
            capture_output=True,
            text=True,
            check=True,
        )
        return len([line for line in listed.stdout.splitlines() if not line.startswith("LISTEN")])


@contextmanager
def moving(server: Server, second: int) -> Iterator[Moving]:
    """Have a name for a database, and a second address, for as long as it lasts."""
    found = Moving(server, second)
    address = f"{found.second}/{DATABASES_V4.prefixlen}"
    _ip(server, "address", "add", address, "dev", "eth0")
    try:
        found.is_at(found.first)
        yield found
    finally:
        found.publish()
        _ip(server, "address", "del", address, "dev", "eth0")


def _ip(server: Server, *command: str) -> None:
    subprocess.run(["ip", "-n", server.at.namespace, *command], check=True)


def _serial() -> int:
    answer = dns.query.udp(dns.message.make_query(DNS_ZONE, "SOA"), str(HOST_V4), 5, DNS_PORT)
    return int(answer.answer[0][0].serial)
