"""Two ServiceEntries are in each other's way where one address, port and namespace are in both."""

from __future__ import annotations

from typing import Any

import pytest

from guard.field import UNKNOWN
from guard.resource import Resource
from guard.rule import Undecided, Violation
from guard.rules.same_address import RULE
from tests.unit.policy.resources import entry

MINE = entry("mine")


def test_the_same_address_and_port_is_named_with_the_other_entry() -> None:
    assert RULE.look(MINE, others=[entry("theirs")]) == [
        Violation("203.0.113.10/32 port 3306 is in the ServiceEntry theirs too")
    ]


def test_an_address_in_the_block_of_another_is_named() -> None:
    (found,) = RULE.look(MINE, others=[entry("theirs", addresses=["203.0.113.0/24"])])
    assert found == Violation("203.0.113.10/32 port 3306 is in the ServiceEntry theirs too")


APART: list[dict[str, Any]] = [
    {"addresses": ["203.0.113.11"]},
    {"addresses": ["::/0"]},
    {"addresses": None},
    {"ports": [{"number": 3307.0, "protocol": "TCP"}]},
    {"namespace": "elsewhere"},
    {"exportTo": ["~"]},
    {"exportTo": ["reviews"]},
]


@pytest.mark.parametrize("changes", APART, ids=str)
def test_what_is_apart_passes(changes: dict[str, Any]) -> None:
    assert RULE.look(MINE, others=[entry("theirs", **changes)]) == []


@pytest.mark.parametrize("export_to", [None, ["*"], ["default"], ["reviews", "default"]])
def test_an_entry_of_another_namespace_counts_where_this_one_sees_it(export_to: object) -> None:
    theirs = entry("theirs", namespace="elsewhere", exportTo=export_to)
    assert RULE.look(MINE, others=[theirs])


def test_another_kind_of_object_is_no_entry() -> None:
    other = Resource(
        "urn:pulumi:s::p::kubernetes:core/v1:Service::x", "kubernetes:core/v1:Service", {}
    )
    assert RULE.look(MINE, others=[other]) == []
    assert RULE.look(other, others=[MINE]) == []


def test_an_address_that_is_not_known_yet_is_named() -> None:
    assert RULE.look(entry("mine", addresses=[UNKNOWN])) == [Undecided("spec.addresses[0]")]
