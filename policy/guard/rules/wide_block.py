"""A block of addresses that is wider than a database needs: all in it is let out of the mesh."""

from __future__ import annotations

from collections.abc import Iterator

from guard.entry import network, specs
from guard.field import Field
from guard.pod import pods
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_AROUND_THE_SIDECAR = "traffic.sidecar.istio.io/excludeOutboundIPRanges"


def _check(resource: Resource, around: Around) -> Iterator[Finding]:
    for spec in specs(resource):
        for address in spec["addresses"].each():
            yield from _of(address, around)
    for pod in pods(resource):
        excluded = pod.metadata.at("annotations", _AROUND_THE_SIDECAR)
        if not excluded.is_known:
            yield Undecided(excluded.path)
            continue
        for block in filter(None, excluded.text().replace(" ", "").split(",")):
            yield from _of(Field("0.0.0.0/0" if block == "*" else block, excluded.path), around)


def _of(address: Field, around: Around) -> Iterator[Finding]:
    if not address.is_known:
        yield Undecided(address.path)
        return
    block = network(address)
    if block is None:
        return
    shortest = int(around.limits["ipv4" if block.version == 4 else "ipv6"])  # noqa: PLR2004
    if block.prefixlen < shortest:
        yield Violation(f"{block} is wider than /{shortest}")


RULE = Rule(
    name="wide-block",
    says="A block of addresses that is let out of the mesh is no wider than the limit.",
    remedy="give only the database's own blocks, or set the limit ipv4 or ipv6 of this rule",
    check=_check,
    limits={
        "ipv4": {"type": "integer", "minimum": 0, "maximum": 32, "default": 16},
        "ipv6": {"type": "integer", "minimum": 0, "maximum": 128, "default": 48},
    },
)
