"""The firewall of the ratings pods: what it lets out."""

from __future__ import annotations

from typing import Any

import pytest

from tests.unit.conftest import Up
from tests.unit.nameserver import Zone
from tests.unit.recording import ANNOTATIONS, Engine, all_created, created

DNS = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "kube-system"}},
            "podSelector": {"matchLabels": {"k8s-app": "kube-dns"}},
        }
    ],
    "ports": [{"protocol": "UDP", "port": 53}, {"protocol": "TCP", "port": 53}],
}
ISTIOD = {
    "to": [
        {
            "namespaceSelector": {"matchLabels": {"kubernetes.io/metadata.name": "istio-system"}},
            "podSelector": {"matchLabels": {"app": "istiod"}},
        }
    ],
    "ports": [{"protocol": "TCP", "port": 15012}],
}


def database(*blocks: str, port: int = 3306) -> dict[str, Any]:
    return {
        "to": [{"ipBlock": {"cidr": block}} for block in blocks],
        "ports": [{"protocol": "TCP", "port": port}],
    }


def spec_of(engine: Engine) -> dict[str, Any]:
    spec: dict[str, Any] = created(engine, "NetworkPolicy").inputs["spec"]
    return spec


def test_there_is_none_unless_it_is_asked_for(up: Up) -> None:
    assert all_created(up(), "NetworkPolicy") == []


def test_it_is_for_what_leaves_the_pods_of_the_workload_and_no_other(up: Up) -> None:
    engine = up(networkPolicy=True)
    spec = spec_of(engine)
    pods = created(engine, "Deployment").inputs["spec"]["template"]["metadata"]["labels"]
    assert spec["podSelector"] == {"matchLabels": pods}
    assert spec["policyTypes"] == ["Egress"]


def test_it_lets_out_what_is_for_dns_the_mesh_and_the_database(up: Up) -> None:
    entry = database("198.51.100.7/32", "2001:db8::7/128")
    assert spec_of(up(networkPolicy=True))["egress"] == [DNS, ISTIOD, entry]


def test_it_follows_the_addresses(up: Up, zone: Zone) -> None:
    zone.records["replica.example.com"] = ["198.51.100.8"]
    engine = up(networkPolicy=True, additionalHosts=["replica.example.com"])
    blocks = created(engine, "ServiceEntry").inputs["spec"]["addresses"]
    assert "198.51.100.8/32" in blocks
    assert spec_of(engine)["egress"][-1] == database(*blocks)


@pytest.mark.parametrize("egress", ["cidrs", "bypass"])
def test_a_range_is_let_out_as_it_is(up: Up, egress: str) -> None:
    engine = up(networkPolicy=True, egress=egress, cidrs=["198.51.100.0/24"], port=3307)
    assert spec_of(engine)["egress"] == [DNS, ISTIOD, database("198.51.100.0/24", port=3307)]


def test_without_a_way_out_there_is_none_here_either(up: Up) -> None:
    assert spec_of(up(networkPolicy=True, egress="off"))["egress"] == [DNS, ISTIOD]


def test_no_pod_runs_before_it_is_there(up: Up) -> None:
    engine = up(networkPolicy=True)
    policy = created(engine, "NetworkPolicy")
    assert policy.urn in created(engine, "RatingsWorkload").depends_on
    assert policy.hooks == created(engine, "ServiceEntry").hooks
    assert policy.inputs["metadata"]["annotations"] == ANNOTATIONS
