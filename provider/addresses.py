"""The addresses behind the database's host names, as DNS has them now and had them before."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from ipaddress import ip_address
from typing import cast

from mesh.addresses import host_blocks
from mesh.answers import Answer, LookupFailed
from mesh.lookup import Lookup
from mesh.memory import Memory, Remembered, Rules, Times, addresses, in_dns, in_words, remember
from mesh.nameserver import Nameserver
from mesh.times import moment_in_words, now, parse_moment, span_in_words
from provider.protocol.service import Change, Found, RefusedError
from provider.protocol.values import UNKNOWN, Properties, Value
from provider.resource import Typed, changed, flag, text, texts

_HUNDRED = 100


def whole_number(value: Value) -> int:
    """Accept a whole number from 0 on."""
    if isinstance(value, bool) or not isinstance(value, int) or value < 0:
        raise ValueError(f"{value!r} is no whole number from 0 on")
    return value


def percent(value: Value) -> int:
    """Accept a share of a hundred."""
    if whole_number(value) > _HUNDRED:
        raise ValueError(f"{value!r} is more than {_HUNDRED}")
    return int(value)


def hosts(value: Value) -> list[str]:
    """Accept the names of one host or more."""
    if not (names := texts(value)):
        raise ValueError("it is empty")
    return names


def nameservers(value: Value) -> list[str]:
    """Accept nameservers, none of them too."""
    for each in texts(value):
        Nameserver.parse(text(each))
    return list(value)


@dataclass(frozen=True)
class _Look:
    """What DNS said, and when: one look serves the whole run."""

    answers: Mapping[str, Answer]
    at: datetime


class Addresses(Typed):
    """The addresses of hosts, which DNS is asked for in each preview and each update.

    Inputs: see :class:`mesh.lookup.Lookup`.

    State besides: `known`, host -> address -> `since`, when it was first seen, and `left`, when it
    was first missed, empty while it is there; `addresses`, all of them as blocks of one address
    each; `current`, those in DNS; `aliases`, host -> the names that its CNAME records lead through.
    """

    inputs = {  # noqa: RUF012 - as in the base class
        "hosts": hosts,
        "nameservers": nameservers,
        "merge": flag,
        "timeout": whole_number,
        "public": flag,
        "keep": whole_number,
        "share": percent,
        "refuse": flag,
        "interval": whole_number,
    }

    _look_of_this_run: tuple[object, _Look] | None = None

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Ask DNS, and say in words what is not as it was."""
        differ = changed(state, inputs, tuple(self.inputs))
        if UNKNOWN in inputs.values():
            return differ
        look, before = self._look(inputs), _memory(state)
        after = self._remember(urn, before, inputs, look)
        lines = list(in_words(before, after, _rules(inputs)))
        for line in lines:
            self.engine.info(urn, line)
        if lines:
            self._say_aliases(urn, look)
        return [*differ, *([Change("known", shown=False)] if lines else [])]

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """Ask DNS already: what builds on the addresses is to know them."""
        if UNKNOWN in inputs.values():
            return {
                **inputs,
                **dict.fromkeys(("known", "addresses", "current", "aliases"), UNKNOWN),
            }
        return self._state(urn, state, inputs)

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Ask DNS."""
        return inputs["hosts"][0], self._state(urn, None, inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found:
        """Leave the memory as it is: what DNS says now is the difference to it."""
        return Found(state, inputs)

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Write down what has come and gone."""
        return self._state(urn, state, inputs)

    def delete(self, _urn: str, _state: Properties) -> None:
        """Nothing was made."""

    def _state(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        look = self._look(inputs)
        memory = self._remember(urn, _memory(state), inputs, look)
        if state is None:
            self._say_aliases(urn, look)
        self._point_out_short_ttls(urn, inputs, look)
        return {
            **inputs,
            "known": {
                host: {
                    str(address): {
                        "since": moment_in_words(times.since),
                        "left": moment_in_words(times.left) if times.left else "",
                    }
                    for address, times in known.items()
                }
                for host, known in memory.items()
            },
            "addresses": host_blocks(addresses(memory)),
            "current": host_blocks(in_dns(memory)),
            "aliases": {host: _chain(host, answer) for host, answer in look.answers.items()},
        }

    def _look(self, inputs: Properties) -> _Look:
        """Ask, or give what was answered before in this run: a diff and its update are to agree."""
        from mesh.resolver import ask  # noqa: PLC0415 - dnspython is not needed where no host is

        asked = {
            name: inputs[name] for name in ("hosts", "nameservers", "merge", "timeout", "public")
        }
        if self._look_of_this_run and self._look_of_this_run[0] == asked:
            return self._look_of_this_run[1]
        try:
            answers = ask(cast("Lookup", inputs))
        except LookupFailed as problem:
            raise RefusedError(f"host: {problem}") from None
        look = _Look(answers, now())
        self._look_of_this_run = asked, look
        return look

    def _remember(self, urn: str, before: Memory, inputs: Properties, look: _Look) -> Memory:
        try:
            found: Remembered = remember(before, look.answers, look.at, _rules(inputs))
        except LookupFailed as problem:
            raise RefusedError(f"host: {problem}") from None
        for line in found.holes:
            self.engine.warn(urn, f"host: {line}")
        return found.memory

    def _say_aliases(self, urn: str, look: _Look) -> None:
        for host, answer in look.answers.items():
            if answer.aliases:
                self.engine.info(urn, f"aliases: {_chain(host, answer)}")

    def _point_out_short_ttls(self, urn: str, inputs: Properties, look: _Look) -> None:
        interval = timedelta(seconds=inputs["interval"])
        for host, answer in look.answers.items():
            if answer.ttl is not None and timedelta(seconds=answer.ttl) < interval:
                self.engine.info(
                    urn,
                    f"{host} may change every {answer.ttl} s (its TTL), and is looked at every "
                    f"{span_in_words(interval)} (driftInterval); with egress mesh-dns, sidecars "
                    "follow by themselves",
                )


def _rules(inputs: Properties) -> Rules:
    return Rules(timedelta(seconds=inputs["keep"]), inputs["share"], inputs["refuse"])


def _chain(host: str, answer: Answer) -> str:
    return " -> ".join((host, *answer.aliases))


def _memory(state: Properties | None) -> Memory:
    return {
        host: {
            ip_address(address): Times(
                parse_moment(times["since"]), parse_moment(times["left"]) if times["left"] else None
            )
            for address, times in known.items()
        }
        for host, known in (state["known"] if state else {}).items()
    }
