"""What is gathered of a cluster, and what becomes of it where the deployer may not see it all."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

import pytest

from checks.facts import cluster as looks
from checks.facts.cluster import Admission, Cluster
from checks.facts.seen import Unseen
from cluster.api import NotReached, Refused, Unreachable
from tests.unit.checks.surroundings import settings

Answer = Callable[[str], Any]


class Server:
    """An API server that allows all and has nothing, but for what a test says."""

    def __init__(self) -> None:
        self.gets: dict[str, Answer] = {}
        self.posts: dict[str, Answer] = {}

    def get(self, path: str, **_: str) -> Any:
        return self._of(self.gets, path, {"items": [], "gitVersion": "v1.37.2"})

    def create(self, path: str, body: Any, **_: str) -> Any:
        given = {"status": {"allowed": True, "userInfo": {"username": "deployer"}}}
        return self._of(self.posts, path, {**body, **given})

    def _of(self, answers: dict[str, Answer], path: str, otherwise: Any) -> Any:
        for end, answer in answers.items():
            if path.endswith(end):
                return answer(path)
        return otherwise


def refuses(status: int, said: str = "forbidden") -> Answer:
    def answer(_: str) -> Any:
        raise Refused(status, said)

    return answer


@pytest.fixture
def server(monkeypatch: pytest.MonkeyPatch) -> Server:
    server = Server()
    monkeypatch.setattr(looks, "api_of", lambda _: server)
    return server


def seen() -> Cluster:
    found = looks.look_at(settings())
    assert isinstance(found, Cluster)
    return found


def test_who_asks_and_what_is_there_is_seen(server: Server) -> None:
    server.gets["/networking.istio.io/v1"] = lambda _: {"resources": [{"kind": "ServiceEntry"}]}
    found = seen()
    assert found.version == "v1.37.2"
    assert found.identity == "deployer"
    assert found.kinds == frozenset({"ServiceEntry"})
    assert found.refused == []
    assert found.narrow == ()


def test_who_may_not_see_all_namespaces_sees_its_own(server: Server) -> None:
    for kind in ("serviceentries", "sidecars"):
        server.gets[f"/v1/{kind}"] = refuses(403)
        server.gets[f"/namespaces/default/{kind}"] = lambda path: {"items": [{"path": path}]}
    found = seen()
    assert found.narrow == ("serviceentries", "sidecars")
    assert found.lists["sidecars"] == [
        {"path": "/apis/networking.istio.io/v1/namespaces/default/sidecars"}
    ]


def test_what_may_not_be_seen_at_all_says_so_for_itself(server: Server) -> None:
    server.gets["/virtualservices"] = refuses(403, "virtualservices is forbidden")
    found = seen()
    assert found.lists["virtualservices"] == Unseen("virtualservices is forbidden")
    assert found.lists["services"] == []
    assert found.narrow == ()


def test_who_is_let_in_need_not_be_told_the_version(server: Server) -> None:
    server.gets["/version"] = refuses(403)
    assert seen().version == "of an unknown version"


def test_who_is_not_let_in_is_told_to_log_in(server: Server) -> None:
    server.gets["/version"] = refuses(401, "Unauthorized")
    found = looks.look_at(settings())
    assert found == Unseen(
        "external-mysql:context: the API server of tests refused: Unauthorized",
        "log in to the cluster again",
    )


@pytest.mark.parametrize(
    ("problem", "is_final"), [(Unreachable("refused"), True), (NotReached("a proxy"), False)]
)
def test_only_what_nobody_reaches_is_final(
    server: Server, problem: Exception, *, is_final: bool
) -> None:
    def answer(_: str) -> Any:
        raise problem

    server.gets["/version"] = answer
    found = looks.look_at(settings())
    assert isinstance(found, Unseen)
    assert found.is_final is is_final


EVERY = [{"apiGroups": ["*"], "resources": ["*"], "verbs": ["*"]}]
NONE: list[dict[str, list[str]]] = []


@pytest.mark.parametrize(
    ("status", "refused"),
    [
        ({"incomplete": False, "resourceRules": EVERY}, False),
        ({"incomplete": True, "resourceRules": EVERY}, True),
        ({"incomplete": False, "resourceRules": NONE}, True),
        ({"incomplete": False, "resourceRules": None}, True),
    ],
)
def test_a_right_that_is_not_listed_for_certain_is_asked_for(
    server: Server, status: dict[str, Any], *, refused: bool
) -> None:
    server.posts["/selfsubjectrulesreviews"] = lambda _: {"status": status}
    server.posts["/selfsubjectaccessreviews"] = lambda _: {"status": {"allowed": False}}
    assert bool(seen().refused) is refused


def test_where_no_rules_are_listed_each_right_is_asked_for(server: Server) -> None:
    server.posts["/selfsubjectrulesreviews"] = refuses(403)
    assert seen().refused == []


def test_the_namespace_may_be_missing_and_is_none_then(server: Server) -> None:
    server.gets["/namespaces/default"] = lambda _: None
    assert seen().namespace is None


def test_a_pod_that_is_not_taken_is_told_in_the_server_s_own_words(server: Server) -> None:
    server.posts["/pods"] = refuses(403, "violates PodSecurity")
    assert seen().admission == Admission("violates PodSecurity")


@pytest.mark.parametrize(
    ("status", "said"),
    [
        (403, 'User "x" cannot create resource "pods"'),
        (400, "admission webhook does not support dry run"),
        (500, "failed calling webhook"),
        (404, "namespaces not found"),
    ],
)
def test_a_pod_that_could_not_be_tried_says_nothing_of_admission(
    server: Server, status: int, said: str
) -> None:
    server.posts["/pods"] = refuses(status, said)
    found = seen().admission
    assert isinstance(found, Unseen)
    assert said in found.reason
