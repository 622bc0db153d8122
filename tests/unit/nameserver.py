"""A DNS server in this process, on loopback, that answers as it is told."""

from __future__ import annotations

import socketserver
import threading
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field

import dns.flags
import dns.message
import dns.rcode
import dns.rdataclass
import dns.rdatatype
import dns.rrset

from mesh.nameserver import Nameserver

_LOOPBACK = "127.0.0.1"
_TTL = 60
_LARGEST_DATAGRAM = 512
_LONGEST_CHAIN = 20

Wire = Callable[[bytes], bytes | None]


@dataclass
class Zone:
    """What the server knows, and what it was asked.

    Attributes:
        records: Name -> addresses of both families, in the order in which they are answered.
        aliases: Name -> the name that its CNAME leads to.
        codes: Name -> the code that every question about it gets.
        silent: Names about which it says nothing.
        before_answer: Called with each question before it is answered.
        asked: The questions so far: name, record type and transport.
    """

    nameserver: Nameserver
    records: dict[str, list[str]] = field(default_factory=dict)
    aliases: dict[str, str] = field(default_factory=dict)
    codes: dict[str, dns.rcode.Rcode] = field(default_factory=dict)
    silent: set[str] = field(default_factory=set)
    before_answer: Callable[[str], object] = lambda _: None
    asked: list[tuple[str, str, str]] = field(default_factory=list)

    def answer(self, query: dns.message.Message, transport: str) -> dns.message.Message | None:
        """Answer one query; None for silence."""
        (question,) = query.question
        name = question.name.to_text(omit_final_dot=True).lower()
        self.asked.append((name, dns.rdatatype.to_text(question.rdtype), transport))
        self.before_answer(name)
        if name in self.silent:
            return None
        response = dns.message.make_response(query)
        response.flags |= dns.flags.RA
        if name in self.codes:
            response.set_rcode(self.codes[name])
            return response
        self._follow(name, question.rdtype, response)
        return response

    def _follow(
        self, name: str, record: dns.rdatatype.RdataType, response: dns.message.Message
    ) -> None:
        for _ in range(_LONGEST_CHAIN):
            if name not in self.aliases:
                break
            self._add(response, name, dns.rdatatype.CNAME, [f"{self.aliases[name]}."])
            name = self.aliases[name]
        if name not in self.records and name not in self.aliases:
            response.set_rcode(dns.rcode.NXDOMAIN)
        of_family = [
            address
            for address in self.records.get(name, [])
            if (":" in address) == (record == dns.rdatatype.AAAA)
        ]
        if of_family:
            self._add(response, name, record, of_family)

    @staticmethod
    def _add(
        response: dns.message.Message, name: str, record: dns.rdatatype.RdataType, data: list[str]
    ) -> None:
        response.answer.append(
            dns.rrset.from_text_list(f"{name}.", _TTL, dns.rdataclass.IN, record, data)
        )


@contextmanager
def serving() -> Iterator[Zone]:
    """Serve an empty zone over UDP and TCP on a free port, until the end of the block."""
    with (
        socketserver.ThreadingTCPServer((_LOOPBACK, 0), socketserver.BaseRequestHandler) as tcp,
        socketserver.ThreadingUDPServer(tcp.server_address, socketserver.BaseRequestHandler) as udp,
    ):
        zone = Zone(Nameserver(_LOOPBACK, tcp.server_address[1]))

        class Stream(socketserver.StreamRequestHandler):
            def handle(self) -> None:
                size = int.from_bytes(self.rfile.read(2), "big")
                query = dns.message.from_wire(self.rfile.read(size))
                if response := zone.answer(query, "TCP"):
                    wire = response.to_wire()
                    self.wfile.write(len(wire).to_bytes(2, "big") + wire)

        class Datagram(socketserver.DatagramRequestHandler):
            def handle(self) -> None:
                query = dns.message.from_wire(self.rfile.read())
                if response := zone.answer(query, "UDP"):
                    self.wfile.write(_in_one_datagram(response))

            def finish(self) -> None:
                if self.wfile.tell():  # silence is no datagram
                    super().finish()

        tcp.RequestHandlerClass, udp.RequestHandlerClass = Stream, Datagram
        for server in (tcp, udp):
            server.daemon_threads = True
            threading.Thread(target=server.serve_forever, args=(0.01,), daemon=True).start()
        try:
            yield zone
        finally:
            tcp.shutdown()
            udp.shutdown()


def _in_one_datagram(response: dns.message.Message) -> bytes:
    wire = response.to_wire()
    if len(wire) <= _LARGEST_DATAGRAM:
        return wire
    response.answer.clear()
    response.flags |= dns.flags.TC
    return response.to_wire()
