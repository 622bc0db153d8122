"""What a stand-in works out from a schema, as Pulumi's bridge does."""

from __future__ import annotations

from typing import ClassVar

from provider.protocol.service import Change, Checked, Failure, Found
from provider.protocol.values import UNKNOWN, Properties
from sandbox.plugins.schema import Described, Property

URN = "urn:pulumi:dev::p::parent$a:b:C::r"


class Thing(Described):
    """A resource that keeps what it is told."""

    schema: ClassVar[dict[str, Property]] = {
        "name": Property(required=True, replaces=True),
        "size": Property(default=3),
        "open": Property(default=False),
        "word": Property(kept_as=str.upper),
    }

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        return inputs["name"], self.wanted(inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        return Found(state, inputs)

    def delete(self, _urn: str, state: Properties) -> None: ...


def checked(**news: object) -> Checked:
    return Thing().check(URN, news)


def test_defaults_are_filled_in_and_false_ones_are_left_to_the_state() -> None:
    filled = checked(name="x")
    assert filled.inputs == {"name": "x", "size": 3, "__defaults": ["size"]}
    assert filled.failures == []
    assert Thing().wanted(filled.inputs) == {"name": "x", "size": 3, "open": False}


def test_a_default_of_before_is_not_taken_for_what_is_given() -> None:
    assert checked(name="x", __defaults=["size"]).inputs == checked(name="x").inputs


def test_missing_and_unknown_properties_are_refused() -> None:
    assert checked(sise=1).failures == [
        Failure("Invalid or unknown key. Examine values at 'r.sise'."),
        Failure("Missing required property 'name'"),
    ]


def test_what_the_state_keeps_differently_is_compared_as_it_is_kept() -> None:
    state = {"name": "x", "size": 3, "open": False, "word": "LOW"}
    assert Thing().diff(URN, state, {"name": "x", "word": "low"}) == []
    assert Thing().diff(URN, state, {"name": "y", "word": "high"}) == [
        Change("name", replaces=True),
        Change("word", replaces=False),
    ]


def test_what_is_not_known_yet_is_a_change_to_something_unknown() -> None:
    state = Thing().wanted({"name": "x", "word": "low"})
    assert Thing().diff(URN, state, {"name": "x", "word": UNKNOWN}) == [Change("word")]
    assert Thing().wanted({"name": "x", "word": UNKNOWN})["word"] is UNKNOWN


def test_what_is_planned_is_the_state_that_is_wanted() -> None:
    inputs = {"name": "x", "word": "low"}
    assert Thing().plan(URN, None, inputs) == Thing().wanted(inputs)
    assert Thing().create(URN, inputs) == ("x", Thing().wanted(inputs))
