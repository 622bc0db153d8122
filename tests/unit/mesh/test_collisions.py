"""What Envoy does where two ask for the same connections; the mesh's own tests see it happen."""

from __future__ import annotations

from ipaddress import ip_network
from typing import Any

import pytest

from mesh.collisions import Clash, Collision, Listening, blocks_of, collisions
from mesh.visibility import Rank

OLD = Rank(is_public=False, created="2026-01-01", name="theirs", namespace="shop")
YOUNG = Rank(is_public=False, created="2026-12-01", name="theirs", namespace="shop")
ADDRESS, OTHER, RANGE, NARROW = "198.51.100.7", "203.0.113.7", "198.51.100.0/24", "198.51.100.0/28"


def listening(*blocks: str, **changed: Any) -> Listening:
    return Listening(
        **{
            "what": "ServiceEntry shop/theirs",
            "hosts": frozenset({"theirs.example.org"}),
            "blocks": blocks_of(blocks),
            "port": 3306,
            "protocol": "TCP",
            "resolution": "STATIC",
            "rank": OLD,
            **changed,
        }
    )


def ours(*blocks: str, **changed: Any) -> Listening:
    return listening(
        *blocks,
        **{
            "what": "ServiceEntry default/mysql-external",
            "hosts": frozenset({"mysql.example.com"}),
            "resolution": "NONE",
            "rank": Rank(
                is_public=False, created="2026-06-01", name="mysql-external", namespace="default"
            ),
            **changed,
        },
    )


SINGLE, WIDE, ANY = ours(ADDRESS), ours(RANGE), ours(resolution="DNS")

WHERE = "0.0.0.0:3306"
CASES = [
    # the same address
    (SINGLE, listening(ADDRESS), Clash.TAKEN, ADDRESS),
    (SINGLE, listening(OTHER, ADDRESS), Clash.TAKEN, ADDRESS),
    (SINGLE, listening(ADDRESS, rank=YOUNG), Clash.LEFT_OUT, ADDRESS),
    (SINGLE, listening(ADDRESS, resolution="NONE"), Clash.COUNTED, ADDRESS),
    (SINGLE, listening(ADDRESS, protocol=""), Clash.MUTE, ADDRESS),
    (SINGLE, listening(ADDRESS, protocol="", rank=YOUNG), Clash.MUTE, ADDRESS),
    (SINGLE, listening(ADDRESS, resolution="NONE", protocol="MONGO"), Clash.READ, ADDRESS),
    # what is of one address does not look at what the client sends
    (SINGLE, listening(ADDRESS, protocol="TLS"), Clash.TAKEN, ADDRESS),
    # the listener that all others share
    (WIDE, listening(RANGE), Clash.TAKEN, RANGE),
    (WIDE, listening(RANGE, resolution="NONE"), Clash.COUNTED, RANGE),
    (WIDE, listening(RANGE, rank=YOUNG), Clash.LEFT_OUT, RANGE),
    (WIDE, listening(NARROW), Clash.WITHIN, NARROW),
    (WIDE, listening(ADDRESS), Clash.WITHIN, f"{ADDRESS}/32"),
    (WIDE, listening(ADDRESS, protocol="HTTP"), Clash.MUTE, WHERE),
    (WIDE, listening(OTHER, protocol="HTTP", rank=YOUNG), Clash.MUTE, WHERE),
    (WIDE, listening("203.0.113.0/24", protocol="TLS"), Clash.MUTE, WHERE),
    (WIDE, listening(protocol=""), Clash.MUTE, WHERE),
    (WIDE, listening("203.0.113.0/24", protocol="MONGO"), Clash.READ, WHERE),
    (WIDE, listening("203.0.113.0/24", protocol="MONGO", rank=YOUNG), Clash.LEFT_OUT, WHERE),
    # without an address
    (SINGLE, listening(), Clash.REST, WHERE),
    (WIDE, listening(), Clash.REST, WHERE),
    (ANY, listening(), Clash.REST, WHERE),
    # the same host
    (SINGLE, listening(OTHER, hosts=SINGLE.hosts), Clash.TAKEN, "mysql.example.com"),
    (SINGLE, listening(OTHER, hosts=SINGLE.hosts, rank=YOUNG), Clash.LEFT_OUT, "mysql.example.com"),
]


@pytest.mark.parametrize(("mine", "theirs", "clash", "where"), CASES)
def test_two_that_ask_for_the_same_collide(
    mine: Listening, theirs: Listening, clash: Clash, where: str
) -> None:
    assert collisions(mine, theirs) == [Collision(clash, "ServiceEntry shop/theirs", where)]


@pytest.mark.parametrize(
    ("mine", "theirs"),
    [
        (SINGLE, listening(OTHER)),
        (SINGLE, listening(ADDRESS, port=5432)),
        (SINGLE, listening(ADDRESS, protocol="UDP")),
        # a listener of one's own comes before the one that all share
        (SINGLE, listening(RANGE)),
        (SINGLE, listening(RANGE, protocol="HTTP")),
        (SINGLE, listening(RANGE, protocol="")),
        (SINGLE, listening(ADDRESS, protocol="HTTP")),
        # and the narrower block before the wider one
        (ours(NARROW), listening(RANGE)),
        (WIDE, listening("203.0.113.0/24")),
        (WIDE, listening(NARROW, resolution="NONE")),
        (WIDE, listening(OTHER, protocol="TLS")),
        (SINGLE, listening(OTHER, hosts=SINGLE.hosts, resolution="NONE")),
    ],
)
def test_others_do_not(mine: Listening, theirs: Listening) -> None:
    assert collisions(mine, theirs) == []


def test_every_way_to_collide_has_a_case() -> None:
    assert {clash for _, _, clash, _ in CASES} == set(Clash)


def test_addresses_are_read_as_istio_reads_them() -> None:
    assert blocks_of(["198.51.100.7/24", "fd00::7", "mysql.example.com"]) == (
        ip_network("198.51.100.0/24"),
        ip_network("fd00::7/128"),
    )
