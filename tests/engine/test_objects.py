"""Objects in the cluster: whose they are, taken over and given back, moved without a gap."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from sandbox.kubectl import Kubectl
from sandbox.stack import Run, Stack
from tests.engine.parts import Database

LABELS = {"app": "ratings", "version": "v2-mysql"}
ADOPTED = ["Deployment/ratings-v2-mysql", "DestinationRule/ratings", "VirtualService/ratings"]
KINDS = ("serviceentry", "virtualservice", "destinationrule", "deployment", "secret")


def theirs() -> list[dict[str, Any]]:
    """What a person made who followed the article by hand, and some more."""
    istio = "networking.istio.io/v1"
    route = {"route": [{"destination": {"host": "ratings", "subset": "v1"}}], "timeout": "3s"}
    container = {
        "name": "ratings",
        "image": "registry.example.com/theirs:1",
        "env": [{"name": "MYSQL_DB_PASSWORD", "value": "password"}, {"name": "OWN", "value": "x"}],
    }
    return [
        {
            "apiVersion": istio,
            "kind": "VirtualService",
            "metadata": {"name": "ratings", "labels": {"team": "web"}},
            "spec": {"hosts": ["ratings"], "gateways": ["mesh"], "http": [route]},
        },
        {
            "apiVersion": istio,
            "kind": "DestinationRule",
            "metadata": {"name": "ratings", "annotations": {"note": "theirs"}},
            "spec": {
                "host": "ratings",
                "trafficPolicy": {"loadBalancer": {"simple": "RANDOM"}},
                "subsets": [{"name": "v1", "labels": {"version": "v1"}}],
            },
        },
        {
            "apiVersion": "apps/v1",
            "kind": "Deployment",
            "metadata": {"name": "ratings-v2-mysql", "labels": {**LABELS, "team": "web"}},
            "spec": {
                "replicas": 0,
                "selector": {"matchLabels": LABELS},
                "template": {
                    "metadata": {"labels": LABELS},
                    "spec": {"containers": [container]},
                },
            },
        },
    ]


def found(cluster: Kubectl) -> list[dict[str, Any]]:
    """Give what somebody sees of these objects, and who had set what."""
    seen = []
    for name in ADOPTED:
        one = json.loads(cluster("get", name, "--show-managed-fields", "--output", "json"))
        metadata = one["metadata"]
        annotations = metadata.get("annotations", {})
        annotations.pop("deployment.kubernetes.io/revision", None)
        managers = [each for each in metadata["managedFields"] if "subresource" not in each]
        seen.append(
            {
                "uid": metadata["uid"],
                "labels": metadata.get("labels"),
                "annotations": annotations,
                "managers": managers,
                "spec": one["spec"],
            }
        )
    return seen


def uids(cluster: Kubectl) -> dict[str, str]:
    """Give the UID of each object of this stack's kinds."""
    return {
        f"{item['kind']}/{item['metadata']['name']}": item["metadata"]["uid"]
        for kind in KINDS
        for item in cluster.get(kind)["items"]
    }


@pytest.fixture(scope="module")
def before(cluster: Kubectl) -> list[dict[str, Any]]:
    """What others have there."""
    cluster.apply(*theirs())
    return found(cluster)


@pytest.fixture(scope="module")
def unmade(
    tmp_path_factory: pytest.TempPathFactory, environment: dict[str, str], settings: dict[str, Any]
) -> Iterator[Stack]:
    stack = Stack.make(tmp_path_factory.mktemp("stack"), environment, settings)
    yield stack
    if stack.resources():
        stack.destroy()


@pytest.fixture(scope="module")
def refusal(unmade: Stack, before: list[dict[str, Any]]) -> Run:
    """The first update, which has no preview before it."""
    return unmade.up(ok=False)


@pytest.fixture(scope="module")
def stack(unmade: Stack, refusal: Run) -> Stack:
    """A stack that is up, and has taken over what others had there."""
    unmade.set(adopt=ADOPTED)
    unmade.up()
    return unmade


def test_what_others_made_is_refused_before_anything_is_changed(
    refusal: Run, before: list[dict[str, Any]], cluster: Kubectl, database: Database
) -> None:
    lines = [line for error in refusal.errors for line in error.splitlines()]
    said = [line for line in lines if line.startswith("external-mysql:adopt: ")]
    assert len(said) == 3
    for line, name in zip(said, ADOPTED, strict=True):
        assert f"exists already, and this stack did not make it; add {name} there" in line
    assert found(cluster) == before
    assert "test" not in database.schemas()
    assert cluster.names("secrets") == cluster.names("serviceentries") == set()


def test_what_is_adopted_is_as_this_stack_would_have_made_it(
    stack: Stack, cluster: Kubectl
) -> None:
    rule = cluster.get("destinationrule", "ratings")["spec"]
    assert rule.keys() == {"host", "subsets"}
    route = cluster.get("virtualservice", "ratings")
    assert route["spec"].keys() == {"hosts", "http"}
    assert route["metadata"]["labels"] == {"team": "web"}  # not in the way of anything
    (container,) = cluster.get("deployment", "ratings-v2-mysql")["spec"]["template"]["spec"][
        "containers"
    ]
    password = [each for each in container["env"] if each["name"] == "MYSQL_DB_PASSWORD"]
    assert [each.keys() for each in password] == [{"name", "valueFrom"}]
    stack.up("--refresh", "--expect-no-changes")


def test_another_stack_is_refused(stack: Stack, empty_stack: Stack, cluster: Kubectl) -> None:
    empty_stack.set(adopt=ADOPTED)
    before = uids(cluster)
    said = empty_stack.up(ok=False).errors
    assert any(
        "VirtualService" in each and "is another stack's, by its mark" in each for each in said
    )
    assert uids(cluster) == before


def test_whatever_is_replaced_stays_where_it_is(stack: Stack, cluster: Kubectl) -> None:
    before = uids(cluster)
    assert {name.partition("/")[0].lower() for name in before} == set(KINDS)
    replaced = {name.partition("/")[0] for name in before} | {"mysql-extra:index:Object"}
    text = stack.up(*(f"--replace=**{kind}**" for kind in replaced)).text
    assert uids(cluster) == before
    assert "stays" not in text


def test_a_stack_that_is_renamed_keeps_all_that_it_made(stack: Stack, cluster: Kubectl) -> None:
    before = uids(cluster)
    stack.run("stack", "rename", "renamed")
    stack.name = "renamed"
    stack.up("--refresh", "--expect-no-changes")
    assert uids(cluster) == before


def test_no_rule_goes_from_under_a_route(stack: Stack, cluster: Kubectl) -> None:
    before = uids(cluster)
    stack.set(destinationRules=False)
    (line,) = [each for each in stack.up(ok=False).errors if "cannot go" in each]
    assert line.startswith("external-mysql:destinationRules: DestinationRule ")
    assert f"VirtualService {cluster.namespace}/" in line
    stack.set(destinationRules=True)
    assert uids(cluster) == before


def test_another_cluster_behind_the_context_is_refused(stack: Stack, cluster: Kubectl) -> None:
    state = stack.state()
    (uid,) = {
        resource["outputs"]["identity"].rpartition(" ")[2]
        for resource in stack.exported()
        if resource["type"].endswith(":Cluster")
    }
    before, file = uids(cluster), stack.folder / "state.json"
    file.write_text(state.replace(uid, "4b0f0a5e-6a0e-4d0f-9a53-1f7c3b0d2e61"))
    stack.run("stack", "import", "--file", str(file))
    try:
        stack.set(replicas=2)
        said = stack.up(ok=False).errors
        assert any("is another cluster than the one that this stack stands on" in e for e in said)
        assert uids(cluster) == before
        assert cluster.get("deployment", "ratings-v2-mysql")["spec"]["replicas"] == 1
    finally:
        stack.set(replicas=None)
        file.write_text(state)
        stack.run("stack", "import", "--file", str(file))


def test_the_new_way_out_stands_before_the_pods_roll_and_the_old_one_goes_last(
    stack: Stack, cluster: Kubectl
) -> None:
    for way in ("mesh-dns", None):
        (old,) = cluster.names("serviceentries")
        stack.set(egress=way)
        text = stack.up().text
        steps = [
            "Entry mysql-external-held created replacement",
            "ServiceEntry mysql-external created replacement",
            "Deployment ratings-v2-mysql updated",
            "Entry mysql-external-held deleted original",
        ]
        assert sorted(steps, key=text.index) == steps
        assert f"ServiceEntry {cluster.namespace}/{old} stays beside " in text
        (new,) = cluster.names("serviceentries")
        assert new != old
        assert stack.outputs()["serviceEntry"] == new


def test_destroy_gives_back_what_was_adopted_as_it_was_found(
    stack: Stack, before: list[dict[str, Any]], cluster: Kubectl
) -> None:
    text = stack.destroy().text
    assert found(cluster) == before
    assert "stays" not in text
    assert set(uids(cluster)) == set(ADOPTED)
