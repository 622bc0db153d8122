"""Each way out of the mesh: the ServiceEntry it takes, and what the pods are told."""

from __future__ import annotations

import json
from ipaddress import ip_address, ip_network
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mesh.egress import own_address
from tests.unit.conftest import HOST, Up
from tests.unit.nameserver import Zone
from tests.unit.recording import Engine, all_created, created

EXCLUDE_RANGES = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
EXCLUDE_PORTS = "traffic.sidecar.istio.io/excludeOutboundPorts"


def entry_of(engine: Engine) -> dict[str, Any]:
    spec: dict[str, Any] = created(engine, "ServiceEntry").inputs["spec"]
    return spec


def pod_annotations(engine: Engine) -> dict[str, str]:
    template = created(engine, "Deployment").inputs["spec"]["template"]
    annotations: dict[str, str] = template["metadata"]["annotations"]
    return annotations


def test_looked_up_addresses_are_the_articles_entry(up: Up) -> None:
    engine = up()
    assert created(engine, "ServiceEntry").inputs["metadata"]["name"] == "mysql-external"
    assert entry_of(engine) == {
        "hosts": [HOST],
        "addresses": ["198.51.100.7/32", "2001:db8::7/128"],
        "ports": [{"name": "tcp", "number": 3306, "protocol": "TCP"}],
        "location": "MESH_EXTERNAL",
        "resolution": "NONE",
        "exportTo": ["."],
    }
    assert pod_annotations(engine) == {}


def test_additional_hosts_are_looked_up_for_the_same_entry(up: Up, zone: Zone) -> None:
    zone.records["replica.example.com"] = ["198.51.100.3"]
    entry = entry_of(up(additionalHosts=["Replica.example.com."]))
    assert entry["hosts"] == [HOST, "replica.example.com"]
    assert entry["addresses"] == ["198.51.100.3/32", "198.51.100.7/32", "2001:db8::7/128"]


def test_an_answer_in_another_order_is_no_diff(up: Up, zone: Zone) -> None:
    addresses = ["198.51.100.7", "198.51.100.20", "2001:db8::7"]
    entries = []
    for order in (addresses, addresses[::-1]):
        zone.records[HOST] = order
        entries.append(entry_of(up()))
    assert entries[0] == entries[1]


def test_blocks_by_hand_are_taken_without_a_lookup(up: Up, zone: Zone) -> None:
    engine = up(egress="cidrs", cidrs=["2001:db8::/64", "198.51.100.0/24"])
    assert entry_of(engine)["addresses"] == ["198.51.100.0/24", "2001:db8::/64"]
    assert entry_of(engine)["resolution"] == "NONE"
    assert zone.asked == []


def test_by_the_meshs_own_dns_the_entry_has_an_address_of_its_own_and_pods_capture_dns(
    up: Up, zone: Zone
) -> None:
    engine = up(egress="mesh-dns")
    assert entry_of(engine)["resolution"] == "DNS_ROUND_ROBIN"
    assert entry_of(engine)["addresses"] == [own_address(HOST)]
    config = json.loads(pod_annotations(engine)["proxy.istio.io/config"])
    assert config == {"proxyMetadata": {"ISTIO_META_DNS_CAPTURE": "true"}}
    assert engine.outputs["addresses"] == []  # none of it is the database's
    assert zone.asked == []


HOSTS = st.from_regex(r"[a-z]{1,10}\.example\.com", fullmatch=True)


@given(HOSTS)
def test_an_address_of_ones_own_is_where_nobody_is_and_istio_gives_none(host: str) -> None:
    address = ip_address(own_address(host))
    assert address.is_reserved
    assert address not in ip_network("240.240.0.0/16")
    assert own_address(host) == str(address)  # and so it is in each run


@given(st.sets(HOSTS, min_size=2))
def test_no_two_databases_share_an_address_of_their_own(hosts: set[str]) -> None:
    assert len({own_address(host) for host in hosts}) == len(hosts)


def test_around_the_sidecar_the_pods_exclude_the_known_ranges(up: Up) -> None:
    engine = up(egress="bypass", cidrs=["2001:db8::/64", "198.51.100.0/24"])
    assert all_created(engine, "ServiceEntry") == []
    assert pod_annotations(engine) == {EXCLUDE_RANGES: "198.51.100.0/24,2001:db8::/64"}
    assert engine.outputs["serviceEntry"] is None
    assert engine.outputs["addresses"] == ["198.51.100.0/24", "2001:db8::/64"]


def test_around_the_sidecar_without_a_known_range_the_pods_exclude_the_port(up: Up) -> None:
    assert pod_annotations(up(egress="bypass", port=3307)) == {EXCLUDE_PORTS: "3307"}


def test_switched_off_there_is_no_way_out(up: Up, zone: Zone) -> None:
    engine = up(egress="off")
    assert all_created(engine, "ServiceEntry") == []
    assert pod_annotations(engine) == {}
    assert (engine.outputs["serviceEntry"], engine.outputs["addresses"]) == (None, [])
    assert zone.asked == []


def test_it_is_closed_before_all_else_and_without_a_look(up: Up) -> None:
    engine = up(egress="off")
    (closed,) = (each for each in engine.resources if each.inputs.get("closed"))
    assert (closed.kind, closed.name, closed.hooks) == ("Entry", "mysql-external-held", ())
    assert closed.depends_on == frozenset()
    others = [each for each in engine.resources if each.hooks]
    assert len(others) > 10
    assert [each.name for each in others if closed.urn not in each.depends_on] == []


def test_without_an_entry_the_routes_still_wait_for_the_workload(up: Up) -> None:
    engine = up(egress="bypass")
    routing = created(engine, "BookinfoRouting")
    assert created(engine, "Deployment").urn in routing.depends_on


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"protocol": "MONGO", "port": 27017}, {"number": 27017, "protocol": "MONGO"}),
        ({"protocol": "TCP", "port": 3307}, {"number": 3307, "protocol": "TCP"}),
    ],
)
def test_port_and_protocol_are_settings(
    up: Up, settings: dict[str, object], expected: dict[str, object]
) -> None:
    assert entry_of(up(**settings))["ports"] == [{"name": "tcp", **expected}]


def test_the_entry_is_seen_where_the_setting_says(up: Up) -> None:
    assert entry_of(up(exportTo=[".", "reporting"]))["exportTo"] == [".", "reporting"]
