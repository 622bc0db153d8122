"""Looking hosts up, asked of a DNS server in this process."""

from __future__ import annotations

import re
import threading
from collections.abc import Sequence
from datetime import timedelta

import dns.rcode
import pytest

from mesh.addresses import host_blocks
from mesh.answers import LookupFailed, accepted, together
from mesh.memory import Rules, addresses, remember
from mesh.nameserver import Nameserver
from mesh.resolver import look_up
from mesh.times import now
from tests.unit.conftest import HOST
from tests.unit.nameserver import Zone

REPLICA = "replica.example.com"


def looked_up(zone: Zone, *hosts: str, timeout: float = 5, public: bool = False) -> list[str]:
    return blocks(hosts or [HOST], [zone.nameserver], timeout=timeout, public=public)


def blocks(
    hosts: Sequence[str],
    nameservers: Sequence[Nameserver],
    *,
    timeout: float = 5,
    public: bool = False,
) -> list[str]:
    """Look hosts up for the first time, and give the blocks of an entry."""
    said = look_up(hosts, nameservers=nameservers, timeout=timeout)
    answers = {
        host: accepted(host, together(host, each, merge=False), public=public)
        for host, each in said.items()
    }
    return host_blocks(addresses(remember({}, answers, now(), Rules(timedelta())).memory))


def refusal(zone: Zone, *hosts: str, timeout: float = 5, public: bool = False) -> str:
    """Give the one line of a lookup that failed."""
    with pytest.raises(LookupFailed) as failed:
        looked_up(zone, *hosts, timeout=timeout, public=public)
    message = str(failed.value)
    assert "\n" not in message
    assert "; " in message  # what is wrong; what to do
    return message


def test_both_families_are_asked_and_given_as_blocks_of_one_address(zone: Zone) -> None:
    assert looked_up(zone) == ["198.51.100.7/32", "2001:db8::7/128"]
    assert {record for _, record, _ in zone.asked} == {"A", "AAAA"}


@pytest.mark.parametrize("address", ["198.51.100.7", "2001:db8::7"])
def test_one_family_is_enough(zone: Zone, address: str) -> None:
    zone.records[HOST] = [address]
    (block,) = looked_up(zone)
    assert block.startswith(f"{address}/")


def test_blocks_are_sorted_as_numbers_ipv4_first(zone: Zone) -> None:
    zone.records[HOST] = ["2001:db8::a", "198.51.100.20", "2001:db8::9", "198.51.100.3"]
    assert looked_up(zone) == [
        "198.51.100.3/32",
        "198.51.100.20/32",
        "2001:db8::9/128",
        "2001:db8::a/128",
    ]


def test_an_answer_in_another_order_is_no_diff(zone: Zone) -> None:
    addresses = [f"198.51.100.{i}" for i in (9, 3, 200, 41)]
    answers = []
    for order in (addresses, sorted(addresses), addresses[::-1]):
        zone.records[HOST] = order
        answers.append(looked_up(zone))
    assert answers[0] == answers[1] == answers[2]


def test_an_address_of_two_hosts_is_there_once(zone: Zone) -> None:
    zone.records[REPLICA] = ["198.51.100.7", "198.51.100.8"]
    assert looked_up(zone, HOST, REPLICA) == [
        "198.51.100.7/32",
        "198.51.100.8/32",
        "2001:db8::7/128",
    ]


def test_aliases_are_followed(zone: Zone) -> None:
    zone.aliases |= {"db.example.com": "db.provider.example", "db.provider.example": HOST}
    assert looked_up(zone, "db.example.com") == ["198.51.100.7/32", "2001:db8::7/128"]


def test_an_alias_that_leads_nowhere_is_said(zone: Zone) -> None:
    zone.aliases["db.example.com"] = "gone.example.com"
    assert refusal(zone, "db.example.com").startswith("db.example.com does not exist")


def test_aliases_in_a_circle_are_said(zone: Zone) -> None:
    zone.aliases |= {"a.example.com": "b.example.com", "b.example.com": "a.example.com"}
    assert refusal(zone, "a.example.com") == (
        "the aliases of a.example.com lead in a circle "
        "(a.example.com -> b.example.com -> a.example.com); mend its DNS"
    )


def test_names_are_asked_as_they_are_without_a_search_domain(zone: Zone) -> None:
    refusal(zone, "nowhere.example.com")
    assert {name for name, _, _ in zone.asked} == {"nowhere.example.com"}


def test_a_long_answer_is_asked_again_over_tcp(zone: Zone) -> None:
    zone.records[HOST] = [f"198.51.100.{i}" for i in range(1, 101)]
    assert len(looked_up(zone)) == 100
    assert (HOST, "A", "TCP") in zone.asked


def test_a_host_that_does_not_exist_is_said_with_who_says_so(zone: Zone) -> None:
    assert refusal(zone, "nowhere.example.com") == (
        "nowhere.example.com does not exist, says nameserver 127.0.0.1; check the name"
    )


@pytest.mark.parametrize("code", [dns.rcode.SERVFAIL, dns.rcode.REFUSED])
def test_a_server_that_fails_is_said_with_its_code(zone: Zone, code: dns.rcode.Rcode) -> None:
    zone.codes[HOST] = code
    message = refusal(zone)
    assert message.startswith(f"nameserver 127.0.0.1 answered {code.name} for {HOST}")


def test_a_server_that_says_nothing_is_waited_for_only_so_long(zone: Zone) -> None:
    zone.silent.add(HOST)
    assert refusal(zone, timeout=0.2) == (
        f"nameserver 127.0.0.1 did not answer for {HOST} within 0.2 s; "
        "check nameserver, or raise dnsTimeout"
    )


def test_a_name_without_addresses_is_said(zone: Zone) -> None:
    zone.records[HOST] = []
    assert refusal(zone).startswith(f"{HOST} exists but has no A or AAAA record")


def test_one_host_of_several_without_addresses_is_named(zone: Zone) -> None:
    zone.records[REPLICA] = []
    assert refusal(zone, HOST, REPLICA).startswith(f"{REPLICA} exists but has no A or AAAA")


PRIVATE = ["10.0.0.7", "172.16.0.7", "192.168.0.7", "100.64.0.7", "fd00::7"]


def test_private_addresses_are_fine_unless_public_ones_are_expected(zone: Zone) -> None:
    zone.records[HOST] = PRIVATE
    assert len(looked_up(zone)) == len(PRIVATE)


@pytest.mark.parametrize("address", PRIVATE)
def test_only_private_addresses_are_refused_where_a_public_one_is_expected(
    zone: Zone, address: str
) -> None:
    zone.records[HOST] = [address]
    message = refusal(zone, public=True)
    assert message.startswith(f"{HOST} has only private addresses ({address})")
    assert "publicOnly" in message


def test_one_public_address_among_private_ones_is_enough(zone: Zone) -> None:
    zone.records[HOST] = ["10.0.0.7", "8.8.4.4"]
    assert looked_up(zone, public=True) == ["8.8.4.4/32", "10.0.0.7/32"]


@pytest.mark.parametrize(
    ("address", "what"),
    [
        ("127.0.0.1", "loopback"),
        ("::1", "loopback"),
        ("169.254.169.254", "a cloud's metadata service"),
        ("fd00:ec2::254", "a cloud's metadata service"),
        ("::ffff:169.254.169.254", "IPv4 addresses written as IPv6"),
        ("169.254.7.7", "link-local addresses"),
        ("fe80::7", "link-local addresses"),
        ("0.0.0.0", "unspecified addresses"),  # noqa: S104 - an answer, not an address to bind
        ("224.0.0.7", "multicast groups"),
    ],
)
def test_one_address_that_must_not_be_opened_spoils_the_answer(
    zone: Zone, address: str, what: str
) -> None:
    zone.records[HOST].append(address)
    message = refusal(zone)
    assert message.startswith(f"{HOST} has the address ")
    assert f"which reaches {what}" in message


def test_as_many_addresses_as_istio_takes_are_taken_and_no_more(zone: Zone) -> None:
    zone.records[HOST] = [f"198.51.{i // 256}.{i % 256}" for i in range(1, 257)]
    assert len(looked_up(zone)) == 256
    zone.records[HOST].append("198.51.100.100")
    assert f"{HOST} has 257 addresses, and one ServiceEntry takes 256" in refusal(zone)


def test_hosts_are_asked_side_by_side(zone: Zone) -> None:
    hosts = [f"mysql-{i}.example.com" for i in range(20)]
    zone.records |= {host: [f"198.51.100.{i}"] for i, host in enumerate(hosts)}
    # Nobody gets an answer before all questions, A and AAAA of each, are there together.
    together = threading.Barrier(2 * len(hosts), timeout=10)
    zone.before_answer = lambda _: together.wait()
    assert len(looked_up(zone, *hosts, timeout=20)) == len(hosts)
    assert len(zone.asked) == 2 * len(hosts)


def test_the_machines_own_nameservers_are_asked_where_none_is_given(
    monkeypatch: pytest.MonkeyPatch, zone: Zone
) -> None:
    def configured(resolver: dns.resolver.Resolver) -> None:
        resolver.nameservers = [zone.nameserver.address]
        resolver.port = zone.nameserver.port

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", lambda self, _: configured(self))
    assert blocks([HOST], []) == ["198.51.100.7/32", "2001:db8::7/128"]


def test_a_machine_without_a_nameserver_is_said(monkeypatch: pytest.MonkeyPatch) -> None:
    def nothing(*_: object) -> None:
        raise dns.resolver.NoResolverConfiguration

    monkeypatch.setattr(dns.resolver.Resolver, "read_resolv_conf", nothing)
    with pytest.raises(LookupFailed, match="names no nameserver; set nameserver"):
        blocks([HOST], [])


@pytest.mark.parametrize(
    ("text", "nameserver"),
    [
        ("198.51.100.53", Nameserver("198.51.100.53", 53)),
        (" 198.51.100.53:5353 ", Nameserver("198.51.100.53", 5353)),
        ("2001:db8::53", Nameserver("2001:db8::53", 53)),
        ("[2001:db8::53]:5353", Nameserver("2001:db8::53", 5353)),
    ],
)
def test_a_nameserver_is_an_address_with_or_without_a_port(
    text: str, nameserver: Nameserver
) -> None:
    assert Nameserver.parse(text) == nameserver


@pytest.mark.parametrize(
    "text",
    [
        "",
        "ns.example.com",
        "198.51.100.53:",
        "198.51.100.53:dns",
        "198.51.100.53:0",
        "198.51.100.53:65536",
        "[2001:db8::53]",
        "2001:db8::53]:53",
        "198.51.100:53",
        "198.51.100.53:٥٣",
    ],
)
def test_whatever_else_is_no_nameserver(text: str) -> None:
    with pytest.raises(ValueError, match=re.escape(repr(text))):
        Nameserver.parse(text)
