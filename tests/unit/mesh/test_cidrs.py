"""CIDR blocks by hand: in one order, and none that a sidecar should never be opened to."""

from __future__ import annotations

import re
from ipaddress import (
    IPv4Address,
    IPv4Network,
    IPv6Address,
    IPv6Network,
    ip_address,
    ip_network,
)

import pytest
from hypothesis import example, given
from hypothesis import strategies as st

from mesh.addresses import MOST_ADDRESSES, Widest, host_blocks, parse_cidrs

WIDEST = Widest(ipv4=16, ipv6=48)
ANY_WIDTH = Widest(ipv4=1, ipv6=1)

# Blocks of which every part may be opened: 10.0.0.0/8 and 2001:db8::/32.
IPV4_BLOCKS = st.builds(
    lambda number, length: IPv4Network((0x0A000000 + number, length), strict=False),
    st.integers(0, 2**24 - 1),
    st.integers(16, 32),
)
IPV6_BLOCKS = st.builds(
    lambda number, length: IPv6Network(((0x20010DB8 << 96) + number, length), strict=False),
    st.integers(0, 2**96 - 1),
    st.integers(48, 128),
)
BLOCKS = st.lists(st.one_of(IPV4_BLOCKS, IPV6_BLOCKS), unique=True, max_size=20)


@given(BLOCKS, st.randoms())
def test_the_order_in_which_blocks_are_written_is_no_diff(
    blocks: list[IPv4Network | IPv6Network], random: object
) -> None:
    texts = [str(block) for block in blocks]
    shuffled = sorted(texts, key=lambda _: random.random())  # type: ignore[attr-defined]
    assert parse_cidrs(shuffled, ANY_WIDTH) == parse_cidrs(texts, ANY_WIDTH)


@given(BLOCKS)
def test_what_is_given_back_is_what_was_given_ipv4_first(
    blocks: list[IPv4Network | IPv6Network],
) -> None:
    parsed = parse_cidrs(map(str, blocks), ANY_WIDTH)
    assert sorted(parsed) == sorted(map(str, blocks))
    versions = [ip_network(text).version for text in parsed]
    assert versions == sorted(versions)
    assert parse_cidrs(parsed, ANY_WIDTH) == parsed


@given(st.one_of(IPV4_BLOCKS, IPV6_BLOCKS).filter(lambda b: b.num_addresses > 1), st.data())
def test_bits_behind_the_prefix_are_refused_with_the_block_that_was_meant(
    block: IPv4Network | IPv6Network, data: st.DataObject
) -> None:
    offset = data.draw(st.integers(1, block.num_addresses - 1))
    text = f"{block.network_address + offset}/{block.prefixlen}"
    with pytest.raises(ValueError, match="has bits set behind its prefix") as refused:
        parse_cidrs([text], WIDEST)
    assert str(refused.value) == f"{text!r} has bits set behind its prefix; write {block}"


ANY_BLOCK = st.one_of(
    st.builds(
        lambda n, length: IPv4Network((n, length), strict=False),
        st.integers(0, 2**32 - 1),
        st.integers(0, 32),
    ),
    st.builds(
        lambda n, length: IPv6Network((n, length), strict=False),
        st.integers(0, 2**128 - 1),
        st.integers(0, 128),
    ),
)
NEVER = [
    ip_address(text)
    for text in (
        "169.254.169.254",
        "100.100.100.200",
        "fd00:ec2::254",
        "127.0.0.1",
        "::1",
        "169.254.0.1",
        "fe80::1",
        "224.0.0.1",
        "ff02::1",
        "0.0.0.1",
        "::",
        "::ffff:169.254.169.254",
    )
]


@given(ANY_BLOCK)
@example(IPv4Network("0.0.0.0/0"))
@example(IPv6Network("::/0"))
@example(IPv4Network("126.0.0.0/7"))
@example(IPv4Network("224.0.0.0/3"))
@example(IPv6Network("::/48"))
@example(IPv6Network("::ffff:0:0/96"))
def test_no_block_that_is_taken_reaches_what_must_never_be_opened(
    block: IPv4Network | IPv6Network,
) -> None:
    try:
        parse_cidrs([str(block)], ANY_WIDTH)
    except ValueError:
        return
    assert not [address for address in NEVER if address in block]
    assert block.prefixlen > 0


@pytest.mark.parametrize(
    ("text", "problem"),
    [
        ("0.0.0.0/0", "is the whole internet"),
        ("::/0", "is the whole internet"),
        ("169.254.169.254/32", "reaches a cloud's metadata service"),
        ("169.254.169.254", "reaches a cloud's metadata service"),
        ("169.254.0.0/16", "reaches a cloud's metadata service"),
        ("100.100.100.200", "reaches a cloud's metadata service"),
        ("fd00:ec2::254/128", "reaches a cloud's metadata service"),
        ("::ffff:169.254.169.254", "reaches IPv4 addresses written as IPv6"),
        ("169.254.1.0/24", "reaches link-local addresses"),
        ("fe80::/64", "reaches link-local addresses"),
        ("127.0.0.1", "reaches loopback"),
        ("::1", "reaches loopback"),
        ("224.0.0.0/24", "reaches multicast groups"),
        ("ff02::/64", "reaches multicast groups"),
        ("0.0.0.0/32", "reaches unspecified addresses"),
        ("::", "reaches unspecified addresses"),
        ("10.0.0.5/8", "has bits set behind its prefix; write 10.0.0.0/8"),
        ("2001:db8::1/64", "has bits set behind its prefix; write 2001:db8::/64"),
        ("10.0.0.0/15", "is wider than /16, the widest allowed (widestIPv4)"),
        ("2001:db8::/47", "is wider than /48, the widest allowed (widestIPv6)"),
        ("", "is no CIDR block"),
        ("mysql.example.com", "is no CIDR block"),
        ("10.0.0.0/33", "is no CIDR block"),
        ("10.0.0.0/-1", "is no CIDR block"),
        ("10.0.0.0/", "is no CIDR block"),
        ("10.0.0", "is no CIDR block"),
        ("010.0.0.1", "is no CIDR block"),
        ("١٠.0.0.1", "is no CIDR block"),  # noqa: RUF001 - that is the point
        ("2001:db8::1%eth0", "is no CIDR block"),
    ],
)
def test_a_block_that_must_not_be_opened_is_refused_with_the_reason(
    text: str, problem: str
) -> None:
    with pytest.raises(ValueError, match=re.escape(problem)) as refused:
        parse_cidrs([text], WIDEST)
    message = str(refused.value)
    assert message.startswith(repr(text))
    assert "; " in message
    assert "\n" not in message


@pytest.mark.parametrize(
    ("text", "block"),
    [
        ("198.51.100.7", "198.51.100.7/32"),
        ("2001:db8::7", "2001:db8::7/128"),
        (" 10.0.0.0/16 ", "10.0.0.0/16"),
        ("10.0.0.0/255.255.255.0", "10.0.0.0/24"),
        ("2001:DB8:0:0:0:0:0:7/128", "2001:db8::7/128"),
    ],
)
def test_a_block_has_one_spelling(text: str, block: str) -> None:
    assert parse_cidrs([text], WIDEST) == [block]


@pytest.mark.parametrize("again", ["198.51.100.7", "198.51.100.7/32", " 198.51.100.7"])
def test_a_block_that_is_there_twice_is_refused(again: str) -> None:
    with pytest.raises(ValueError, match="is there twice"):
        parse_cidrs(["198.51.100.7/32", again], WIDEST)


def test_as_many_blocks_as_istio_takes_are_taken_and_no_more() -> None:
    texts = [str(IPv4Address("10.0.0.0") + i) for i in range(MOST_ADDRESSES + 1)]
    assert len(parse_cidrs(texts[:-1], WIDEST)) == MOST_ADDRESSES == 256
    with pytest.raises(ValueError, match="257 blocks are too many"):
        parse_cidrs(texts, WIDEST)


def test_a_setting_can_allow_wider_blocks_and_never_the_whole_internet() -> None:
    assert parse_cidrs(["10.0.0.0/8"], Widest(ipv4=8)) == ["10.0.0.0/8"]
    with pytest.raises(ValueError, match="whole internet"):
        parse_cidrs(["0.0.0.0/0"], Widest(ipv4=0))


def test_each_looked_up_address_is_the_block_of_itself_alone() -> None:
    addresses: list[IPv4Address | IPv6Address] = [
        IPv6Address("2001:db8::7"),
        IPv4Address("198.51.100.20"),
        IPv4Address("198.51.100.7"),
        IPv4Address("198.51.100.7"),
    ]
    assert host_blocks(addresses) == ["198.51.100.7/32", "198.51.100.20/32", "2001:db8::7/128"]


@pytest.mark.parametrize(
    "texts", [["10.0.0.0/17", "10.1.0.0/17"], ["10.0.0.0/16", "10.0.7.0/24", "2001:db8::/48"]]
)
def test_blocks_may_open_together_what_one_of_them_may(texts: list[str]) -> None:
    assert len(parse_cidrs(texts, WIDEST)) == len(texts)


@pytest.mark.parametrize(
    ("texts", "words"),
    [
        (
            ["10.0.0.0/16", "10.1.0.0/32"],
            "together they open 65537 IPv4 addresses, more than one /16 (widestIPv4); give fewer",
        ),
        (["2001:db8::/48", "2001:db8:1::/64"], "more than one /48 (widestIPv6)"),
    ],
)
def test_blocks_that_open_more_together_are_refused(texts: list[str], words: str) -> None:
    with pytest.raises(ValueError, match=re.escape(words)):
        parse_cidrs(texts, WIDEST)
