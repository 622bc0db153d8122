"""The doctor in the mesh: what it says of a mesh that is not as the article has it."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager

from checks.facts import addresses, pod_dns
from checks.facts.gathering import Facts
from checks.finding import Finding, Severity
from checks.judging import judge
from checks.rules import addresses_in_pods
from mysql.admin import Admin
from sandbox.layout import HERE
from settings import PROJECT, load
from tests.mesh.collided import Ground

NO_SIDECARS = {"istio-injection": None}


@contextmanager
def labelled(ground: Ground, labels: Mapping[str, str | None]) -> Iterator[None]:
    """Have the namespace labelled otherwise for as long as it lasts; None takes a label off."""
    kubectl = ground.home.kubectl
    before = kubectl.get("namespace", ground.namespace)["metadata"]["labels"]

    def label(wanted: Mapping[str, str | None]) -> None:
        words = [f"{name}={to}" if to else f"{name}-" for name, to in wanted.items()]
        kubectl("label", "--overwrite", "namespace", ground.namespace, *words)

    label(labels)
    try:
        yield
    finally:
        label({name: before.get(name) for name in labels})


def test_a_sidecar_resource_that_lets_all_out_is_said(ground: Ground) -> None:
    lets_out = {
        "apiVersion": "networking.istio.io/v1",
        "kind": "Sidecar",
        "metadata": {"name": "theirs", "namespace": ground.namespace},
        "spec": {
            "egress": [{"hosts": ["*/*"]}],
            "outboundTrafficPolicy": {"mode": "ALLOW_ANY"},
        },
    }
    with ground.others(lets_out):
        ((line, severity),) = ground.doctor().items()
    assert severity is Severity.WARNING
    assert "outboundTrafficPolicy ALLOW_ANY" in line


def test_a_namespace_without_sidecars_is_said(ground: Ground) -> None:
    with labelled(ground, NO_SIDECARS):
        ((line, severity),) = ground.doctor().items()
    assert severity is Severity.WARNING
    assert f"pods in {ground.namespace} get no sidecar" in line


def test_a_revision_that_there_is_not_is_said(ground: Ground) -> None:
    with labelled(ground, {**NO_SIDECARS, "istio.io/rev": "1-2"}):
        lines = list(ground.doctor())
    assert any(
        "the revision 1-2, which no injector is for (there are: default)" in x for x in lines
    )


def test_an_ambient_namespace_is_known_by_its_label(ground: Ground) -> None:
    with labelled(ground, {**NO_SIDECARS, "istio.io/dataplane-mode": "ambient"}):
        said = ground.doctor()
    assert set(said.values()) == {Severity.WARNING}
    assert any("no ztunnel runs in" in line for line in said)
    assert any("REGISTRY_ONLY has no effect" in line for line in said)
    assert not any("no sidecar" in line for line in said)


def in_pods(ground: Ground, **given: object) -> Finding:
    """What the rule about DNS in a pod says."""
    basis = {**ground.home.basis, "kubeconfig": str(HERE.kubeconfig), **given}
    settings = load({f"{PROJECT}:{name}": value for name, value in basis.items()})
    facts = Facts(
        settings,
        Admin("nowhere:3306", "nobody", "", "true"),
        addresses=addresses.look_at(settings),
        pod_dns=pod_dns.look_at(settings),
    )
    ((_, finding),) = judge([addresses_in_pods], facts)
    return finding


def test_dns_is_seen_from_a_pod_that_is_there(ground: Ground) -> None:
    same = in_pods(ground)
    assert same.severity is Severity.OK
    assert str(ground.home.server.at.ipv4) in same.says
    other = in_pods(ground, egress="cidrs", cidrs=["203.0.113.0/24"])
    assert other.severity is Severity.WARNING
    assert "which no ServiceEntry of this stack lets through" in other.says
