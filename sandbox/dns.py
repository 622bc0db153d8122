"""The nameserver outside the cluster, a CoreDNS: it answers for the databases.

What the cluster's own CoreDNS does not know, it asks this one.
"""

from __future__ import annotations

import re
import time
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

import dns.exception
import dns.message
import dns.query

from sandbox.layout import DATABASE, DATABASES, DNS_PORT, DNS_ZONE, HOST_V4, Paths
from sandbox.parts import Part
from sandbox.processes import Program

if TYPE_CHECKING:
    from collections.abc import Iterable, Mapping
    from ipaddress import IPv4Address

COREDNS: Final = "coredns"
_TTL: Final = 5
"""Seconds: what a test publishes is not to be cached for long."""
_ANSWER_SECONDS: Final = 1
_SERIAL: Final = re.compile(r" SOA ns hostmaster (?P<serial>\d+) ")


@dataclass(frozen=True)
class Nameserver:
    """The nameserver of one sandbox.

    Args:
        paths: Where that sandbox keeps its files.
        tools: The program :data:`COREDNS`.
    """

    paths: Paths
    tools: Mapping[str, Path]

    @property
    def corefile(self) -> Path:
        """CoreDNS's configuration."""
        return self.paths.run / "Corefile"

    @property
    def zone_file(self) -> Path:
        """The zone; CoreDNS reads it again within a second of a new serial."""
        return self.paths.run / f"{DNS_ZONE}.zone"

    def parts(self) -> list[Part]:
        """The server."""
        command = (str(self.tools[COREDNS]), "-conf", str(self.corefile), "-quiet")
        return [
            Part(
                COREDNS,
                partial(unanswered, HOST_V4, DATABASE.host, "A", "AAAA"),
                begin=self.configure,
                program=Program(COREDNS, command),
            )
        ]

    def configure(self) -> None:
        """Writes what CoreDNS reads at its start."""
        self.corefile.write_text(
            f"{DNS_ZONE}:{DNS_PORT} {{\n"
            f"    bind {HOST_V4}\n"
            f"    file {self.zone_file} {{\n"
            "        reload 1s\n"
            "    }\n"
            "    errors\n"
            "}\n"
        )
        self.publish()

    def publish(self, records: Iterable[str] = ()) -> None:
        """Publishes the databases' names and further records, in place of those before.

        Args:
            records: Lines of a zone file, like ``replica IN CNAME mysql``.
        """
        complete = self.zone_file.with_suffix(".new")
        complete.write_text(_zone(records, serial=max(int(time.time()), self._serial() + 1)))
        complete.rename(self.zone_file)

    def _serial(self) -> int:
        """The serial of what is published: of two zones of one second the second one is new too."""
        published = self.zone_file.read_text() if self.zone_file.exists() else ""
        found = _SERIAL.search(published)
        return int(found["serial"]) if found else 0


def _zone(records: Iterable[str], serial: int) -> str:
    """A zone file as RFC 1035, section 5, has it."""
    databases = [
        f"{database.name} IN {kind} {address}"
        for database in DATABASES
        for kind, address in (("A", database.ipv4), ("AAAA", database.ipv6))
    ]
    head = [
        f"$ORIGIN {DNS_ZONE}.",
        f"$TTL {_TTL}",
        f"@ IN SOA ns hostmaster {serial} 3600 600 86400 {_TTL}",
        "@ IN NS ns",
        f"ns IN A {HOST_V4}",
    ]
    return "\n".join([*head, *databases, *records, ""])


def unanswered(nameserver: IPv4Address, host: str, *kinds: str) -> str | None:
    """Asks a nameserver for records of a host; says what is wrong, None where it has all kinds."""
    for kind in kinds:
        question = dns.message.make_query(host, kind)
        try:
            answer = dns.query.udp(
                question, str(nameserver), port=DNS_PORT, timeout=_ANSWER_SECONDS
            )
        except (OSError, dns.exception.DNSException) as error:
            return f"no answer from {nameserver}:{DNS_PORT} ({error})"
        if not answer.answer:
            return f"no {kind} record of {host}"
    return None
