"""The lookup of many hosts against that of one, on a nameserver that takes its time."""

from __future__ import annotations

import asyncio
import socket
import time
from collections.abc import Iterator
from contextlib import contextmanager
from ipaddress import IPv4Address, IPv6Address
from multiprocessing import Process
from typing import cast

import dns.message
import dns.rdatatype
import dns.rrset

from bench.comparison import Comparison
from mesh.nameserver import Nameserver
from mesh.resolver import look_up

DELAY = 0.1
_MANY = 100
# Of the blocks that are kept for documentation: nothing is ever sent there.
_FIRST = {
    dns.rdatatype.A: IPv4Address("198.51.100.0"),
    dns.rdatatype.AAAA: IPv6Address("2001:db8::"),
}


def compare(runs: int) -> Comparison:
    """Look up 100 hosts, then one, again and again."""
    many = [f"db-{number}.example.com" for number in range(_MANY)]
    with _slow_nameserver() as nameserver:
        pairs = [(_timed(many, nameserver), _timed(many[:1], nameserver)) for _ in range(runs)]
    return Comparison(
        f"lookup of {_MANY} hosts", [a for a, _ in pairs], [b for _, b in pairs], most=3
    )


def _timed(hosts: list[str], nameserver: Nameserver) -> float:
    start = time.perf_counter()
    look_up(hosts, nameservers=[nameserver], timeout=5)
    return time.perf_counter() - start


@contextmanager
def _slow_nameserver() -> Iterator[Nameserver]:
    """Serve in a process of its own, so that its work is not on the clock."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as listening:
        listening.bind(("127.0.0.1", 0))
        server = Process(target=lambda: asyncio.run(_serve(listening)))
        server.start()
        try:
            yield Nameserver(*listening.getsockname())
        finally:
            server.terminate()
            server.join()


async def _serve(listening: socket.socket) -> None:
    loop = asyncio.get_running_loop()
    await loop.create_datagram_endpoint(_SlowAnswers, sock=listening)
    await asyncio.Event().wait()


class _SlowAnswers(asyncio.DatagramProtocol):
    transport: asyncio.DatagramTransport

    def connection_made(self, transport: asyncio.BaseTransport) -> None:
        self.transport = cast("asyncio.DatagramTransport", transport)

    def datagram_received(self, data: bytes, addr: tuple[str, int]) -> None:
        send = self.transport.sendto
        asyncio.get_running_loop().call_later(DELAY, send, _answer(data), addr)


def _answer(data: bytes) -> bytes:
    query = dns.message.from_wire(data)
    question = query.question[0]
    number = int(question.name.labels[0].removeprefix(b"db-"))
    address = _FIRST[question.rdtype] + number
    answer = dns.message.make_response(query)
    answer.answer = [dns.rrset.from_text(question.name, 5, "IN", question.rdtype, str(address))]
    return answer.to_wire()
