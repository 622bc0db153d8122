"""The stand-ins' side of the provider protocol: values, schemas, errors."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st
from pulumi.runtime import rpc
from pulumi.runtime.proto import provider_pb2

from sandbox.plugins import values
from sandbox.plugins.passwords.password import Password
from sandbox.plugins.provider import Provider, RefusedError
from sandbox.plugins.schema import Property, refreshed, refusals, with_defaults
from sandbox.plugins.values import UNKNOWN, Secret

SCHEMA = {
    "name": Property(required=True, replaces=True),
    "size": Property(default=3),
    "open": Property(default=False),
    "word": Property(secret=True, kept_as=str.upper),
    "hint": Property(conflicts=("word",)),
}


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
    assert values.from_wire(values.to_wire(properties)) == properties


def test_secrets_are_opened_on_the_way_in() -> None:
    wire = values.to_wire({"password": Secret("p")})
    assert values.from_wire(wire) == {"password": "p"}


def test_nulls_are_left_out() -> None:
    assert values.from_wire(values.to_wire({"gone": None})) == {}


def test_false_defaults_are_left_to_the_state() -> None:
    inputs = with_defaults(SCHEMA, {}, {"name": "x"})
    assert inputs == {"name": "x", "size": 3, "__defaults": ["size"]}


def test_a_default_stays_what_it_was() -> None:
    olds = {"name": "x", "size": 2, "__defaults": ["size"]}
    assert with_defaults(SCHEMA, olds, {"name": "x"})["size"] == 2


def test_a_value_that_is_given_no_more_goes_back_to_the_default() -> None:
    olds = {"name": "x", "size": 2, "__defaults": []}
    assert with_defaults(SCHEMA, olds, {"name": "x"})["size"] == 3


def test_missing_and_unknown_properties_are_refused() -> None:
    assert refusals(SCHEMA, "r", {"sise": 1}) == [
        "Invalid or unknown key. Examine values at 'r.sise'.",
        "Missing required property 'name'",
    ]


def test_a_refresh_keeps_an_input_that_the_state_keeps_differently() -> None:
    inputs = {"name": "x", "word": "low", "size": 3}
    state = {"name": "x", "word": "LOW", "size": 4, "open": False}
    assert refreshed(SCHEMA, inputs, state) == {"name": "x", "word": "low", "size": 4}


class Refused(Exception):
    """What the engine would be told."""


class Context:
    """A call of the engine's."""

    def abort(self, _code: object, message: str) -> None:
        raise Refused(message)


class Broken(Password):
    """A resource that nothing can be done with."""

    def delete(self, state: dict[str, Any]) -> None:  # noqa: ARG002 - the protocol's
        raise RefusedError("it is stuck")


CONTEXT: Any = Context()
SETTINGS: Any = None


def test_an_error_reaches_the_engine_in_one_line() -> None:
    provider = Provider("1.0.0", SETTINGS, {"a:b:C": Broken()})
    urn = "urn:pulumi:dev::p::a:b:C::mine"
    with pytest.raises(Refused, match=rf"^deleting {urn}: it is stuck$"):
        provider.Delete(provider_pb2.DeleteRequest(urn=urn), CONTEXT)


def test_a_type_that_is_not_stood_in_for_is_refused_by_name() -> None:
    provider = Provider("1.0.0", SETTINGS, {"a:b:C": Broken()})
    request = provider_pb2.CheckRequest(urn="urn:pulumi:dev::p::parent$a:b:D::mine")
    with pytest.raises(Refused, match="has a:b:C, but no a:b:D"):
        provider.Check(request, CONTEXT)
