"""What somebody changes with kubectl is found in words, and gone after the next `up --refresh`."""

from __future__ import annotations

import json
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Any

import pytest

from cluster.mark import OWNER
from sandbox import layout
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.by_hand import found

DEPLOYMENT = "Deployment/ratings-v2-mysql"
ENTRY = "ServiceEntry/mysql-external"
ROUTE = "VirtualService/reviews"
RULE = "DestinationRule/ratings"
POLICY = "NetworkPolicy/ratings-v2-mysql"
BUDGET = "PodDisruptionBudget/ratings-v2-mysql"
OBJECTS = (DEPLOYMENT, ENTRY, ROUTE, RULE, POLICY, BUDGET)

TEMPLATE = "/spec/template/spec"
RATINGS = f"{TEMPLATE}/containers/0"
DEBUG = {"name": "debug", "image": layout.RATINGS_MYSQL2_IMAGE, "command": ["sleep", "1d"]}
ANY = {"tls": {"mode": "DISABLE"}}


@dataclass(frozen=True)
class Change:
    """What somebody does by hand.

    Attributes:
        what: The object, as `Kind/name`.
        said: What is said to differ.
        by: The command of kubectl and its options, without the object.
    """

    what: str
    said: str
    by: tuple[str, ...]


def patch(what: str, said: str, op: str, path: str, value: object = None) -> Change:
    operation = {"op": op, "path": path, **({} if op == "remove" else {"value": value})}
    return Change(what, said, ("patch", "--type=json", f"--patch={json.dumps([operation])}"))


# So that no pod rolls meanwhile.
PAUSED = Change(DEPLOYMENT, "`spec.paused` by `kubectl-rollout`", ("rollout", "pause"))
ADDED = [
    PAUSED,
    patch(
        DEPLOYMENT,
        "`spec.template.spec.containers[debug]` by `kubectl-patch`",
        "add",
        f"{TEMPLATE}/containers/-",
        DEBUG,
    ),
    Change(
        DEPLOYMENT,
        "`spec.template.spec.containers[ratings].env[DEBUG]` by `kubectl-set`",
        ("set", "env", "--containers=ratings", "DEBUG=1"),
    ),
    patch(
        DEPLOYMENT,
        "`spec.template.spec.nodeSelector` by `kubectl-patch`",
        "add",
        f"{TEMPLATE}/nodeSelector",
        {"kubernetes.io/os": "linux"},
    ),
    patch(
        ENTRY,
        "`spec.addresses` by `kubectl-patch`",
        "add",
        "/spec/addresses/-",
        "198.51.100.9/32",
    ),
    patch(
        ROUTE,
        "`spec.http` by `kubectl-patch`",
        "add",
        "/spec/http/0/fault",
        {"abort": {"httpStatus": 503, "percentage": {"value": 50}}},
    ),
    patch(
        RULE, "`spec.trafficPolicy.tls.mode` by `kubectl-patch`", "add", "/spec/trafficPolicy", ANY
    ),
    patch(POLICY, "`spec.egress` by `kubectl-patch`", "add", "/spec/egress/-", {}),
    patch(
        BUDGET,
        "`spec.unhealthyPodEvictionPolicy` by `kubectl-patch`",
        "add",
        "/spec/unhealthyPodEvictionPolicy",
        "AlwaysAllow",
    ),
]
OTHERWISE = [
    PAUSED,
    Change(DEPLOYMENT, "`spec.replicas` by `kubectl`", ("scale", "--replicas=3")),
    patch(
        DEPLOYMENT,
        "`spec.template.spec.containers[ratings].image` by `kubectl-patch`",
        "replace",
        f"{RATINGS}/image",
        "localhost/another:1",
    ),
    patch(DEPLOYMENT, "containers[0].resources.limits`", "remove", f"{RATINGS}/resources/limits"),
    patch(DEPLOYMENT, "`spec.template.spec.containers[0].env`", "remove", f"{RATINGS}/env/0"),
    Change(DEPLOYMENT, "`metadata.labels.app`", ("label", "app-")),
    patch(
        ENTRY,
        "`spec.addresses` by `kubectl-patch`",
        "replace",
        "/spec/addresses/0",
        "198.51.100.9/32",
    ),
    patch(
        ROUTE,
        "`spec.http` by `kubectl-patch`",
        "replace",
        "/spec/http/0/route/0/destination/subset",
        "v1",
    ),
    patch(RULE, "`spec.subsets` by `kubectl-patch`", "remove", "/spec/subsets/0"),
    patch(POLICY, "`spec.egress`", "remove", "/spec/egress/0"),
    patch(BUDGET, "`spec.maxUnavailable` by", "replace", "/spec/maxUnavailable", "100%"),
]


@pytest.fixture(scope="module")
def settings(settings: dict[str, Any]) -> dict[str, Any]:
    """The stack has an object of each kind that there is."""
    return {**settings, "replicas": 2, "networkPolicy": True}


def as_it_is(cluster: Kubectl, what: str) -> tuple[Any, Any]:
    found = cluster.get(*what.split("/"))
    return found["spec"], found["metadata"].get("labels")


@pytest.mark.parametrize("changes", [ADDED, OTHERWISE], ids=["added", "otherwise"])
def test_what_another_field_manager_set_is_found_in_words_and_gone_after_the_next_up(
    stack: Stack, cluster: Kubectl, ready: Callable[[], object], changes: Sequence[Change]
) -> None:
    before = {what: as_it_is(cluster, what) for what in OBJECTS}
    for change in changes:
        command = change.by[:2] if change.by[0] in ("rollout", "set") else change.by[:1]
        cluster(*command, change.what, *change.by[len(command) :])
    _, said = found(stack)
    for change in changes:
        kind, _, name = change.what.partition("/")
        start = f"| changed | {kind} | `{cluster.namespace}/{name}` |"
        (line,) = [line for line in said.splitlines() if line.startswith(start)]
        assert change.said in line, line

    stack.up("--refresh")
    assert {what: as_it_is(cluster, what) for what in OBJECTS} == before
    ready()
    stack.up("--refresh", "--expect-no-changes")


def test_what_is_deleted_is_said_with_what_that_means_and_made_again(
    stack: Stack, cluster: Kubectl, ready: Callable[[], object]
) -> None:
    secret = f"Secret/{stack.outputs()['secret']}"
    for what in (secret, *OBJECTS):
        cluster("delete", what)
    headline, said = found(stack)
    assert headline.startswith("The way out is gone, the workload is gone, ")
    for each in (
        "1 route is gone",
        "1 DestinationRule is gone",
        "1 Secret is gone",
        "1 NetworkPolicy is gone",
        "1 PodDisruptionBudget is gone",
    ):
        assert each in headline
    assert "requests to `reviews` go to any version" in said
    assert "no pod that refers to it can start any more" in said

    stack.up("--refresh")
    ready()
    stack.up("--refresh", "--expect-no-changes")
    for what in (secret, *OBJECTS):
        assert cluster.get(*what.split("/"))


def test_labels_of_others_and_a_restart_of_the_pods_are_no_drift(
    stack: Stack, cluster: Kubectl
) -> None:
    cluster("label", ENTRY, "team=ratings")
    cluster("rollout", "restart", DEPLOYMENT)
    cluster("rollout", "status", DEPLOYMENT)
    assert found(stack)[0] == "Nothing was changed by hand."
    assert "template" not in stack.up("--refresh").text
    template = cluster.get(*DEPLOYMENT.split("/"))["spec"]["template"]["metadata"]
    assert "kubectl.kubernetes.io/restartedAt" in template["annotations"]
    assert cluster.get(*ENTRY.split("/"))["metadata"]["labels"]["team"] == "ratings"


def test_what_lost_its_mark_is_nobodys_to_change_until_it_is_adopted(
    stack: Stack, cluster: Kubectl
) -> None:
    cluster("annotate", RULE, f"{OWNER}-")
    headline, said = found(stack)
    assert headline == "1 DestinationRule was changed."
    assert OWNER in said
    (line,) = {line for line in stack.up("--refresh", ok=False).errors if "exists already" in line}
    assert f"add {RULE} there to take it over" in line
    stack.set(adopt=[RULE])
    stack.up("--refresh")
    assert found(stack)[0] == "Nothing was changed by hand."
