"""The addresses of a database over time: which came, which left DNS, and how long each stays.

An address that is no longer in the entry takes the connections to it along. So one that left DNS
stays for a time; and where DNS has a hole, nothing leaves at all.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from itertools import chain

from mesh.addresses import MOST_ADDRESSES, Address
from mesh.answers import Answer, LookupFailed
from mesh.times import moment_in_words

_HUNDRED = 100


@dataclass(frozen=True)
class Times:
    """When an address was noticed.

    Attributes:
        since: When it was first seen in DNS.
        left: When it was first missed there; None while it is there.
    """

    since: datetime
    left: datetime | None = None


Known = Mapping[Address, Times]
"""What is known of one host."""

Memory = Mapping[str, Known]
"""What is known, by host."""


@dataclass(frozen=True)
class Rules:
    """How long what is known counts.

    Attributes:
        keep: For how long an address that left DNS stays.
        share: An answer with fewer addresses than so many in a hundred of those before is a hole.
        refuse: Whether a hole is refused; else all addresses stay.
    """

    keep: timedelta
    share: int = 0
    refuse: bool = False


@dataclass(frozen=True)
class Remembered:
    """What is known after a look.

    Attributes:
        memory: The addresses, by host.
        holes: What is to be said of DNS, a line each.
    """

    memory: Memory
    holes: tuple[str, ...] = ()


def remember(
    memory: Memory, answers: Mapping[str, Answer], now: datetime, rules: Rules
) -> Remembered:
    """Put together what was known and what DNS says now.

    A host that is no longer asked for is one whose addresses have left DNS: pods that are still to
    be replaced are connected to them.

    Args:
        memory: What was known; empty at first.
        answers: What DNS says, for each host.
        now: When it said so.
        rules: How long what is known counts.

    Raises:
        LookupFailed: A hole is refused, or nothing is known besides; or there are too many.
    """
    holes: dict[str, str] = {}
    after: dict[str, Known] = {}
    for host in {**answers, **memory}:
        answer, known = answers.get(host, Answer()), memory.get(host, {})
        if host in answers and (hole := _hole(host, known, answer, rules)):
            if rules.refuse or not known:
                raise LookupFailed(hole)
            holes[host] = f"{hole}; meanwhile what was known stays: {_named(known)}"
        if kept := _after(known, answer, now, rules.keep, is_whole=host not in holes):
            after[host] = kept
    return Remembered(_bounded(after), tuple(holes.values()))


def in_dns(memory: Memory) -> set[Address]:
    """Give the addresses that DNS had when it was last asked."""
    return {address for known in memory.values() for address, at in known.items() if not at.left}


def addresses(memory: Memory) -> set[Address]:
    """Give all addresses that are to be let through."""
    return set(chain.from_iterable(memory.values()))


def in_words(before: Memory, after: Memory, rules: Rules) -> Iterator[str]:
    """Say which addresses come, go, stay for now and are back: a line each."""
    for host in sorted({**before, **after}):
        was, now = before.get(host, {}), after.get(host, {})
        for address in _sorted({*was, *now}):
            line = _change(was.get(address), now.get(address), rules)
            if line:
                yield f"{host}: {address} {line}"


def _change(was: Times | None, now: Times | None, rules: Rules) -> str:
    match was, now:
        case None, Times():
            return "comes, for DNS has it now"
        case Times(since=since, left=None), Times(left=datetime() as left):
            until = moment_in_words(left + rules.keep)
            return f"left DNS, where it was since {moment_in_words(since)}; it stays until {until}"
        case Times(left=datetime() as left), Times(left=None):
            return f"is back in DNS, where it was missed since {moment_in_words(left)}"
        case Times(since=since, left=None), None:
            return f"goes: it left DNS, where it was since {moment_in_words(since)}"
        case Times(left=datetime() as left), None:
            return f"goes: it is not in DNS since {moment_in_words(left)}"
    return ""


def _hole(host: str, known: Known, answer: Answer, rules: Rules) -> str:
    """Say why an answer tells nothing about the addresses that are not in it, if so."""
    if answer.problem:
        return answer.problem
    before = sum(1 for times in known.values() if not times.left)
    if _HUNDRED * len(answer.addresses) < rules.share * before:
        return (
            f"{host} has {len(answer.addresses)} of {before} addresses left, less than "
            f"{rules.share} percent; see that its DNS is whole, or lower holeBelow"
        )
    return ""


def _after(
    known: Known, answer: Answer, now: datetime, keep: timedelta, *, is_whole: bool
) -> Known:
    after = dict(known)
    for address in answer.addresses:
        after[address] = replace(known[address], left=None) if address in known else Times(now)
    if is_whole:
        for address in known.keys() - answer.addresses:
            left = known[address].left or now
            if now < left + keep:
                after[address] = replace(known[address], left=left)
            else:
                del after[address]
    return after


def _bounded(memory: Mapping[str, Known]) -> Memory:
    """Let those go before their time that left first, where one entry cannot hold them all."""
    present = in_dns(memory)
    if len(present) > MOST_ADDRESSES:
        raise LookupFailed(
            f"{', '.join(memory)} has {len(present)} addresses, and one ServiceEntry takes "
            f"{MOST_ADDRESSES}; give its ranges in cidrs"
        )
    left = {
        address: max(known[address].left for known in memory.values() if address in known)  # type: ignore[type-var]
        for address in addresses(memory) - present
    }
    latest = sorted(left, key=lambda each: (left[each], str(each)), reverse=True)
    fit = present | set(latest[: MOST_ADDRESSES - len(present)])
    bounded = {
        host: {address: times for address, times in known.items() if address in fit}
        for host, known in memory.items()
    }
    return {host: known for host, known in bounded.items() if known}


def _named(known: Known) -> str:
    return ", ".join(map(str, _sorted(known)))


def _sorted(found: Iterable[Address]) -> list[Address]:
    return sorted(found, key=lambda each: (each.version, int(each)))
