"""What all resources check of their inputs: by name, whatever language a value came from."""

from __future__ import annotations

from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from mysql.mark import Mark
from provider.protocol.service import Change, Kind
from provider.protocol.values import UNKNOWN
from provider.resource import (
    Check,
    OnServer,
    changed,
    entries,
    flag,
    host,
    owner,
    port,
    replaced,
    schema,
    text,
    texts,
    user,
)
from tests.unit.provider.fakes import HOLDER, OWNER, URN, Answers, At, Said

# Input -> its check, and what it accepts.
CHECKS: dict[str, tuple[Check, object]] = {
    "name": (text, "anything"),
    "user": (user, "bookinfo"),
    "host": (host, "10.0.%"),
    "schema": (schema, "test"),
    "owner": (owner, OWNER),
    "port": (port, 3306),
    "flag": (flag, False),
    "addresses": (texts, ["198.51.100.7/32"]),
}
GIVEN = {name: accepted for name, (_, accepted) in CHECKS.items()}
# Of each kind of value there is one.
VALUES: tuple[object, ...] = (None, True, 5, 4.5, "text", [], ["text"], {}, {"text": "text"})
KINDS = {"flag": bool, "port": int, "addresses": list}


class OneOfEach(OnServer):
    """A resource that takes one input of each kind."""

    inputs = {name: check for name, (check, _) in CHECKS.items()}  # noqa: RUF012 - as in the base


def failures(**news: Any) -> list[tuple[str, str]]:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    found = resource.check(URN, {**GIVEN, **news}).failures
    return [(failure.property, failure.reason) for failure in found]


def test_what_is_right_is_taken_as_it_is() -> None:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    checked = resource.check(URN, GIVEN)
    assert (checked.inputs, list(checked.failures)) == (GIVEN, [])


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("value", VALUES, ids=repr)
def test_a_value_of_another_kind_is_refused_by_its_name(name: str, value: object) -> None:
    if type(value) is KINDS.get(name, str):
        assert failures(**{name: value}) == []
        return
    ((refused, reason),) = failures(**{name: value})
    assert refused == name
    assert repr(value) in reason
    assert "\n" not in reason


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("name", "", "'' is no text"),
        ("user", "", "'' is no text"),
        ("user", "root", "'root' is the server's own account"),
        ("user", "o'brien", '"o\'brien" is no plain name'),
        ("host", "", "'' is no text"),
        ("host", "10.0.'", '"10.0.\'" is no host part of an account'),
        ("schema", "", "'' is no text"),
        ("schema", "mysql", "'mysql' is a system schema"),
        ("schema", "a`b", "'a`b' is no plain name"),
        ("owner", "", "'' is no text"),
        ("owner", "o'brien", '"o\'brien" is no mark; give a UUID'),
        ("owner", "a/b", "'a/b' is no mark"),
        ("owner", "a b", "'a b' is no mark"),
        ("owner", "a\\", "'a\\\\' is no mark"),
        ("owner", f"{OWNER}\n", f"'{OWNER}\\n' is no mark"),
        ("owner", "٣", "'٣' is no mark"),
        ("owner", "a" * 65, f"'{'a' * 65}' is no mark"),
        ("port", 0, "0 is no whole number from 1 to 65535"),
        ("port", -1, "-1 is no whole number"),
        ("port", 65536, "65536 is no whole number"),
        ("port", "3306", "'3306' is no whole number"),
        ("port", True, "True is no whole number"),
        ("flag", "yes", "'yes' is neither true nor false"),
        ("flag", 1, "1 is neither true nor false"),
        ("addresses", "198.51.100.7", "'198.51.100.7' is no list"),
        ("addresses", ["198.51.100.7", 5], "5 is no text"),
        ("addresses", [""], "'' is no text"),
    ],
)
def test_a_value_that_will_not_do_is_refused_with_the_reason(
    name: str, value: object, reason: str
) -> None:
    ((refused, said),) = failures(**{name: value})
    assert refused == name
    assert said.startswith(reason)


@given(st.text(max_size=70))
def test_a_mark_that_is_taken_is_read_back_from_where_it_is_put(given: str) -> None:
    if failures(owner=given):
        return
    mark = Mark(given, HOLDER)
    assert Mark.of_comment(mark.comment) == Mark.of_attribute(mark.attribute) == mark
    assert not set(given) & set("'\"\\%")  # it is put into SQL as it is


def test_a_host_is_taken_as_mysql_keeps_it() -> None:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    checked = resource.check(URN, {**GIVEN, "host": "Pod_.Example.COM"})
    assert checked.inputs == {**GIVEN, "host": "pod_.example.com"}


@given(st.integers())
def test_a_port_is_a_whole_number_of_16_bits(number: int) -> None:
    assert (failures(port=number) == []) == (1 <= number <= 65535)


@pytest.mark.parametrize("name", CHECKS)
@pytest.mark.parametrize("value", [UNKNOWN, [UNKNOWN], {"text": ["text", UNKNOWN]}], ids=repr)
def test_what_is_not_known_yet_is_not_judged(name: str, value: object) -> None:
    assert failures(**{name: value}) == []


def test_what_is_missing_and_what_there_is_not_are_named() -> None:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    news = {**GIVEN, "hosts": "%"}
    del news["host"]
    assert [(f.property, f.reason) for f in resource.check(URN, news).failures] == [
        ("hosts", f"there are {', '.join(CHECKS)} alone"),
        ("host", "it is missing"),
    ]


@pytest.mark.parametrize(
    ("state", "inputs", "differ"),
    [
        ({"user": "a", "tls": True}, {"user": "a", "tls": True}, []),
        ({"user": "a", "tls": True}, {"user": "b", "tls": False}, ["user", "tls"]),
        ({"user": "a"}, {"user": "a", "tls": False}, ["tls"]),
        ({"user": "a", "tls": True}, {"user": UNKNOWN, "tls": True}, ["user"]),
    ],
)
def test_inputs_are_compared_one_by_one(
    state: dict[str, object], inputs: dict[str, object], differ: list[str]
) -> None:
    assert changed(state, inputs, ("user", "tls")) == [Change(name) for name in differ]
    assert replaced(state, inputs, ("user", "tls")) == [
        Change(name, replaces=True) for name in differ
    ]


def test_maps_are_compared_entry_by_entry() -> None:
    assert entries("rows", {"1": 5, "2": 4, "3": None}, {"1": 5, "2": 1, "4": 2}) == [
        Change('rows["2"]'),
        Change('rows["3"]', kind=Kind.DELETE),
        Change('rows["4"]', kind=Kind.ADD),
    ]
    assert entries("rights", {}, {'a"b': 1}) == [Change('rights["a\\"b"]', kind=Kind.ADD)]


def test_what_a_resource_replaces_is_known_though_the_engine_asks_again_as_for_a_new_one() -> None:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    assert resource.predecessor(URN) == {}
    before = {**GIVEN, "name": "what it was"}
    resource.check(URN, GIVEN, before)
    resource.check(URN, GIVEN, None)
    assert resource.predecessor(URN) == before
    assert resource.predecessor(f"{URN}-and-another") == {}


def test_what_had_the_stacks_former_mark_is_its_own_too() -> None:
    resource = OneOfEach(At(Answers()).configuration(), Said().engine())
    assert resource.owners(URN, GIVEN) == {OWNER}
    resource.check(URN, GIVEN, {**GIVEN, "owner": "former-mark"})
    assert resource.owners(URN, GIVEN) == {OWNER, "former-mark"}
