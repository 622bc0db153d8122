"""The zone that CoreDNS serves is one, and holds the databases' names."""

from __future__ import annotations

from pathlib import Path

import dns.zone

from sandbox.dns import Nameserver
from sandbox.layout import DATABASES, DNS_ZONE, Paths


def published(folder: Path, *records: str) -> dns.zone.Zone:
    paths = Paths(folder)
    paths.run.mkdir(exist_ok=True)
    nameserver = Nameserver(paths, {})
    nameserver.publish(records)
    return dns.zone.from_text(nameserver.zone_file.read_text(), DNS_ZONE)


def answers(zone: dns.zone.Zone, name: str, kind: str) -> list[str]:
    return [record.to_text() for record in zone.find_rdataset(name, kind)]


def test_every_database_has_both_addresses(tmp_path: Path) -> None:
    zone = published(tmp_path)
    for database in DATABASES:
        assert answers(zone, database.name, "A") == [str(database.ipv4)]
        assert answers(zone, database.name, "AAAA") == [str(database.ipv6)]


def test_further_records_replace_those_before(tmp_path: Path) -> None:
    assert answers(published(tmp_path, "replica IN CNAME mysql"), "replica", "CNAME") == ["mysql"]
    assert published(tmp_path).get_node("replica") is None


def test_each_publication_has_a_higher_serial_also_within_a_second(tmp_path: Path) -> None:
    serials = [published(tmp_path).find_rdataset("@", "SOA")[0].serial for _ in range(3)]
    assert sorted(set(serials)) == serials
