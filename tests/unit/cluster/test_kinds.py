"""Kinds and names: where the API server has an object, and how a person calls it."""

from __future__ import annotations

import pytest

from cluster.kinds import ADOPTABLE, KINDS, Named, short


@pytest.mark.parametrize(
    ("kind", "path"),
    [
        ("Secret", "/api/v1/namespaces/default/secrets/it"),
        ("Deployment", "/apis/apps/v1/namespaces/default/deployments/it"),
        (
            "ServiceEntry",
            "/apis/networking.istio.io/v1/namespaces/default/serviceentries/it",
        ),
    ],
)
def test_an_object_has_its_path(kind: str, path: str) -> None:
    assert Named(kind, "default", "it").path == path


def test_all_objects_of_a_kind_have_one_too() -> None:
    assert KINDS["Pod"].path("default") == "/api/v1/namespaces/default/pods"
    assert KINDS["Pod"].path("") == "/api/v1/pods"


def test_an_object_is_named_as_people_name_it() -> None:
    ratings = Named("VirtualService", "default", "ratings")
    assert str(ratings) == "VirtualService default/ratings"
    assert ratings.short == "VirtualService/ratings"
    assert ratings.kubectl("delete", "tests") == (
        "kubectl --context tests -n default delete virtualservice/ratings"
    )


@pytest.mark.parametrize("text", ["VirtualService/ratings", "virtualservice/ratings"])
def test_the_case_of_a_kind_does_not_matter(text: str) -> None:
    assert short(text) == "VirtualService/ratings"


@pytest.mark.parametrize("text", ["ratings", "VirtualService/", "/ratings", "Secret/it", "Pod/it"])
def test_what_cannot_be_adopted_is_refused(text: str) -> None:
    with pytest.raises(ValueError, match="is no object that can be adopted"):
        short(text)


def test_what_holds_a_password_is_never_adopted() -> None:
    assert not {"Secret", "ConfigMap"} & set(ADOPTABLE)
