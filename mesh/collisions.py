"""What Envoy does where two objects ask sidecars to listen for the same connections.

A TCP entry with single addresses has a listener for each; all others share the listener 0.0.0.0 of
their port, where the narrowest block decides. As istiod's `pilot/pkg/networking/core/listener.go`
builds them, Istio 1.22 to 1.31.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum
from ipaddress import ip_network

from mesh.addresses import Network
from mesh.visibility import Rank

_HTTP = frozenset({"HTTP", "HTTP2", "GRPC", "GRPC-WEB", "HTTP_PROXY"})
_TLS = frozenset({"TLS", "HTTPS"})
_NOBODYS = frozenset({"UDP"})
_READ_BY_ENVOY = frozenset({"MONGO", "MYSQL"})
_AS_DIALLED = "NONE"
_SNIFFED = ""


@dataclass(frozen=True)
class Listening:
    """What an object asks sidecars to listen for, on one port.

    Attributes:
        what: The object, in words: `ServiceEntry shop/orders`.
        hosts: Its hosts.
        blocks: Its blocks; none where it has no address, and takes any.
        port: The port.
        protocol: Of the port, in capitals; empty where Envoy is to find out.
        resolution: As in a ServiceEntry; `NONE` leads where was dialled.
        rank: Which one is served first.
    """

    what: str
    hosts: frozenset[str]
    blocks: tuple[Network, ...]
    port: int
    protocol: str
    resolution: str
    rank: Rank

    @property
    def leads_as_dialled(self) -> bool:
        """Whether a connection goes where it was dialled to, and not to endpoints of its own."""
        return self.resolution == _AS_DIALLED

    @property
    def singles(self) -> frozenset[Network]:
        """Its single addresses, each with a listener of its own."""
        if self.protocol in _HTTP:
            return frozenset()
        return frozenset(block for block in self.blocks if block.num_addresses == 1)

    @property
    def ranges(self) -> frozenset[Network]:
        """Its wider blocks, which share a listener."""
        return frozenset(block for block in self.blocks if block.num_addresses > 1)

    @property
    def is_shared(self) -> bool:
        """Whether it is on the listener that all share."""
        return not self.blocks or bool(self.ranges) or self.protocol in _HTTP


class Clash(StrEnum):
    """What comes of two objects on one port."""

    MUTE = "mute"
    """Envoy waits for the client's first bytes, and MySQL's server is the one that begins."""

    TAKEN = "taken"
    """Connections to the database go to the other's endpoints."""

    COUNTED = "counted"
    """They reach the database, as the other's: under its name, with its rules."""

    LEFT_OUT = "left out"
    """The other has no listener here; connections that were its own go by ours."""

    READ = "read"
    """The other's protocol is what Envoy reads there, and ours is left out."""

    WITHIN = "within"
    """The other takes some of the addresses in our blocks to its endpoints."""

    REST = "rest"
    """The other takes each connection to the port that is to no address of ours."""


@dataclass(frozen=True)
class Collision:
    """Who is in the way, and what comes of it.

    Attributes:
        clash: What comes of it.
        who: The other object.
        where: The address, block or host that both have.
    """

    clash: Clash
    who: str
    where: str


def collisions(ours: Listening, theirs: Listening) -> list[Collision]:
    """Say what comes of two that sidecars of one namespace see."""
    if theirs.protocol in _NOBODYS or ours.port != theirs.port:
        return []
    found = _of_host(ours, theirs) or [*_of_blocks(ours, theirs), *_of_shared(ours, theirs)]
    return [Collision(clash, theirs.what, where) for clash, where in found]


def _of_host(ours: Listening, theirs: Listening) -> list[tuple[Clash, str]]:
    """Say what comes of two with one host: the first of them is all that there is of it."""
    same = ours.hosts & theirs.hosts
    if same and theirs.rank > ours.rank:
        return [(Clash.LEFT_OUT, min(same))]
    if same and not theirs.leads_as_dialled:
        return [(Clash.TAKEN, min(same))]
    return []


def _of_blocks(ours: Listening, theirs: Listening) -> Iterator[tuple[Clash, str]]:
    """Say what comes of an address or a block that both have."""
    for address in sorted(ours.singles & theirs.singles, key=str):
        yield _of_same(ours, theirs), str(address.network_address)
    if not _is_mute(theirs) and not _differ(ours, theirs):
        for block in sorted(ours.ranges & theirs.ranges, key=str):
            yield _of_same(ours, theirs), str(block)


def _of_shared(ours: Listening, theirs: Listening) -> Iterator[tuple[Clash, str]]:
    """Say what comes of the listener that all share, and of blocks that are not the same."""
    everywhere = f"0.0.0.0:{ours.port}"
    if ours.is_shared and theirs.is_shared:
        if _differ(ours, theirs):
            yield (Clash.READ if theirs.rank < ours.rank else Clash.LEFT_OUT), everywhere
            return
        if _is_mute(theirs):
            yield Clash.MUTE, everywhere
            return
    yield from ((Clash.WITHIN, str(block)) for block in _within(ours, theirs))
    if not theirs.blocks and theirs.protocol not in _HTTP:
        yield Clash.REST, everywhere


def _of_same(ours: Listening, theirs: Listening) -> Clash:
    """Say what comes of two with one address or block."""
    if theirs.protocol == _SNIFFED and not _differ(ours, theirs):
        return Clash.MUTE
    if theirs.rank > ours.rank:
        return Clash.LEFT_OUT
    if not theirs.leads_as_dialled:
        return Clash.TAKEN
    return Clash.READ if _differ(ours, theirs) else Clash.COUNTED


def _is_mute(theirs: Listening) -> bool:
    """Say whether the other has the shared listener look at what the client sends first."""
    return theirs.protocol in {*_HTTP, *_TLS, _SNIFFED}


def _differ(ours: Listening, theirs: Listening) -> bool:
    """Say whether only one of the two can be on a listener: Envoy reads their protocols."""
    return ours.protocol != theirs.protocol and bool(
        {ours.protocol, theirs.protocol} & _READ_BY_ENVOY
    )


def _within(ours: Listening, theirs: Listening) -> Iterator[Network]:
    """Give the other's blocks that are narrower than one of ours, and lead elsewhere."""
    if theirs.leads_as_dialled:
        return
    for block in sorted(theirs.singles | theirs.ranges, key=str):
        if any(_holds(range_, block) for range_ in ours.ranges - {block}):
            yield block


def _holds(wide: Network, narrow: Network) -> bool:
    return wide.overlaps(narrow) and wide.prefixlen < narrow.prefixlen


def _bare(block: Network) -> str:
    return str(block.network_address)


def blocks_of(texts: Iterable[str]) -> tuple[Network, ...]:
    """Read addresses as Istio does: host bits do not count, and what is none is passed over."""
    blocks = []
    for text in texts:
        try:
            blocks.append(ip_network(text, strict=False))
        except ValueError:
            continue
    return tuple(blocks)
