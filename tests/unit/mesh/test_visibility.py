"""What sidecars of a namespace see, and which of two comes first."""

from __future__ import annotations

from typing import Any

import pytest

from mesh.visibility import imports, is_seen, matches, rank, sidecar_of

LABELS = {"app": "ratings", "version": "v2-mysql"}


def thing(
    namespace: str, name: str = "thing", created: str = "2026", **spec: Any
) -> dict[str, Any]:
    metadata = {"name": name, "namespace": namespace, "creationTimestamp": created}
    return {"metadata": metadata, "spec": spec}


def sidecar(*egress: dict[str, Any], namespace: str = "home", **rest: Any) -> dict[str, Any]:
    spec: dict[str, Any] = {"egress": list(egress), **rest} if egress else rest
    return thing(namespace, **spec)


@pytest.mark.parametrize(
    ("export_to", "seen"),
    [
        (["*"], True),
        (["."], False),
        (["home"], True),
        (["elsewhere", "home"], True),
        (["elsewhere"], False),
        (["~"], False),
    ],
)
def test_a_thing_of_another_namespace_is_seen_where_it_is_exported_to(
    export_to: list[str], *, seen: bool
) -> None:
    assert is_seen(thing("shop"), export_to, "home") is seen


def test_a_thing_of_ones_own_is_seen_unless_by_nobody() -> None:
    assert is_seen(thing("home"), ["."], "home")
    assert not is_seen(thing("home"), ["~"], "home")


def test_by_name_comes_before_for_all_and_then_the_older_one() -> None:
    old, young = thing("shop", created="2025"), thing("home", created="2026")
    assert rank(young, ["."]) < rank(old, ["*"])
    assert rank(old, ["*"]) < rank(young, ["*"])
    assert rank(young, ["."]) < rank({"metadata": {"name": "to-come"}}, ["."])


@pytest.mark.parametrize(
    ("pattern", "fits"),
    [
        ("*", True),
        ("*.example.com", True),
        ("mysql.example.com", True),
        ("*.com", True),
        ("*.mysql.example.com", False),
        ("example.com", False),
    ],
)
def test_a_host_is_one_of_a_pattern_s(pattern: str, *, fits: bool) -> None:
    assert matches("mysql.example.com", pattern) is fits


@pytest.mark.parametrize(
    ("egress", "taken"),
    [
        ([{"hosts": ["*/*"]}], True),
        ([{"hosts": ["./*"]}], True),
        ([{"hosts": ["home/mysql.example.com"]}], True),
        ([{"hosts": ["./*.example.com"]}], True),
        ([{"hosts": ["istio-system/*"]}], False),
        ([{"hosts": ["./*.svc.cluster.local"]}], False),
        ([{"hosts": ["*/*", "~/*.example.com"]}], False),
        ([{"hosts": ["*/*"], "port": {"number": 9080}}], False),
        ([{"hosts": ["*/*"], "port": {"number": 3306}}], True),
        ([{"hosts": ["~/*"]}, {"hosts": ["./*"]}], True),
        ([], True),
    ],
)
def test_a_sidecar_takes_in_what_its_egress_names(
    egress: list[dict[str, Any]], *, taken: bool
) -> None:
    assert imports(sidecar(*egress), "mysql.example.com", 3306, "home") is taken


def test_the_sidecar_with_a_selector_comes_first_and_the_root_s_last() -> None:
    own = thing("home", "own", workloadSelector={"labels": {"app": "ratings"}})
    others = thing("home", "others", workloadSelector={"labels": {"app": "reviews"}})
    plain = thing("home", "plain", created="2020")
    younger = thing("home", "younger", created="2024")
    root = thing("istio-system", "root")
    everything = [root, younger, plain, others, own]
    for expected in (own, plain, younger, root):
        assert sidecar_of(everything, "home", LABELS, "istio-system") == expected
        everything.remove(expected)
    assert sidecar_of(everything, "home", LABELS, "istio-system") is None
