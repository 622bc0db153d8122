"""What stands before the ServiceEntry: where the database moves, the old one goes last."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.mark import PURPOSE
from mesh.egress import Egress, holding_both, purpose, service_entry_spec
from provider.entry import Entry
from provider.protocol.service import Change, Found
from provider.protocol.values import Properties
from tests.unit.provider.fake_api import CLUSTER, NAMESPACE, InTests, Objects
from tests.unit.provider.fakes import OWNER, URN, Said

NAME = "mysql-external"
OLD, NEW = "mysql.example.com:3306", "mysql.example.com:3307"
PODS = "/api/v1/namespaces/default/pods"


def spec(port: int = 3306, **more: Any) -> dict[str, Any]:
    said: dict[str, Any] = {
        "hosts": ["mysql.example.com"],
        "port": port,
        "addresses": ["198.51.100.7/32"],
        "protocol": "TCP",
        "export_to": ["."],
    }
    egress = more.pop("egress", Egress.LOOKUP)
    return service_entry_spec(egress, {**said, **more})  # type: ignore[typeddict-item]


@pytest.fixture
def objects() -> Objects:
    return Objects()


@pytest.fixture
def said() -> Said:
    return Said()


@pytest.fixture
def holder(objects: Objects, said: Said) -> Entry:
    return Entry(InTests(objects).configuration(), said.engine())


def inputs(holder: Entry, leads_to: str, **more: Any) -> Properties:
    given = {
        "cluster": CLUSTER,
        "kind": "ServiceEntry",
        "namespace": NAMESPACE,
        "name": NAME,
        "owner": OWNER,
        "adopt": False,
        "fixed": {},
        "content": "0123456789abcdef",
        "purpose": leads_to,
        "spec": spec(int(leads_to.rpartition(":")[2])),
        "pods": {"app": "ratings"},
        "closed": False,
        **more,
    }
    checked = holder.check(URN, given)
    assert checked.failures == []
    return checked.inputs


def made(holder: Entry, objects: Objects, leads_to: str) -> Properties:
    """Have it made, and what pulumi-kubernetes makes then; gives its state."""
    given = inputs(holder, leads_to)
    _, state = holder.create(URN, given)
    objects.put("ServiceEntry", state["named"], given["spec"], annotations=state["annotations"])
    return state


def ports(objects: Objects, name: str) -> list[int]:
    return [port["number"] for port in objects.of("ServiceEntry", name)["spec"]["ports"]]


def test_the_first_one_has_the_plain_name_and_says_what_it_is_for(
    holder: Entry, objects: Objects
) -> None:
    state = made(holder, objects, OLD)
    assert state["named"] == NAME
    assert objects.annotations("ServiceEntry", NAME)[PURPOSE] == OLD


def test_another_place_is_another_entry(holder: Entry, objects: Objects) -> None:
    state = made(holder, objects, OLD)
    changes = holder.diff(URN, state, inputs(holder, NEW))
    assert Change("purpose", replaces=True) in changes
    in_place = holder.diff(URN, state, {**state, "content": "another", "spec": spec(protocol="X")})
    assert list(in_place) == [Change("content")]


def test_while_the_old_one_stands_the_new_one_has_another_name_and_the_old_one_holds_both(
    holder: Entry, objects: Objects, said: Said
) -> None:
    made(holder, objects, OLD)
    new = made(holder, objects, NEW)
    assert new["named"].startswith(f"{NAME}-")
    assert ports(objects, NAME) == [3306, 3307]
    assert ports(objects, new["named"]) == [3307]
    (line,) = said.infos
    assert line == (
        f"ServiceEntry default/{NAME} stays beside {new['named']} until the pods no longer use it: "
        "it goes last, and not at all if they cannot be rolled"
    )


def test_a_preview_says_so_and_changes_nothing(holder: Entry, objects: Objects, said: Said) -> None:
    made(holder, objects, OLD)
    planned = holder.plan(URN, None, inputs(holder, NEW))
    assert planned["named"].startswith(f"{NAME}-")
    assert len(said.infos) == 1
    assert ports(objects, NAME) == [3306]


def test_the_way_back_leads_to_the_old_one_again(holder: Entry, objects: Objects) -> None:
    old = made(holder, objects, OLD)
    new = made(holder, objects, NEW)
    again = made(holder, objects, OLD)
    assert (again["named"], ports(objects, NAME)) == (NAME, [3306])
    for state in (old, new):
        holder.delete(URN, state)
    assert [each["metadata"]["name"] for each in objects.at.values()] == [NAME]


def test_the_plain_name_is_had_again_once_it_is_free(holder: Entry, objects: Objects) -> None:
    old = made(holder, objects, OLD)
    new = made(holder, objects, NEW)
    holder.delete(URN, old)
    assert made(holder, objects, OLD)["named"] == NAME
    assert new["named"] != NAME


def test_it_goes_once_the_last_pods_have_ended_that_go_its_way(
    holder: Entry, objects: Objects
) -> None:
    state = made(holder, objects, OLD)
    objects.put("Pod", "ends", deletionTimestamp="2026-11-29T07:00:00Z")
    objects.put("Pod", "runs")
    holder.delete(URN, state)
    assert objects.done == ["wait for ends", f"delete ServiceEntry/{NAME}"]


def test_who_may_not_see_pods_goes_on(holder: Entry, objects: Objects) -> None:
    state = made(holder, objects, OLD)
    objects.refused[PODS] = 403
    holder.delete(URN, state)
    assert objects.at == {}


# --- what is to be closed


def close(holder: Entry, state: Properties) -> Properties:
    """Close what stands, in the engine's order; gives the new state."""
    news: Properties = {"closed": True}
    assert holder.check(URN, news, state).failures == ()
    (change,) = holder.diff(URN, state, holder.check(URN, news, state).inputs)
    assert (change.replaces, change.goes_first) == (True, True)
    given = holder.check(URN, news).inputs  # of what is replaced it asks without what was
    assert holder.plan(URN, None, given) == given
    holder.delete(URN, state)
    return holder.create(URN, given)[1]


def test_what_is_closed_waits_for_no_pod(holder: Entry, objects: Objects) -> None:
    state = made(holder, objects, OLD)
    objects.put("Pod", "ends", deletionTimestamp="2026-11-29T07:00:00Z")
    close(holder, state)
    assert objects.done == [f"delete ServiceEntry/{NAME}"]


def test_while_the_database_moves_both_ways_are_closed(holder: Entry, objects: Objects) -> None:
    made(holder, objects, OLD)
    close(holder, made(holder, objects, NEW))
    assert objects.at == {}


def test_what_others_made_stays_and_is_named(holder: Entry, objects: Objects, said: Said) -> None:
    state = made(holder, objects, OLD)
    objects.put("ServiceEntry", NAME, spec())
    objects.put("ServiceEntry", "of-others", spec())
    close(holder, state)
    assert len(objects.at) == 2
    assert said.warnings[-1] == (
        f"ServiceEntry default/{NAME} is not this stack's, and may lead out; to close it, "
        f"`kubectl --context tests -n default delete serviceentry/{NAME}`"
    )


def test_what_is_closed_stays_so_and_what_stands_in_its_place_is_made_anew(
    holder: Entry, objects: Objects
) -> None:
    closed = close(holder, made(holder, objects, OLD))
    again = holder.check(URN, {"closed": True}, closed).inputs
    assert (holder.diff(URN, closed, again), again) == ([], closed)
    assert holder.read(URN, closed, closed) == Found(closed, closed)
    (change,) = holder.diff(URN, closed, inputs(holder, OLD))
    assert (change.replaces, change.goes_first) == (True, False)
    state = made(holder, objects, OLD)
    holder.delete(URN, closed)
    assert objects.of("ServiceEntry", state["named"])


def test_where_there_never_was_one_nothing_is_closed(holder: Entry, objects: Objects) -> None:
    objects.put("ServiceEntry", NAME, spec())
    given = holder.check(URN, {"closed": True}).inputs
    assert holder.create(URN, given)[1] == {"closed": True}
    assert objects.done == []


def test_what_was_made_before_anything_was_closed_stays_as_it_is(
    holder: Entry, objects: Objects
) -> None:
    state = made(holder, objects, OLD)
    now = dict(state)
    del state["closed"]
    assert holder.diff(URN, state, now) == []


# --- what an entry says that holds both


def test_for_another_host_each_entry_is_served_for_itself() -> None:
    assert holding_both(spec(), spec(3307, hosts=["other.example.com"])) is None


def test_for_one_host_the_older_is_made_to_hold_all_of_both() -> None:
    new = spec(3307, addresses=["198.51.100.8/32"], hosts=["mysql.example.com", "b.example.com"])
    assert holding_both(spec(), new) == {
        "hosts": ["mysql.example.com", "b.example.com"],
        "resolution": "NONE",
        "ports": [
            {"name": "tcp", "number": 3306, "protocol": "TCP"},
            {"name": "tcp-3307", "number": 3307, "protocol": "TCP"},
        ],
        "addresses": ["198.51.100.7/32", "198.51.100.8/32"],
    }


def test_one_that_sidecars_look_up_is_given_addresses_but_no_blocks() -> None:
    old = {**spec(egress=Egress.MESH_DNS), "addresses": ["241.0.0.1"]}
    new = spec(addresses=["198.51.100.8/32", "203.0.113.0/24"])
    both = holding_both(old, new)
    assert both is not None
    assert both["addresses"] == ["241.0.0.1", "198.51.100.8"]
    assert both["ports"] == old["ports"]
    # Without an address it takes all connections to its port already.
    all_of_them = holding_both({**old, "addresses": []}, new)
    assert all_of_them is not None
    assert all_of_them["addresses"] == []


def test_where_sidecars_look_up_from_now_on_the_addresses_before_are_led_on_too() -> None:
    old = spec(addresses=["198.51.100.7/32", "203.0.113.0/24"], hosts=["mysql.example.com", "b.c"])
    new = {**spec(egress=Egress.MESH_DNS), "addresses": ["241.0.0.1"]}
    both = holding_both(old, new)
    assert both is not None
    assert both["resolution"] == new["resolution"]
    assert both["addresses"] == ["241.0.0.1", "198.51.100.7"]
    assert both["hosts"] == ["mysql.example.com"]  # more than one is for addresses alone


@pytest.mark.parametrize("way", [Egress.LOOKUP, Egress.CIDRS])
def test_addresses_change_in_place_whoever_gives_them(way: Egress) -> None:
    assert purpose(way, "mysql.example.com", 3306) == OLD


def test_who_looks_the_host_up_is_another_matter() -> None:
    assert purpose(Egress.MESH_DNS, "mysql.example.com", 3306) != OLD
