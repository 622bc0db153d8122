"""The addresses behind a host name, asked of a nameserver of one's choice."""

# ruff: noqa: E402 - dnspython hears what not to load before it is loaded
from __future__ import annotations

import re
from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from ipaddress import ip_address, ip_network
from itertools import product

from dns import _features

# DNS over HTTPS is not asked for here. Where an HTTP client for it is installed, dnspython would
# load all of that client: a tenth of a second in each preview.
_features.force("doh", enabled=False)

import dns.exception
import dns.name
import dns.resolver

from mesh.addresses import MOST_ADDRESSES, Address, host_blocks, unsafe

_DNS_PORT = 53
_HIGHEST_PORT = 65535
_WITH_PORT = re.compile(
    r"\[(?P<v6>[^\]]+)\]:(?P<v6_port>\d+)|(?P<v4>[\d.]+):(?P<v4_port>\d+)", re.ASCII
)


@dataclass(frozen=True)
class Nameserver:
    """Who is asked: engineers with split-horizon DNS need another one than their own machine's."""

    address: str
    port: int = _DNS_PORT

    @classmethod
    def parse(cls, text: str) -> Nameserver:
        """Read `192.0.2.53`, `192.0.2.53:5353`, `2001:db8::53` or `[2001:db8::53]:5353`.

        Raises:
            ValueError: The text is none of these.
        """
        match = _WITH_PORT.fullmatch(text.strip())
        address = (match["v6"] or match["v4"]) if match else text.strip()
        port = int(match["v6_port"] or match["v4_port"]) if match else _DNS_PORT
        try:
            ip_address(address)
        except ValueError:
            raise ValueError(
                f"{text!r} is no nameserver; give its address, with a port if need be: "
                "192.0.2.53:5353"
            ) from None
        if not 0 < port <= _HIGHEST_PORT:
            raise ValueError(f"{text!r} has port {port}; a port is 1 to {_HIGHEST_PORT}")
        return cls(address, port)


class LookupFailed(ValueError):
    """DNS gave no addresses that a ServiceEntry may hold; the message says why."""


def look_up(
    hosts: Sequence[str],
    *,
    nameserver: Nameserver | None = None,
    timeout: float = 5,
    public: bool = False,
) -> list[str]:
    """Look up the A and AAAA records of all hosts, side by side; CNAMEs are followed.

    Args:
        hosts: Full DNS names.
        nameserver: Who is asked; this machine's own configuration if None.
        timeout: Seconds that one lookup may take, its retries included.
        public: Refuse a host whose addresses are all private.

    Returns:
        The blocks for a ServiceEntry, `/32` and `/128`, sorted, without duplicates.

    Raises:
        LookupFailed: A host has no address, or one that no sidecar should be opened to.
    """
    resolver = _resolver(nameserver, timeout)
    questions = list(product(hosts, ("A", "AAAA")))
    with ThreadPoolExecutor(max_workers=len(questions)) as pool:
        answers = pool.map(lambda question: _ask(resolver, *question), questions)
        found: dict[str, list[Address]] = {host: [] for host in hosts}
        for (host, _), addresses in zip(questions, answers, strict=True):
            found[host] += addresses
    for host, addresses in found.items():
        _accept(host, addresses, public=public)
    blocks = host_blocks(address for addresses in found.values() for address in addresses)
    if len(blocks) > MOST_ADDRESSES:
        raise LookupFailed(
            f"{', '.join(hosts)} has {len(blocks)} addresses, and one ServiceEntry takes "
            f"{MOST_ADDRESSES}; give its ranges in cidrs"
        )
    return blocks


def _resolver(nameserver: Nameserver | None, timeout: float) -> dns.resolver.Resolver:
    try:
        resolver = dns.resolver.Resolver(configure=nameserver is None)
    except dns.resolver.NoResolverConfiguration:
        raise LookupFailed("this machine names no nameserver; set nameserver") from None
    if nameserver:
        resolver.nameservers = [nameserver.address]
        resolver.port = nameserver.port
    resolver.lifetime = timeout
    return resolver


def _ask(resolver: dns.resolver.Resolver, host: str, record: str) -> list[Address]:
    asked = ", ".join(str(server) for server in resolver.nameservers)
    try:
        # Absolute, so that no search domain of this machine is tried.
        answer = resolver.resolve(dns.name.from_text(host), record, raise_on_no_answer=False)
    except dns.resolver.NXDOMAIN:
        raise LookupFailed(
            f"{host} does not exist, says nameserver {asked}; check the name"
        ) from None
    except dns.resolver.LifetimeTimeout:
        raise LookupFailed(
            f"nameserver {asked} did not answer for {host} within {resolver.lifetime:g} s; "
            "check nameserver, or raise dnsTimeout"
        ) from None
    except dns.resolver.NoNameservers as error:
        codes = sorted({str(attempt[3]) for attempt in error.kwargs["errors"]})
        raise LookupFailed(
            f"nameserver {asked} answered {', '.join(codes)} for {host}; ask whoever runs that zone"
        ) from None
    except dns.exception.DNSException as error:
        raise LookupFailed(f"{host} could not be looked up at {asked}: {error}") from None
    return [ip_address(data.address) for data in answer.rrset or ()]


def _accept(host: str, addresses: Sequence[Address], *, public: bool) -> None:
    if not addresses:
        raise LookupFailed(
            f"{host} exists but has no A or AAAA record; check the name, or give cidrs"
        )
    for address in addresses:
        problem = unsafe(ip_network(address))
        if problem:
            raise LookupFailed(
                f"{host} has the address {address}, which {problem}; mend its DNS first"
            )
    if public and not any(address.is_global for address in addresses):
        found = ", ".join(sorted(map(str, addresses)))
        raise LookupFailed(
            f"{host} has only private addresses ({found}) where publicOnly expects a public one; "
            "ask another nameserver, or unset publicOnly"
        )
