"""CIDR blocks for a ServiceEntry: parsed, bounded, in one order."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    collapse_addresses,
    ip_network,
)

Network = IPv4Network | IPv6Network
Address = IPv4Address | IPv6Address

#: Istio's own bound on one ServiceEntry.
MOST_ADDRESSES = 256

# What no sidecar should be opened to, not even by a block that holds it among others.
_NEVER: dict[str, tuple[Network, ...]] = {
    "a cloud's metadata service": (
        IPv4Network("169.254.169.254"),  # AWS, Azure, Google Cloud, OpenStack
        IPv4Network("100.100.100.200"),  # Alibaba Cloud
        IPv6Network("fd00:ec2::254"),  # AWS over IPv6
    ),
    "link-local addresses": (IPv4Network("169.254.0.0/16"), IPv6Network("fe80::/10")),
    "loopback": (IPv4Network("127.0.0.0/8"), IPv6Network("::1")),
    "multicast groups": (IPv4Network("224.0.0.0/4"), IPv6Network("ff00::/8")),
    "unspecified addresses": (IPv4Network("0.0.0.0/8"), IPv6Network("::")),
    "IPv4 addresses written as IPv6": (IPv6Network("::ffff:0:0/96"),),
}


@dataclass(frozen=True)
class Widest:
    """The shortest prefixes that a block may have, and all blocks together: what an entry opens."""

    ipv4: int = 16
    ipv6: int = 48


def parse_cidrs(texts: Iterable[str], widest: Widest) -> list[str]:
    """Read CIDR blocks written by hand; a bare address stands for itself alone.

    Istio accepts host bits, duplicates, the whole internet and a cloud's metadata service without
    a word, so they are refused here.
    https://istio.io/latest/docs/reference/config/networking/service-entry/#ServiceEntry-addresses

    Returns:
        The blocks in one order, IPv4 first, each with its prefix length.

    Raises:
        ValueError: A block is malformed, unsafe, too wide or there twice, or there are too many,
            or they open too much together.
    """
    blocks: set[Network] = set()
    for text in texts:
        block = _parse(text, widest)
        if block in blocks:
            raise ValueError(f"{text!r} is there twice; give each block once")
        blocks.add(block)
    if len(blocks) > MOST_ADDRESSES:
        raise ValueError(
            f"{len(blocks)} blocks are too many for one ServiceEntry, "
            f"which takes {MOST_ADDRESSES}; give wider blocks"
        )
    _bound(blocks, widest)
    return in_order(blocks)


def host_blocks(addresses: Iterable[Address]) -> list[str]:
    """Write each address as the block of itself alone: `/32` or `/128`."""
    return in_order({ip_network(address) for address in addresses})


def in_order(blocks: Iterable[Network]) -> list[str]:
    """Sort blocks, IPv4 first: an answer in another order is no diff."""
    return [
        str(b)
        for b in sorted(blocks, key=lambda b: (b.version, int(b.network_address), b.prefixlen))
    ]


def _bound(blocks: Iterable[Network], widest: Widest) -> None:
    """See that many blocks do not open what one may not."""
    of_4 = collapse_addresses(block for block in blocks if isinstance(block, IPv4Network))
    of_6 = collapse_addresses(block for block in blocks if isinstance(block, IPv6Network))
    for version, bits, prefix, opened in (
        (4, 32, widest.ipv4, sum(block.num_addresses for block in of_4)),
        (6, 128, widest.ipv6, sum(block.num_addresses for block in of_6)),
    ):
        if opened > 1 << bits - prefix:
            raise ValueError(
                f"together they open {opened} IPv{version} addresses, more than one /{prefix} "
                f"(widestIPv{version}); give fewer or narrower blocks, or change that setting"
            )


def _parse(text: str, widest: Widest) -> Network:
    malformed = f"{text!r} is no CIDR block; write it as in 203.0.113.0/24"
    if "%" in text:  # an interface of this machine, which means nothing to a sidecar
        raise ValueError(malformed)
    try:
        block = ip_network(text.strip(), strict=False)
    except ValueError:
        raise ValueError(malformed) from None
    try:
        ip_network(text.strip())
    except ValueError:
        raise ValueError(f"{text!r} has bits set behind its prefix; write {block}") from None
    problem = unsafe(block)
    if problem:
        raise ValueError(f"{text!r} {problem}; give only the blocks of the database")
    limit = widest.ipv4 if block.version == 4 else widest.ipv6  # noqa: PLR2004 - the IP version
    if block.prefixlen < limit:
        raise ValueError(
            f"{text!r} is wider than /{limit}, the widest allowed "
            f"(widestIPv{block.version}); give narrower blocks or change that setting"
        )
    return block


def unsafe(block: Network) -> str | None:
    """Say why a sidecar should never be opened to this block, if so."""
    if block.prefixlen == 0:
        return "is the whole internet"
    for what, ranges in _NEVER.items():
        if any(block.overlaps(never) for never in ranges):
            return f"reaches {what}"
    return None
