"""Who gets a sidecar, what it leaves alone, and how the sidecars talk to each other."""

from __future__ import annotations

import json
from collections.abc import Iterator
from typing import Any

import pytest

from demo import page
from demo.pod import WITHOUT_SIDECAR
from demo.ratings import NO_CONNECTION, Answer
from demo.sidecar import Connections
from demo.story import Story
from demo.watch import eventually
from sandbox.kubectl import Kubectl
from sandbox.layout import NODE_V4, PODS_V4, SERVICES_V4


def would_be_created(kubectl: Kubectl, **metadata: Any) -> dict[str, Any]:
    """What the API server, its webhooks asked, would make of a pod."""
    pod = {
        "apiVersion": "v1",
        "kind": "Pod",
        "metadata": {"name": "trial", **metadata},
        "spec": {"containers": [{"name": "main", "image": "whatever"}]},
    }
    command = ("create", "--dry-run=server", "--output=json", "--filename=-")
    created: dict[str, Any] = json.loads(kubectl(*command, stdin=json.dumps(pod)))
    return created


def has_sidecar(pod: dict[str, Any]) -> bool:
    return "istio-proxy" in {each["name"] for each in pod["spec"].get("initContainers", [])}


def test_a_pod_in_a_namespace_with_the_label_gets_a_sidecar(story: Story) -> None:
    assert has_sidecar(would_be_created(story.home.kubectl))


def test_a_pod_in_a_namespace_without_the_label_gets_none(story: Story) -> None:
    outside = Kubectl(story.home.kubectl.environment, "kube-public")
    assert not has_sidecar(would_be_created(outside))


@pytest.mark.parametrize("kind", ["labels", "annotations"])
def test_a_pod_that_does_not_want_a_sidecar_gets_none(story: Story, kind: str) -> None:
    assert not has_sidecar(would_be_created(story.home.kubectl, **{kind: WITHOUT_SIDECAR}))


def test_a_pod_without_a_sidecar_is_not_kept_in(story: Story) -> None:
    story.home.settle()
    with story.visitor("beside", labels=WITHOUT_SIDECAR) as beside:
        assert beside.ratings() == Answer((5, 4))


def test_what_a_sidecar_is_not_told_to_take_it_leaves_alone(story: Story) -> None:
    story.home.settle()
    within = {"traffic.sidecar.istio.io/includeOutboundIPRanges": f"{PODS_V4},{SERVICES_V4}"}
    with story.visitor("not-told") as not_told:
        assert not_told.ratings() == Answer((), NO_CONNECTION)
    with story.visitor("told", annotations=within) as told:
        assert told.ratings() == Answer((5, 4))
        assert told.connections() == Connections(black_hole=0, passthrough=0)


@pytest.fixture
def strict(story: Story) -> Iterator[None]:
    """Mutual TLS or nothing, for the ratings service."""
    story.home.settle()
    story.home.kubectl.apply(
        {
            "apiVersion": "security.istio.io/v1",
            "kind": "PeerAuthentication",
            "metadata": {"name": "strict"},
            "spec": {
                "selector": {"matchLabels": {"app": "ratings"}},
                "mtls": {"mode": "STRICT"},
            },
        }
    )
    yield
    story.home.kubectl("delete", "peerauthentication", "strict")


def test_reviews_asks_ratings_over_mutual_tls(story: Story, strict: None) -> None:
    pod = story.home.pod()
    refused = eventually(pod.ratings, lambda said: not said.ratings, "plain text to be refused")
    assert refused.error.startswith(f"no answer from {pod.address}")
    assert page.fetch(story.stage.address).stars == [5, 4]


def test_the_page_is_reached_from_the_machine(story: Story) -> None:
    assert story.stage.address.startswith(f"http://{NODE_V4}:")
    assert page.fetch(story.stage.address).status == 200
