"""A ServiceEntry for TCP without addresses: it takes every connection to that port.

A connection over TCP names no host. Without an address the sidecar knows it by its port alone:
https://github.com/istio/istio/issues/11741
"""

from __future__ import annotations

from collections.abc import Iterator

from guard.entry import specs
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_WITHOUT_A_HOST = {"TCP", "MONGO", "MYSQL", "REDIS", ""}
"""Protocols that do not say which host is meant; none is taken for TCP where the server talks."""


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    for spec in specs(resource):
        addresses = spec["addresses"]
        if not addresses.is_known:
            yield Undecided(addresses.path)
            continue
        if addresses.value:
            continue
        for port in spec["ports"].each():
            protocol, number = port["protocol"], port["number"]
            if not protocol.is_known:
                yield Undecided(protocol.path)
            elif protocol.text().upper() in _WITHOUT_A_HOST:
                which = f"port {number.value:g}" if isinstance(number.value, float) else "its port"
                yield Violation(f"{resource.name} has no addresses for {which}")


RULE = Rule(
    name="entry-without-addresses",
    says="A ServiceEntry for TCP names the addresses that it is for.",
    remedy="give spec.addresses; without them it takes all connections to that port, to any host",
    check=_check,
)
