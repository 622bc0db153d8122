"""What stands before an object: nobody else's is touched, ours goes, what was adopted goes back."""

from __future__ import annotations

import json
from typing import Any

import pytest

from cluster.mark import FORMER, HOLDER, MANAGER, MENDED, OWNER, PLUGIN, Mark
from provider.api_server import GONE_FOR_GOOD, Away, ClusterProblem, Silent
from provider.object import Object
from provider.protocol.service import Change, Found
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.provider.fake_api import CLUSTER, NAMESPACE, InTests, Objects
from tests.unit.provider.fakes import OWNER as MINE
from tests.unit.provider.fakes import URN, Said

GIVEN: Properties = {
    "cluster": CLUSTER,
    "kind": "VirtualService",
    "namespace": NAMESPACE,
    "name": "ratings",
    "owner": MINE,
    "adopt": False,
    "fixed": {},
    "content": "0123456789abcdef",
}
THEIRS: dict[str, Any] = {"hosts": ["ratings"], "http": [{"timeout": "3s"}]}
KUBECTL = "kubectl --context tests -n default"


@pytest.fixture
def objects() -> Objects:
    return Objects()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def holder(objects: Objects, said: Said) -> Object:
    return Object(InTests(objects).configuration(), said.engine())


def inputs(holder: Object, olds: Properties | None = None, **more: Any) -> Properties:
    """Give the inputs as the engine has them after the check."""
    checked = holder.check(URN, {**GIVEN, **more}, olds)
    assert checked.failures == []
    return checked.inputs


def made(holder: Object, objects: Objects, **more: Any) -> Properties:
    """Have it made, and what pulumi-kubernetes makes then; gives its state."""
    given = inputs(holder, **more)
    _, state = holder.create(URN, given)
    there = objects.at.get(
        f"/apis/networking.istio.io/v1/namespaces/{NAMESPACE}/virtualservices/ratings"
    )
    if there is None:
        objects.put(given["kind"], state["named"], {"ours": True}, annotations=state["annotations"])
    else:
        there["spec"] = {"ours": True}
        there["metadata"].setdefault("annotations", {}).update(state["annotations"])
    return state


# --- what it takes


def test_each_input_is_named_that_is_wrong(holder: Object) -> None:
    wrong = {**GIVEN, "kind": "Pod/it", "owner": "no mark!", "adopt": "yes"}
    del wrong["content"]
    failures = holder.check(URN, wrong).failures
    assert {failure.property for failure in failures} == {"kind", "owner", "adopt", "content"}


def test_its_part_of_the_mark_stays_until_it_is_replaced(holder: Object) -> None:
    first = inputs(holder)
    assert inputs(holder, first)["holder"] == first["holder"]
    assert inputs(holder)["holder"] != first["holder"]  # the engine asks without the old ones


def test_what_the_object_is_to_carry_is_known_before(holder: Object) -> None:
    given = inputs(holder)
    planned = holder.plan(URN, None, given)
    assert planned["annotations"] == {
        **PLUGIN,
        OWNER: MINE,
        HOLDER: given["holder"],
    }
    assert planned["named"] == "ratings"


def test_another_name_is_another_object_and_another_content_comes_before_it(
    holder: Object, objects: Objects
) -> None:
    state = made(holder, objects)
    given = inputs(holder, state)
    assert list(holder.diff(URN, state, given)) == []
    for name in ("cluster", "kind", "namespace", "name"):
        assert Change(name, replaces=True) in holder.diff(URN, state, {**given, name: "other"})
    for name in ("owner", "content"):
        assert list(holder.diff(URN, state, {**given, name: "other"})) == [Change(name)]
    for name in ("adopt", "fixed"):  # that is over once it is made
        assert list(holder.diff(URN, state, {**given, name: "other"})) == []


# --- whose it is


def test_a_name_that_is_free_is_had_and_nothing_is_changed(
    holder: Object, objects: Objects
) -> None:
    _, state = holder.create(URN, inputs(holder))
    assert (state["named"], state["former"], objects.done) == ("ratings", "", [])


def test_what_others_made_is_refused_in_a_preview_already(holder: Object, objects: Objects) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    with pytest.raises(ClusterProblem, match="VirtualService default/ratings exists already"):
        holder.plan(URN, None, inputs(holder))


def test_what_others_made_is_refused_in_one_line_that_says_how_to_have_it(
    holder: Object, objects: Objects
) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    with pytest.raises(ClusterProblem) as refused:
        holder.create(URN, inputs(holder))
    assert str(refused.value) == (
        "external-mysql:adopt: VirtualService default/ratings exists already, and this stack did "
        "not make it; add VirtualService/ratings there to take it over until `destroy` gives it "
        f"back, or remove it (`{KUBECTL} delete virtualservice/ratings`), or set "
        "external-mysql:routing to false, and keep your own routes"
    )
    assert objects.done == []


def test_another_stacks_is_refused_though_it_be_adopted(holder: Object, objects: Objects) -> None:
    objects.put("VirtualService", "ratings", THEIRS, annotations=Mark("another", "h").annotations)
    with pytest.raises(ClusterProblem) as refused:
        holder.create(URN, inputs(holder, adopt=True))
    line = str(refused.value)
    assert "is another stack's, by its mark another" in line
    assert f"`{KUBECTL} annotate virtualservice/ratings external-mysql/owner-`" in line
    assert objects.done == []


@pytest.mark.parametrize("name", ["cluster", "namespace", "name"])
def test_nobody_is_asked_while_it_is_not_known_what_for(
    holder: Object, objects: Objects, name: str
) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    assert holder.plan(URN, None, {**inputs(holder), name: UNKNOWN})["named"] is UNKNOWN


def test_what_is_changed_is_looked_at_first(holder: Object, objects: Objects) -> None:
    state = made(holder, objects)
    objects.put("VirtualService", "ratings", THEIRS)  # deleted, and made by somebody else
    changed = inputs(holder, state, content="another")
    for change in (holder.plan, holder.update):
        with pytest.raises(ClusterProblem, match="exists already"):
            change(URN, state, changed)
    assert objects.of("VirtualService", "ratings")["spec"] == THEIRS


def test_another_mark_of_the_stack_is_put_on_it(holder: Object, objects: Objects) -> None:
    state = made(holder, objects)
    changed = holder.update(URN, state, inputs(holder, state, owner="another"))
    assert Mark.of(objects.of("VirtualService", "ratings")) == Mark("another", state["holder"])
    assert changed["annotations"][OWNER] == "another"
    holder.delete(URN, changed)
    assert objects.at == {}


def test_it_is_read_while_it_has_the_mark(holder: Object, objects: Objects) -> None:
    state = made(holder, objects)
    assert holder.read(URN, state, GIVEN) == Found(state, GIVEN)
    objects.put("VirtualService", "ratings", THEIRS)
    assert holder.read(URN, state, GIVEN) is None
    objects.at.clear()
    assert holder.read(URN, state, GIVEN) is None


# --- what others have set in it


def managed(*managers: str) -> list[dict[str, Any]]:
    return [
        {"manager": manager, "operation": "Update", "fieldsV1": {"f:spec": {f"f:by-{manager}": {}}}}
        for manager in managers
    ]


def test_what_others_have_set_is_named_and_handed_over_so_that_it_goes(
    holder: Object, objects: Objects, said: Said
) -> None:
    state, given = made(holder, objects), GIVEN
    there = objects.of("VirtualService", "ratings")
    there["metadata"]["managedFields"] = managed(MANAGER, "kubectl")
    found = holder.read(URN, state, given)
    assert found is not None
    assert found.state["strays"] == {'spec["by-kubectl"]': "kubectl"}

    given = inputs(holder, state)
    assert list(holder.diff(URN, found.state, given)) == [Change("strays", shown=False)]
    assert said.infos == [
        'VirtualService default/ratings: spec["by-kubectl"] was set by kubectl; it is put right'
    ]
    planned = holder.plan(URN, found.state, given)
    mended = holder.update(URN, found.state, given)
    assert planned == mended
    # What differs is what has pulumi-kubernetes apply the object again.
    assert mended["annotations"] == {**state["annotations"], MENDED: "1"}
    (ours,) = there["metadata"]["managedFields"]
    assert ours["manager"] == MANAGER
    assert ours["fieldsV1"]["f:spec"].keys() == {f"f:by-{MANAGER}", "f:by-kubectl"}

    assert list(holder.diff(URN, mended, given)) == []
    again = holder.update(URN, {**mended, "strays": {"spec.x": "kubectl"}}, given)
    assert again["annotations"][MENDED] == "2"
    assert inputs(holder, mended)["holder"] == state["holder"]


def test_a_state_that_knows_of_no_others_yet_is_as_good(holder: Object, objects: Objects) -> None:
    state = dict(made(holder, objects))
    del state["strays"], state["mended"]
    given = inputs(holder, state)
    assert list(holder.diff(URN, state, given)) == []
    assert holder.update(URN, state, given)["annotations"] == state["annotations"]


# --- what was there


def test_what_is_adopted_is_taken_over_and_given_back(
    holder: Object, objects: Objects, said: Said
) -> None:
    objects.put("VirtualService", "ratings", THEIRS, labels={"team": "web"})
    state = made(holder, objects, adopt=True)
    assert json.loads(state["former"])["spec"] == THEIRS
    assert objects.annotations("VirtualService", "ratings")[FORMER] == state["former"]
    assert "former" in holder.secrets  # they may have written a password there
    holder.delete(URN, state)
    back = objects.of("VirtualService", "ratings")
    assert (back["spec"], back["metadata"]["labels"]) == (THEIRS, {"team": "web"})
    assert back["metadata"]["annotations"] == {}
    assert said.warnings == []


def test_what_it_was_is_known_though_the_run_was_cut_off_that_adopted_it(
    holder: Object, objects: Objects
) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    made(holder, objects, adopt=True)  # and its state is lost
    state = made(holder, objects)
    assert json.loads(state["former"])["spec"] == THEIRS
    holder.delete(URN, state)
    assert objects.of("VirtualService", "ratings")["spec"] == THEIRS


def test_what_it_was_is_known_though_somebody_took_the_annotation_away(
    holder: Object, objects: Objects
) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    state = made(holder, objects, adopt=True)
    del objects.of("VirtualService", "ratings")["metadata"]["annotations"][FORMER]
    changed = holder.update(URN, state, inputs(holder, state, content="another"))
    holder.delete(URN, changed)
    assert objects.of("VirtualService", "ratings")["spec"] == THEIRS


def test_what_cannot_be_changed_has_to_be_right(holder: Object, objects: Objects) -> None:
    objects.put("Deployment", "ratings", {"selector": {"matchLabels": {"app": "theirs"}}})
    fixed = {"selector": {"matchLabels": {"app": "ratings"}}}
    with pytest.raises(ClusterProblem) as refused:
        holder.create(URN, inputs(holder, kind="Deployment", adopt=True, fixed=fixed))
    assert str(refused.value) == (
        "external-mysql:adopt: Deployment default/ratings cannot be adopted, for its selector is "
        '{"matchLabels": {"app": "theirs"}}, has to be {"matchLabels": {"app": "ratings"}}, and '
        f"cannot be changed; remove it (`{KUBECTL} delete deployment/ratings`)"
    )
    assert objects.done == []


def test_others_may_change_it_meanwhile_a_few_times(holder: Object, objects: Objects) -> None:
    objects.put("VirtualService", "ratings", THEIRS)
    objects.conflicts = 2
    state = made(holder, objects, adopt=True)
    objects.conflicts = 2
    holder.delete(URN, state)
    assert objects.of("VirtualService", "ratings")["spec"] == THEIRS
    objects.conflicts = 99
    with pytest.raises(ClusterProblem, match="has been modified"):
        holder.create(URN, inputs(holder, adopt=True))


# --- what goes


def test_what_this_stack_made_goes_without_a_word(
    holder: Object, objects: Objects, said: Said
) -> None:
    holder.delete(URN, made(holder, objects))
    assert (objects.done, objects.at, said.warnings) == (["delete VirtualService/ratings"], {}, [])


def test_what_is_gone_already_is_no_error(holder: Object, objects: Objects, said: Said) -> None:
    state = made(holder, objects)
    objects.at.clear()
    holder.delete(URN, state)
    assert said.warnings == []


@pytest.mark.parametrize("theirs", [{}, Mark("another", "h").annotations])
def test_what_somebody_else_made_since_stays_and_is_named(
    holder: Object, objects: Objects, said: Said, theirs: dict[str, str]
) -> None:
    state = made(holder, objects)
    objects.put("VirtualService", "ratings", THEIRS, annotations=theirs)
    holder.delete(URN, state)
    assert objects.done == []
    (line,) = said.warnings
    assert line == (
        "VirtualService default/ratings stays, for somebody else made it; if nobody needs it, "
        f"`{KUBECTL} delete virtualservice/ratings`"
    )


def test_where_it_is_replaced_the_new_one_has_it_and_the_old_one_leaves_it(
    holder: Object, objects: Objects, said: Said
) -> None:
    old = made(holder, objects)
    new = made(holder, objects)
    assert Mark.of(objects.of("VirtualService", "ratings")) == Mark(MINE, new["holder"])
    holder.delete(URN, old)
    assert (len(objects.at), said.warnings) == (1, [])
    holder.delete(URN, new)
    assert objects.at == {}


def test_in_a_later_run_the_old_one_leaves_it_too_and_says_so(
    holder: Object, objects: Objects, said: Said
) -> None:
    old = made(holder, objects)
    made(holder, objects)
    later = Object(InTests(objects).configuration(), said.engine())
    later.delete(URN, old)
    (line,) = said.warnings
    assert "it has the mark of another resource of this stack" in line
    assert len(objects.at) == 1


def test_what_does_not_end_is_said(holder: Object, objects: Objects) -> None:
    state = made(holder, objects)
    objects.of("VirtualService", "ratings")["metadata"]["finalizers"] = ["theirs/finalizer"]
    objects.stuck = True
    with pytest.raises(ClusterProblem, match=r"it waits for theirs/finalizer; .* run it again"):
        holder.delete(URN, state)


ROUTE = {"http": [{"route": [{"destination": {"host": "ratings", "subset": "v1"}}]}]}


def rule(holder: Object, objects: Objects) -> Properties:
    given = inputs(holder, kind="DestinationRule")
    _, state = holder.create(URN, given)
    spec = {"host": "ratings", "subsets": [{"name": "v1"}]}
    objects.put("DestinationRule", "ratings", spec, annotations=state["annotations"])
    return state


def test_a_rule_stays_while_somebody_routes_to_its_subsets(
    holder: Object, objects: Objects, said: Said
) -> None:
    state = rule(holder, objects)
    objects.put("VirtualService", "theirs", ROUTE)
    holder.delete(URN, state)
    assert objects.done == []
    (line,) = said.warnings
    assert line.startswith(
        "DestinationRule default/ratings stays, for it names subsets that are routed to by "
        "VirtualService default/theirs (subset v1); if nobody needs it"
    )
    objects.put("VirtualService", "theirs", {})
    holder.delete(URN, state)
    assert objects.done == ["delete DestinationRule/ratings"]


def test_who_may_see_one_namespace_alone_looks_there(
    holder: Object, objects: Objects, said: Said
) -> None:
    state = rule(holder, objects)
    objects.put("VirtualService", "theirs", ROUTE)
    objects.refused["/apis/networking.istio.io/v1/virtualservices"] = 403
    holder.delete(URN, state)
    assert objects.done == []
    assert len(said.warnings) == 1


# --- the cluster


def test_only_the_cluster_that_is_meant_is_asked(objects: Objects, said: Said) -> None:
    at = InTests(objects)
    holder = Object(at.configuration(), said.engine())
    state = made(holder, objects)
    holder.plan(URN, state, inputs(holder, state))
    holder.update(URN, state, inputs(holder, state))
    holder.read(URN, state, GIVEN)
    holder.delete(URN, state)
    assert set(at.expected) == {CLUSTER}


def test_what_is_out_of_reach_is_given_up_only_if_somebody_says_so(
    monkeypatch: pytest.MonkeyPatch, objects: Objects, said: Said
) -> None:
    at = InTests(objects)
    holder = Object(at.configuration(), said.engine())
    state = made(holder, objects)
    at.away = Away("it does not answer")
    monkeypatch.delenv(GONE_FOR_GOOD, raising=False)
    with pytest.raises(Away):
        holder.delete(URN, state)
    monkeypatch.setenv(GONE_FOR_GOOD, "true")
    holder.delete(URN, state)
    assert said.warnings == [
        f"VirtualService default/ratings is given up unseen, for {GONE_FOR_GOOD} is set"
    ]


def in_order(at: InTests, said: Said, *kinds: str) -> Object:
    """Have what is there go while the API server is silent, in a run without a program."""
    holder = Object(at.configuration(), said.engine())
    states = [made(holder, at.objects, kind=kind, name="ours") for kind in kinds]
    at.away, at.program_runs = Silent("it does not answer"), False
    for state in states:
        holder.delete(URN, state)
    return holder


def test_in_a_destroy_what_nobody_is_asked_for_is_left_to_its_end(
    objects: Objects, said: Said
) -> None:
    at = InTests(objects)
    in_order(at, said, "VirtualService", "Deployment", "Secret", "ConfigMap")
    assert len(objects.at) == 4
    assert said.warnings == []


def test_a_secret_is_not_left_where_no_pod_leads_to_it(objects: Objects, said: Said) -> None:
    with pytest.raises(Silent):
        in_order(InTests(objects), said, "VirtualService", "Secret")


def test_nothing_is_left_in_an_update_nor_to_another_cluster(objects: Objects, said: Said) -> None:
    at = InTests(objects)
    holder = Object(at.configuration(), said.engine())
    state = made(holder, objects)
    at.away = Silent("it does not answer")
    with pytest.raises(Silent):
        holder.delete(URN, state)
    at.away, at.program_runs = Away("another cluster answers"), False
    with pytest.raises(Away):
        holder.delete(URN, state)


# --- what pods need


def with_pod(objects: Objects, secret: str, authority: str = "") -> str:
    """Have a pod that uses a Secret, perhaps a ConfigMap too; gives where it is."""
    path = f"/api/v1/namespaces/{NAMESPACE}/pods/old"
    container = {"env": [{"valueFrom": {"secretKeyRef": {"name": secret}}}]}
    objects.at[path] = {
        "metadata": {"name": "old", "uid": "1"},
        "spec": {"containers": [container], "volumes": [{"configMap": {"name": authority}}]},
    }
    return path


def test_a_secret_goes_after_the_last_pod_that_uses_it(
    holder: Object, objects: Objects, monkeypatch: pytest.MonkeyPatch
) -> None:
    state = made(holder, objects, kind="Secret", name="password-1")
    path = with_pod(objects, "password-1")

    def ends(_: str, found: Properties, seconds: float) -> bool:
        assert found["metadata"]["name"] == "old"
        assert seconds > 0
        del objects.at[path]
        return True

    monkeypatch.setattr(objects, "is_gone", ends)
    holder.delete(URN, state)
    assert objects.at == {}


@pytest.mark.parametrize(
    ("kind", "stays"),
    [
        ("Secret", "Secret default/needed stays, and the account whose password it has, for pod "),
        ("ConfigMap", "ConfigMap default/needed stays, for pod "),
    ],
)
def test_what_is_used_on_and_on_stays_with_all_behind_it(
    holder: Object, objects: Objects, monkeypatch: pytest.MonkeyPatch, kind: str, stays: str
) -> None:
    state = made(holder, objects, kind=kind, name="needed")
    with_pod(objects, "needed", "needed")
    monkeypatch.setattr(objects, "is_gone", lambda *_: False)
    with pytest.raises(ClusterProblem, match=r"pod old uses it .* and run it again$") as refused:
        holder.delete(URN, state)
    assert str(refused.value).startswith(stays)
    assert objects.of(kind, "needed")


def test_a_secret_that_pods_do_not_use_goes_at_once(holder: Object, objects: Objects) -> None:
    state = made(holder, objects, kind="Secret", name="password-1")
    path = with_pod(objects, "password-2")
    holder.delete(URN, state)
    assert list(objects.at) == [path]


def test_who_may_not_see_pods_waits_for_none(holder: Object, objects: Objects) -> None:
    state = made(holder, objects, kind="Secret", name="password-1")
    objects.refused[f"/api/v1/namespaces/{NAMESPACE}/pods"] = 403
    holder.delete(URN, state)
    assert objects.at == {}
