"""Others in the way, each set up in the mesh: what the doctor says, and what Envoy does.

`docs/checks.md` has them side by side.
"""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import closing
from typing import Any

import pytest

from checks.finding import Severity
from demo import page
from demo.entry import Entry
from demo.story import RANGE, Story
from demo.watch import eventually
from sandbox.layout import HERE
from tests.mesh.collided import KEPT_IN, NOBODY, OURS, THEIRS, Ground, next_second

BY_RANGE = {"egress": "cidrs", "cidrs": [RANGE]}


@pytest.fixture(scope="module")
def by_range(ground: Ground) -> Ground:
    ground.home.settle(**BY_RANGE)
    ground.comes_to(OURS)
    return ground


def warned(said: dict[str, Severity], *words: str) -> bool:
    return any(
        severity is Severity.WARNING and all(word in line for word in words)
        for line, severity in said.items()
    )


def refused(said: dict[str, Severity], *words: str) -> bool:
    (line,) = [line for line, severity in said.items() if severity is Severity.FAILURE]
    return all(word in line for word in words)


@pytest.fixture
def young_entry(ground: Ground) -> Iterator[Entry]:
    """The stack's ServiceEntry, taken away: once it is put back, it is younger than others'."""
    name = ground.home.stack.outputs()["serviceEntry"]
    with closing(Entry(HERE.kubeconfig, ground.namespace, name)) as entry:
        entry.delete()
        ground.comes_to(KEPT_IN)
        yield entry


def of(thing: str, ground: Ground) -> str:
    return f"{thing} {ground.elsewhere.kubectl.namespace}/theirs"


def manifest(kind: str, group: str = "networking.istio.io", **spec: Any) -> dict[str, Any]:
    return {
        "apiVersion": f"{group}/v1" if group else "v1",
        "kind": kind,
        "metadata": {"name": "theirs"},
        "spec": spec,
    }


def at_home(ground: Ground, thing: dict[str, Any]) -> dict[str, Any]:
    return {**thing, "metadata": {**thing["metadata"], "namespace": ground.namespace}}


# --- nothing in the way


def test_of_a_mesh_that_is_as_it_should_be_nothing_is_said(ground: Ground) -> None:
    assert ground.doctor() == {}


# --- the same address


def test_an_older_entry_by_name_takes_the_connections(ground: Ground, young_entry: Entry) -> None:
    address = str(ground.home.server.at.ipv4)
    with ground.others(ground.entry(addresses=[address])):
        ground.comes_to(THEIRS)
        next_second()
        young_entry.apply()
        said = ground.doctor()
        assert refused(said, of("ServiceEntry", ground), address, "comes first", "credentials")
        assert ground.dial() == THEIRS
        # And the program says it before it changes anything.
        run = ground.home.stack
        run.set(replicas=2)
        (line,) = [e for e in run.preview(ok=False).errors if "comes first" in e]
        assert line in said
        run.set(replicas=None)


def test_a_younger_entry_has_no_listener(ground: Ground) -> None:
    address = str(ground.home.server.at.ipv4)
    next_second()
    with ground.others(ground.entry(addresses=[address])):
        assert warned(ground.doctor(), of("ServiceEntry", ground), "comes after")
        eventually(
            lambda: ground.led_to(3306),
            lambda clusters: clusters == {f"outbound|3306||{ground.home.server.at.host}"},
            "our cluster alone",
        )
        assert ground.dial() == OURS


def test_an_older_entry_for_all_comes_after_one_that_is_for_its_namespace(
    ground: Ground, young_entry: Entry
) -> None:
    address = str(ground.home.server.at.ipv4)
    with ground.others(ground.entry(addresses=[address], exportTo=["*"])):
        ground.comes_to(THEIRS)
        next_second()
        young_entry.apply()
        ground.comes_to(OURS)
        assert warned(ground.doctor(), of("ServiceEntry", ground), "comes after")


def test_an_older_entry_that_leads_as_dialled_only_has_its_name_on_it(
    ground: Ground, young_entry: Entry
) -> None:
    address = str(ground.home.server.at.ipv4)
    theirs = ground.entry(addresses=[address], resolution="NONE")
    del theirs["spec"]["endpoints"]
    with ground.others(theirs):
        ground.comes_to(OURS)
        next_second()
        young_entry.apply()
        assert warned(ground.doctor(), of("ServiceEntry", ground), "under its name")
        assert "outbound|3306||another.external.test" in ground.led_to(3306)
        assert ground.dial() == OURS


def test_a_protocol_that_is_not_said_makes_connections_hang(ground: Ground) -> None:
    address = str(ground.home.server.at.ipv4)
    with ground.others(ground.entry(addresses=[address], ports=[{"name": "any", "number": 3306}])):
        ground.comes_to(NOBODY)
        assert refused(ground.doctor(), of("ServiceEntry", ground), address, "hang")


def test_another_protocol_that_envoy_reads_leaves_ours_out(
    ground: Ground, young_entry: Entry
) -> None:
    address = str(ground.home.server.at.ipv4)
    mongo = {"name": "mongo", "number": 3306, "protocol": "MONGO"}
    theirs = ground.entry(addresses=[address], resolution="NONE", ports=[mongo])
    del theirs["spec"]["endpoints"]
    with ground.others(theirs):
        ground.comes_to(OURS)
        next_second()
        young_entry.apply()
        assert refused(ground.doctor(), of("ServiceEntry", ground), address, "leaves", "out")
        filters = ground.dialler.filters(3306)[f"{address}_3306"]
        assert filters[0] == "envoy.filters.network.mongo_proxy"


# --- without an address


def test_an_entry_without_an_address_takes_what_is_to_no_address_of_an_entry(
    ground: Ground, young_entry: Entry
) -> None:
    with ground.others(ground.entry()):
        ground.comes_to(THEIRS)
        young_entry.apply()
        ground.comes_to(OURS)
        assert warned(ground.doctor(), of("ServiceEntry", ground), "has no address", "credentials")


# --- the listener that all blocks share


@pytest.mark.parametrize("protocol", ["HTTP", "TLS"])
def test_what_lets_the_client_begin_makes_connections_to_a_block_hang(
    by_range: Ground, protocol: str
) -> None:
    theirs = by_range.entry(ports=[{"name": "theirs", "number": 3306, "protocol": protocol}])
    with by_range.others(theirs):
        by_range.comes_to(NOBODY)
        said = by_range.doctor(**BY_RANGE)
        assert refused(said, of("ServiceEntry", by_range), "hang")


def test_an_address_within_a_block_leads_to_its_own_endpoints(by_range: Ground) -> None:
    address = str(by_range.home.server.at.ipv4)
    with by_range.others(by_range.entry(addresses=[address])):
        by_range.comes_to(THEIRS)
        said = by_range.doctor(**BY_RANGE)
        assert warned(said, of("ServiceEntry", by_range), f"{address}/32", "within")


# --- Sidecars, rules, Services, routes


def test_a_sidecar_resource_that_does_not_take_the_entry_in_shuts_it_out(ground: Ground) -> None:
    ground.home.settle()
    theirs = at_home(ground, manifest("Sidecar", egress=[{"hosts": ["./*.svc.cluster.local"]}]))
    before = ground.dialler.connections()
    with ground.others(theirs):
        ground.comes_to(KEPT_IN)
        said = ground.doctor()
        assert refused(said, f"Sidecar {ground.namespace}/theirs", "BlackHoleCluster")
    assert ground.dialler.connections().since(before).black_hole > 0


def test_a_destination_rule_with_tls_breaks_mysql_s_own(ground: Ground) -> None:
    simple = {"tls": {"mode": "SIMPLE"}}
    theirs = at_home(
        ground, manifest("DestinationRule", host="*.external.test", trafficPolicy=simple)
    )
    with ground.others(theirs):
        eventually(ground.dial, lambda seen: seen != OURS, "a connection that breaks")
        said = ground.doctor()
        assert refused(said, f"DestinationRule {ground.namespace}/theirs", "SIMPLE")


def test_a_service_with_the_database_s_address_takes_it_past_the_sidecar(ground: Ground) -> None:
    at, other = ground.home.server.at, ground.elsewhere.server.at
    port = {"name": "tcp", "port": at.port, "protocol": "TCP"}
    service = manifest("Service", "", ports=[port], externalIPs=[str(at.ipv4)])
    endpoints = {
        "apiVersion": "discovery.k8s.io/v1",
        "kind": "EndpointSlice",
        "metadata": {"name": "theirs", "labels": {"kubernetes.io/service-name": "theirs"}},
        "addressType": "IPv4",
        "endpoints": [{"addresses": [str(other.ipv4)]}],
        "ports": [port],
    }
    with ground.others(service, endpoints):
        ground.comes_to(THEIRS)
        said = ground.doctor()
        assert refused(said, "Service", "theirs", str(at.ipv4), "kube-proxy", "externalIPs")


def test_an_older_route_by_name_leaves_ours_without_effect(story: Story, ground: Ground) -> None:
    # A pod that read elsewhere until now is asked again once its probe says so.
    eventually(
        lambda: page.fetch(story.stage.address),
        lambda seen: seen.stars == [5, 4],
        "the page with its stars",
    )
    host = f"reviews.{ground.namespace}.svc.cluster.local"
    theirs = manifest(
        "VirtualService",
        hosts=[host],
        exportTo=[ground.namespace],
        http=[{"route": [{"destination": {"host": host, "subset": "v1"}}]}],
    )
    with ground.others(theirs):
        eventually(
            lambda: page.fetch(story.stage.address),
            lambda seen: seen.stars == [None, None],
            "reviews v1, which has no stars",
        )
        assert refused(ground.doctor(), of("VirtualService", ground), "reviews", "no effect")


def test_routes_for_the_host_itself_lead_connections_away(ground: Ground) -> None:
    at, other = ground.home.server.at, ground.elsewhere.server.at
    theirs = manifest(
        "VirtualService",
        hosts=[at.host],
        exportTo=[ground.namespace],
        tcp=[
            {
                "match": [{"port": at.port}],
                "route": [{"destination": {"host": "another.external.test"}}],
            }
        ],
    )
    with ground.others(ground.entry(addresses=[str(other.ipv4)]), theirs):
        ground.comes_to(THEIRS)
        said = ground.doctor()
        assert warned(said, of("VirtualService", ground), at.host, "another.external.test")
