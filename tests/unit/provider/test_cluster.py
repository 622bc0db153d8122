"""The cluster: who it is, and that all that is to be made there can be, before anything is."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.mark import Mark
from provider.api_server import GONE_FOR_GOOD, Away, ClusterProblem, Silent
from provider.cluster import Cluster
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fake_api import CLUSTER, InTests, Objects
from tests.unit.provider.fakes import OWNER, URN, Said

OBJECTS: dict[str, Any] = {
    "Deployment/ratings-v2-mysql": {"selector": {"matchLabels": {"app": "ratings"}}},
    "DestinationRule/ratings": {},
    "VirtualService/ratings": {},
}
GIVEN: Properties = {"namespace": "default", "owner": OWNER, "objects": OBJECTS, "adopt": []}
ROUTE = {"http": [{"route": [{"destination": {"host": "ratings", "subset": "v1"}}]}]}
RULE = {"host": "ratings", "subsets": [{"name": "v1"}]}
OURS = Mark(OWNER, "holder").annotations


@pytest.fixture
def objects() -> Objects:
    return Objects()


@pytest.fixture
def at(objects: Objects) -> InTests:
    return InTests(objects)


@pytest.fixture
def cluster(at: InTests) -> Cluster:
    return Cluster(at.configuration(), Said().engine())


def inputs(cluster: Cluster, **more: Any) -> Properties:
    checked = cluster.check(URN, {**GIVEN, **more})
    assert checked.failures == []
    return checked.inputs


def made(cluster: Cluster) -> Properties:
    return cluster.create(URN, inputs(cluster))[1]


def without(*names: str) -> dict[str, Any]:
    return {name: fixed for name, fixed in OBJECTS.items() if name not in names}


def test_it_is_known_by_its_identity_which_a_preview_sees_already(cluster: Cluster) -> None:
    identity, state = cluster.create(URN, inputs(cluster))
    assert identity == state["identity"] == CLUSTER
    assert cluster.plan(URN, None, inputs(cluster)) == state


def test_one_that_is_known_by_its_name_alone_is_said(objects: Objects) -> None:
    at, said = InTests(objects), Said()
    at.who = "context tests"
    cluster = Cluster(at.configuration(), said.engine())
    assert made(cluster)["identity"] == "context tests"
    (line,) = said.warnings
    assert line == (
        "external-mysql:context: nothing but its name tells tests from other clusters; let the "
        "deployer get the namespace default"
    )


def test_another_place_is_a_difference(cluster: Cluster, at: InTests) -> None:
    state = made(cluster)
    assert list(cluster.diff(URN, state, inputs(cluster))) == []
    at.context, at.kubeconfig = "another", "~/another"
    assert list(cluster.diff(URN, state, inputs(cluster))) == [
        Change("context"),
        Change("kubeconfig"),
    ]


@pytest.mark.parametrize(
    "wrong", [{"objects": ["Pod/it"]}, {"objects": {"Pod/it": {}}}, {"adopt": "x"}]
)
def test_bad_input_is_named(cluster: Cluster, wrong: Properties) -> None:
    (failure,) = cluster.check(URN, {**GIVEN, **wrong}).failures
    assert failure.property in wrong


def test_only_the_one_that_was_there_first_is_asked(cluster: Cluster, at: InTests) -> None:
    state = made(cluster)
    at.expected.clear()
    cluster.update(URN, state, inputs(cluster, adopt=["VirtualService/ratings"]))
    cluster.read(URN, state, GIVEN)
    assert set(at.expected) == {CLUSTER}
    assert cluster.read(URN, state, GIVEN) == Found(state, GIVEN)


def test_all_that_is_in_the_way_is_said_a_line_each(cluster: Cluster, objects: Objects) -> None:
    objects.put("VirtualService", "ratings")
    objects.put("Deployment", "ratings-v2-mysql")
    objects.put("DestinationRule", "ratings", annotations=OURS)
    with pytest.raises(ClusterProblem) as refused:
        made(cluster)
    lines = str(refused.value).splitlines()
    assert [line.partition(" exists")[0] for line in lines] == [
        "external-mysql:adopt: Deployment default/ratings-v2-mysql",
        "external-mysql:adopt: VirtualService default/ratings",
    ]
    assert objects.done == []


def test_it_is_said_in_a_preview_already(cluster: Cluster, objects: Objects) -> None:
    objects.put("VirtualService", "ratings")
    with pytest.raises(ClusterProblem, match="VirtualService default/ratings exists already"):
        cluster.plan(URN, None, inputs(cluster))


def test_what_is_to_be_adopted_is_not_in_the_way_if_it_can_be(
    cluster: Cluster, objects: Objects
) -> None:
    objects.put("VirtualService", "ratings")
    objects.put("Deployment", "ratings-v2-mysql", {"selector": {"matchLabels": {"app": "theirs"}}})
    adopt = ["VirtualService/ratings", "Deployment/ratings-v2-mysql"]
    with pytest.raises(ClusterProblem, match="cannot be adopted, for its selector is") as refused:
        cluster.create(URN, inputs(cluster, adopt=adopt))
    assert len(str(refused.value).splitlines()) == 1


def test_a_mark_that_was_this_stacks_until_now_is_its_own(
    cluster: Cluster, objects: Objects, at: InTests
) -> None:
    state = made(cluster)
    objects.put("VirtualService", "ratings", annotations=OURS)
    cluster.update(URN, state, inputs(cluster, owner="another"))
    assert at.former_owners == {OWNER}


def test_nothing_is_judged_before_it_is_known(cluster: Cluster, objects: Objects) -> None:
    objects.put("VirtualService", "ratings")
    planned = cluster.plan(URN, None, {**inputs(cluster), "namespace": UNKNOWN})
    assert planned["identity"] is UNKNOWN
    with pytest.raises(ClusterProblem):  # the stack's mark is drawn in the same run
        cluster.plan(URN, None, {**inputs(cluster), "owner": UNKNOWN})


def test_a_rule_does_not_go_while_somebody_routes_to_its_subsets(
    cluster: Cluster, objects: Objects
) -> None:
    state = made(cluster)
    objects.put("DestinationRule", "ratings", RULE, annotations=OURS)
    objects.put("VirtualService", "ratings", ROUTE, annotations=OURS)
    fewer = inputs(cluster, objects=without("DestinationRule/ratings"))
    for change in (cluster.plan, cluster.update):
        with pytest.raises(ClusterProblem) as refused:
            change(URN, state, fewer)
        assert str(refused.value) == (
            "external-mysql:destinationRules: DestinationRule default/ratings cannot go, for it "
            "names subsets that are routed to by VirtualService default/ratings (subset v1); keep "
            "the setting true, or lead that elsewhere first"
        )


def test_it_goes_with_its_routes(cluster: Cluster, objects: Objects) -> None:
    state = made(cluster)
    objects.put("DestinationRule", "ratings", RULE, annotations=OURS)
    objects.put("VirtualService", "ratings", ROUTE, annotations=OURS)
    gone = without("DestinationRule/ratings", "VirtualService/ratings")
    cluster.update(URN, state, inputs(cluster, objects=gone))


def test_a_rule_of_others_is_theirs(cluster: Cluster, objects: Objects) -> None:
    state = made(cluster)
    objects.put("DestinationRule", "ratings", RULE)
    objects.put("VirtualService", "ratings", ROUTE, annotations=OURS)
    cluster.update(URN, state, inputs(cluster, objects=without("DestinationRule/ratings")))


def test_what_a_run_left_that_was_cut_off_goes_with_the_stack(
    cluster: Cluster, objects: Objects
) -> None:
    state = made(cluster)
    objects.put("VirtualService", "ratings", annotations=OURS)
    objects.put("Deployment", "ratings-v2-mysql")
    cluster.delete(URN, state)
    assert objects.done == ["delete VirtualService/ratings"]


def test_so_does_what_is_left_of_a_destroy_in_which_nobody_answered(
    cluster: Cluster, objects: Objects
) -> None:
    state = cluster.create(
        URN, inputs(cluster, objects={**OBJECTS, "ServiceEntry/mysql-external": {}})
    )[1]
    env = [{"valueFrom": {"secretKeyRef": {"name": "password-1"}}}]
    pod = {"spec": {"containers": [{"env": env}]}}
    objects.put("DestinationRule", "ratings", RULE, annotations=OURS)
    objects.put("VirtualService", "ratings", ROUTE, annotations=OURS)
    objects.put("Deployment", "ratings-v2-mysql", {"template": pod}, annotations=OURS)
    objects.put("Secret", "password-1", annotations=OURS)
    objects.put("ServiceEntry", "mysql-external-0123abcd", annotations=OURS)
    objects.put("ServiceEntry", "of-others")
    cluster.delete(URN, state)
    assert [each.partition(" ")[2] for each in objects.done] == [
        "VirtualService/ratings",
        "Deployment/ratings-v2-mysql",
        "DestinationRule/ratings",
        "ServiceEntry/mysql-external-0123abcd",
        "Secret/password-1",
    ]


def test_what_is_left_is_named(cluster: Cluster, at: InTests) -> None:
    state = made(cluster)
    at.away = Silent("nobody answers")
    with pytest.raises(Silent) as refused:
        cluster.delete(URN, state)
    assert str(refused.value) == (
        "nobody answers; what is there is left: Deployment/ratings-v2-mysql, "
        "DestinationRule/ratings, VirtualService/ratings"
    )


def test_one_that_is_gone_for_good_is_given_up_if_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, cluster: Cluster, at: InTests
) -> None:
    state = made(cluster)
    at.away = Away("another cluster answers")
    monkeypatch.delenv(GONE_FOR_GOOD, raising=False)
    with pytest.raises(Away):
        cluster.delete(URN, state)
    monkeypatch.setenv(GONE_FOR_GOOD, "true")
    cluster.delete(URN, state)
