"""What is in the cluster already and not this stack's is not overwritten."""

from __future__ import annotations

from typing import Any

import pytest

from checks import existing
from checks.existing import OWNER, exists
from cluster.api import Refused
from tests.unit.checks.surroundings import settings

STACK = "organization/external-mysql/tests"


def virtual_service() -> dict[str, Any]:
    return {
        "apiVersion": "networking.istio.io/v1",
        "kind": "VirtualService",
        "metadata": {"name": "ratings", "namespace": "default"},
    }


class Answering:
    """An API server that has what is in it, by path."""

    def __init__(self) -> None:
        self.objects: dict[str, Any] = {}
        self.asked: list[str] = []
        self.refuses = False

    def get(self, path: str) -> Any:
        self.asked.append(path)
        if self.refuses:
            raise Refused(403, "forbidden")
        return self.objects.get(path)


PATH = "/apis/networking.istio.io/v1/namespaces/default/virtualservices/ratings"


@pytest.fixture
def api(monkeypatch: pytest.MonkeyPatch) -> Answering:
    api = Answering()
    monkeypatch.setattr(existing, "api_of", lambda _: api)
    return api


def test_an_object_that_is_there_already_is_not_overwritten(api: Answering) -> None:
    api.objects[PATH] = {"metadata": {"name": "ratings"}}
    assert exists(settings(), STACK, virtual_service()) == (
        "VirtualService default/ratings exists already, and this stack did not make it; remove it "
        "first (`kubectl --context tests -n default delete virtualservice ratings`) or set "
        "external-mysql:routing to false and keep your own routes"
    )


@pytest.mark.parametrize("annotations", [None, {}, {OWNER: "organization/external-mysql/other"}])
def test_an_object_of_another_stack_is_not_overwritten(api: Answering, annotations: object) -> None:
    api.objects[PATH] = {"metadata": {"annotations": annotations}}
    assert exists(settings(), STACK, virtual_service()) is not None


def test_an_object_that_this_stack_made_may_be_made_again(api: Answering) -> None:
    api.objects[PATH] = {"metadata": {"annotations": {OWNER: STACK}}}
    assert exists(settings(), STACK, virtual_service()) is None


@pytest.mark.parametrize(
    "inputs", [{}, {"kind": "Secret", "metadata": {"namespace": "default"}}, {"name": "test"}]
)
def test_what_has_no_fixed_name_in_the_cluster_is_not_looked_for(
    api: Answering, inputs: dict[str, Any]
) -> None:
    assert exists(settings(), STACK, inputs) is None
    assert api.asked == []


def test_what_may_not_be_looked_at_is_left_to_the_kubernetes_provider(api: Answering) -> None:
    api.refuses = True
    assert exists(settings(), STACK, virtual_service()) is None
    assert api.asked == [PATH]
