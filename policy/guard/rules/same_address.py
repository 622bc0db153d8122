"""Two ServiceEntries with the same address and port: only one of them gets the connections."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

from guard.entry import Network, network, specs
from guard.field import Field
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_ALL, _NONE = "*", "~"
"""What exportTo has for every namespace, and for none."""


@dataclass(frozen=True)
class _Entry:
    """What of an entry can be in another one's way."""

    blocks: list[Network]
    ports: set[int]
    seen_by: set[str]


def _check(resource: Resource, around: Around) -> Iterator[Finding]:
    for spec in specs(resource):
        for field in _unknown(spec):
            yield Undecided(field.path)
        mine = _read(resource, spec)
        for other in around.others:
            for its_spec in specs(other):
                yield from _in_the_way(mine, _read(other, its_spec), other.name)


def _in_the_way(mine: _Entry, its: _Entry, name: str) -> Iterator[Finding]:
    if not _meet(mine.seen_by, its.seen_by):
        return
    for block in mine.blocks:
        for other in its.blocks:
            if block.version == other.version and block.overlaps(other):
                for port in sorted(mine.ports & its.ports):
                    narrower = max(block, other, key=lambda network: network.prefixlen)
                    yield Violation(f"{narrower} port {port} is in the ServiceEntry {name} too")


def _meet(some: set[str], others: set[str]) -> bool:
    """Say whether a namespace sees both entries."""
    if not some or not others:
        return False
    return bool(some & others) or _ALL in some | others


def _unknown(spec: Field) -> Iterator[Field]:
    looked_at = (*spec["addresses"].each(), *(port["number"] for port in spec["ports"].each()))
    return (field for field in looked_at if not field.is_known)


def _read(resource: Resource, spec: Field) -> _Entry:
    own = resource.root.at("metadata", "namespace")
    export_to = [each.text() for each in spec["exportTo"].each() if each.is_known] or [_ALL]
    seen_by = {own.text() if each == "." and own.is_known else each for each in export_to} - {_NONE}
    blocks = [network(each) for each in spec["addresses"].each() if each.is_known]
    numbers = [port["number"] for port in spec["ports"].each()]
    return _Entry(
        [block for block in blocks if block],
        {int(number.value) for number in numbers if number.is_known and number.value},
        seen_by,
    )


RULE = Rule(
    name="same-address",
    says="No two ServiceEntries of a stack have the same address and port.",
    remedy="put both hosts into one ServiceEntry, or give each addresses of its own",
    check=_check,
)
