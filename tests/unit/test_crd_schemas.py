"""What goes to Istio is what Istio's CRDs take: mocks run no provider's check, so this does."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

import pytest

from tests.unit.conftest import Up
from tests.unit.crds import problems
from tests.unit.nameserver import Zone
from tests.unit.recording import all_created

KINDS = ("ServiceEntry", "VirtualService", "DestinationRule")

EVERY_EGRESS: list[dict[str, object]] = [
    {"egress": "lookup"},
    {"egress": "lookup", "additionalHosts": ["replica.example.com"]},
    {"egress": "cidrs", "cidrs": ["198.51.100.0/24", "2001:db8::/64"]},
    {"egress": "cidrs", "cidrs": ["198.51.100.7"], "protocol": "MONGO", "exportTo": ["*"]},
    {"egress": "mesh-dns"},
    {"egress": "bypass"},
    {"egress": "off"},
]


@pytest.mark.parametrize("settings", EVERY_EGRESS, ids=lambda s: "-".join(map(str, s.values())))
def test_every_way_out_makes_objects_that_the_crds_take(
    up: Up, zone: Zone, settings: dict[str, object]
) -> None:
    zone.records["replica.example.com"] = ["198.51.100.8"]
    engine = up(destinationRules=True, **settings)
    objects = [r.inputs for kind in KINDS for r in all_created(engine, kind)]
    assert len(objects) >= 6
    assert {o["metadata"]["name"]: problems(o) for o in objects if problems(o)} == {}


ENTRY: dict[str, Any] = {
    "hosts": ["mysql.example.com"],
    "addresses": ["198.51.100.7/32"],
    "ports": [{"name": "tcp", "number": 3306, "protocol": "TCP"}],
    "location": "MESH_EXTERNAL",
    "resolution": "NONE",
    "exportTo": ["."],
}
ROUTE: dict[str, Any] = {
    "hosts": ["ratings"],
    "http": [{"route": [{"destination": {"host": "ratings", "subset": "v2-mysql"}}]}],
}
RULE: dict[str, Any] = {
    "host": "ratings",
    "subsets": [{"name": "v1", "labels": {"version": "v1"}}],
}


def manifest(kind: str, spec: Mapping[str, Any]) -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": kind,
        "metadata": {"name": "mysql-external", "namespace": "default"},
        "spec": spec,
    }


@pytest.mark.parametrize(
    ("kind", "spec"),
    [("ServiceEntry", ENTRY), ("VirtualService", ROUTE), ("DestinationRule", RULE)],
)
def test_a_right_object_has_no_problem(kind: str, spec: Mapping[str, Any]) -> None:
    assert problems(manifest(kind, spec)) == []


@pytest.mark.parametrize(
    ("kind", "spec", "problem"),
    [
        ("ServiceEntry", ENTRY | {"adresses": ["198.51.100.7/32"]}, "'adresses' was unexpected"),
        ("ServiceEntry", ENTRY | {"export_to": ["."]}, "'export_to' was unexpected"),
        ("ServiceEntry", ENTRY | {"resolution": "none"}, "'none' is not one of"),
        ("ServiceEntry", ENTRY | {"location": "EXTERNAL"}, "'EXTERNAL' is not one of"),
        ("ServiceEntry", ENTRY | {"hosts": []}, "[] should be non-empty"),
        ("ServiceEntry", ENTRY | {"hosts": "mysql.example.com"}, "is not of type 'array'"),
        ("ServiceEntry", {k: v for k, v in ENTRY.items() if k != "hosts"}, "'hosts' is a required"),
        ("ServiceEntry", ENTRY | {"ports": [{"name": "tcp"}]}, "'number' is a required property"),
        (
            "ServiceEntry",
            ENTRY | {"ports": [{"name": "tcp", "number": "3306"}]},
            "'3306' is not of type 'integer'",
        ),
        (
            "ServiceEntry",
            ENTRY | {"ports": [{"name": "tcp", "number": 3306, "proto": "TCP"}]},
            "'proto' was unexpected",
        ),
        (
            "ServiceEntry",
            ENTRY | {"addresses": [f"198.51.100.{i}/32" for i in range(257)]},
            "is too long",
        ),
        (
            "VirtualService",
            {
                "hosts": ["ratings"],
                "http": [{"route": [{"destination": {"host": "r", "hostname": "r"}}]}],
            },
            "'hostname' was unexpected",
        ),
        ("VirtualService", ROUTE | {"http": [{"routes": []}]}, "'routes' was unexpected"),
        (
            "DestinationRule",
            RULE | {"subsets": [{"name": "v1", "labels": {"version": 1}}]},
            "1 is not of type 'string'",
        ),
        ("DestinationRule", RULE | {"hosts": ["ratings"]}, "'hosts' was unexpected"),
    ],
)
def test_the_check_finds_what_the_api_server_would_refuse_or_prune(
    kind: str, spec: Mapping[str, Any], problem: str
) -> None:
    found = problems(manifest(kind, spec))
    assert len(found) == 1
    assert problem in found[0]
