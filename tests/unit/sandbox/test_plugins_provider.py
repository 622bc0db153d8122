"""The stand-ins' side of the provider protocol: values, schemas, errors."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any, ClassVar

import pytest
from google.protobuf import struct_pb2
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from sandbox.plugins import values
from sandbox.plugins.provider import Change, Found, Provider, RefusedError, Resource, Settings
from sandbox.plugins.schema import Described, Property
from sandbox.plugins.values import UNKNOWN, Properties, from_wire, to_wire


def test_special_values_are_marked_as_the_sdk_marks_them() -> None:
    assert rpc._special_sig_key == values.SIGNATURE  # noqa: SLF001
    assert rpc._special_secret_sig == values.SECRET  # noqa: SLF001
    assert rpc.UNKNOWN == values.UNKNOWN_MARK


TEXTS = st.text("aé\n'`%", max_size=5)


@given(
    st.dictionaries(
        TEXTS,
        st.recursive(
            st.booleans() | st.integers(-(2**53), 2**53) | TEXTS | st.just(UNKNOWN),
            lambda inner: st.lists(inner) | st.dictionaries(TEXTS, inner),
            max_leaves=6,
        ),
    )
)
def test_what_is_written_is_read_back(properties: dict[str, Any]) -> None:
    assert from_wire(to_wire(properties)) == properties
    assert from_wire(to_wire(properties, properties)) == properties


def test_secrets_are_marked_on_the_way_out() -> None:
    assert "password" in rpc.deserialize_properties(to_wire({"password": "p"}, ["password"]))
    wire = to_wire({"password": "p", "user": "u"}, ["password"])
    read = rpc.deserialize_properties(wire)
    assert (rpc.is_rpc_secret(read["password"]), rpc.is_rpc_secret(read["user"])) == (True, False)


def test_nulls_are_left_out() -> None:
    assert from_wire(to_wire({"gone": None})) == {}


# --- what a schema decides


class Thing(Described):
    """A resource that keeps what it is told."""

    schema: ClassVar[dict[str, Property]] = {
        "name": Property(required=True, replaces=True),
        "size": Property(default=3),
        "open": Property(default=False),
        "word": Property(kept_as=str.upper),
    }
    secrets: ClassVar[tuple[str, ...]] = ("word",)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        return inputs["name"], self.plan(inputs)

    def read(self, state: Properties, inputs: Properties) -> Found | None:
        return Found(state, inputs) if state["name"] != "gone" else None

    def delete(self, state: Properties) -> None:
        raise RefusedError(f"{state['name']} is stuck")


def test_defaults_are_filled_in_and_false_ones_are_left_to_the_state() -> None:
    checked = Thing().check("r", {"name": "x"})
    assert checked.inputs == {"name": "x", "size": 3, "__defaults": ["size"]}
    assert checked.refusals == []
    assert Thing().plan(checked.inputs) == {"name": "x", "size": 3, "open": False}


def test_a_default_of_before_is_not_taken_for_what_is_given() -> None:
    again = Thing().check("r", {"name": "x", "__defaults": ["size"]})
    assert again.inputs == Thing().check("r", {"name": "x"}).inputs


def test_missing_and_unknown_properties_are_refused() -> None:
    assert Thing().check("r", {"sise": 1}).refusals == [
        "Invalid or unknown key. Examine values at 'r.sise'.",
        "Missing required property 'name'",
    ]


def test_what_the_state_keeps_differently_is_compared_as_it_is_kept() -> None:
    state = {"name": "x", "size": 3, "open": False, "word": "LOW"}
    assert Thing().diff(state, {"name": "x", "word": "low"}) == []
    assert Thing().diff(state, {"name": "y", "word": "high"}) == [
        Change("name", replaces=True),
        Change("word", replaces=False),
    ]


def test_what_is_not_known_yet_is_a_change_to_something_unknown() -> None:
    state = Thing().plan({"name": "x", "word": "low"})
    assert Thing().diff(state, {"name": "x", "word": UNKNOWN}) == [Change("word", replaces=False)]
    assert Thing().plan({"name": "x", "word": UNKNOWN})["word"] is UNKNOWN


# --- what the engine is told


class Refused(Exception):
    """What the engine would be told."""


class Context:
    """A call of the engine's."""

    def abort(self, _code: object, message: str) -> None:
        raise Refused(message)


CONTEXT: Any = Context()
RESOURCES: Mapping[str, Resource] = {"a:b:C": Thing()}
PROVIDER = Provider("1.0.0", Settings(), RESOURCES)
URN = "urn:pulumi:dev::p::parent$a:b:C::mine"
STATE = {"name": "x", "size": 3, "open": False, "word": "LOW"}


def wire(**properties: Any) -> struct_pb2.Struct:
    return to_wire(properties)


def test_an_error_reaches_the_engine_in_one_line() -> None:
    with pytest.raises(Refused, match=r"^x is stuck$"):
        PROVIDER.Delete(provider_pb2.DeleteRequest(urn=URN, properties=wire(name="x")), CONTEXT)


def test_a_type_that_is_not_stood_in_for_is_refused_by_name() -> None:
    request = provider_pb2.CheckRequest(urn="urn:pulumi:dev::p::parent$a:b:D::mine")
    with pytest.raises(Refused, match="has a:b:C, but no a:b:D"):
        PROVIDER.Check(request, CONTEXT)


def test_a_preview_makes_nothing_and_keeps_what_is_not_known() -> None:
    request = provider_pb2.CreateRequest(
        urn=URN, properties=to_wire({"name": "x", "word": UNKNOWN}), preview=True
    )
    answer = PROVIDER.Create(request, CONTEXT)
    assert answer.id == ""
    assert from_wire(answer.properties)["word"] is UNKNOWN


def test_what_is_made_has_an_id_and_hides_its_secrets() -> None:
    request = provider_pb2.CreateRequest(urn=URN, properties=wire(name="x", word="low"))
    answer = PROVIDER.Create(request, CONTEXT)
    assert answer.id == "x"
    assert from_wire(answer.properties) == STATE
    assert rpc.is_rpc_secret(rpc.deserialize_properties(answer.properties)["word"])


def test_replacements_are_named_among_the_differences() -> None:
    request = provider_pb2.DiffRequest(urn=URN, olds=to_wire(STATE), news=wire(name="y"))
    answer = PROVIDER.Diff(request, CONTEXT)
    assert answer.changes == provider_pb2.DiffResponse.DIFF_SOME
    assert (list(answer.diffs), list(answer.replaces)) == (["name", "word"], ["name"])


def test_what_is_as_wanted_makes_no_difference() -> None:
    news = wire(name="x", word="low")
    request = provider_pb2.DiffRequest(urn=URN, olds=to_wire(STATE), news=news)
    assert PROVIDER.Diff(request, CONTEXT).changes == provider_pb2.DiffResponse.DIFF_NONE


def test_a_resource_that_is_gone_has_no_id() -> None:
    for name, identity in (("x", "x"), ("gone", "")):
        request = provider_pb2.ReadRequest(urn=URN, id=name, properties=wire(name=name))
        assert PROVIDER.Read(request, CONTEXT).id == identity


def test_what_exists_is_not_imported() -> None:
    with pytest.raises(Refused, match="cannot import what exists"):
        PROVIDER.Read(provider_pb2.ReadRequest(urn=URN, id="x"), CONTEXT)
