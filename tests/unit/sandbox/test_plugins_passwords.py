"""The random stand-in draws what the published plugin would, and refuses what that refuses."""

from __future__ import annotations

import string
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from sandbox.plugins.passwords.characters import SPECIAL, drawn, kinds
from sandbox.plugins.passwords.password import Password
from sandbox.plugins.values import UNKNOWN, Secret


def test_what_is_drawn_is_secret_and_of_the_length() -> None:
    identity, state = Password().create({"length": 24, "special": False})
    assert identity == "none"
    assert len(state["result"].value) == 24
    assert set(state["result"].value) <= set(string.ascii_letters + string.digits)
    assert state["bcryptHash"].value.startswith("$2b$10$")
    assert "result" not in repr(Password().plan({"length": 24})["result"])


@given(
    st.fixed_dictionaries(
        {minimum: st.integers(0, 4) for minimum in ("minUpper", "minLower", "minNumeric")}
    )
)
def test_minima_are_kept(minima: dict[str, int]) -> None:
    wanted: dict[str, object] = {
        **minima,
        "minSpecial": 1,
        **dict.fromkeys(("upper", "lower", "numeric", "special"), True),
    }
    password = drawn(16, kinds(wanted))
    assert len(password) == 16
    assert sum(each.isupper() for each in password) >= minima["minUpper"]
    assert sum(each.isdigit() for each in password) >= minima["minNumeric"]
    assert any(each in SPECIAL for each in password)


def test_special_characters_can_be_chosen() -> None:
    only = {"upper": False, "lower": False, "numeric": False}
    _, state = Password().create({"length": 9, **only, "overrideSpecial": "~"})
    assert state["result"].value == "~" * 9


def test_every_default_of_the_plugin_is_in_the_state() -> None:
    state = Password().plan({"length": 8})
    assert {name: state[name] for name in ("upper", "lower", "numeric", "number", "special")}
    assert state["minUpper"] == state["minLower"] == state["minSpecial"] == 0
    assert state["result"] == Secret(UNKNOWN)


def test_new_keepers_make_a_new_password() -> None:
    _, state = Password().create({"length": 8, "keepers": {"turn": "1"}})
    opened = {name: getattr(value, "value", value) for name, value in state.items()}
    assert not Password().diff(opened, {"length": 8, "keepers": {"turn": "1"}})
    changed = Password().diff(opened, {"length": 8, "keepers": {"turn": "2"}})
    assert [(change.property, change.replaces) for change in changed] == [("keepers", True)]


@pytest.mark.parametrize(
    ("news", "refusal"),
    [
        ({}, "Missing required property 'length'"),
        ({"length": 0}, "must be at least 1, got: 0"),
        ({"length": 3, "minUpper": 2, "minNumeric": 2}, "must be at least sum of"),
        ({"length": 3, "number": True, "numeric": False}, "use numeric instead"),
        (
            {
                "length": 3,
                **dict.fromkeys(("special", "upper", "lower", "numeric"), False),
            },
            "must be specified as true",
        ),
    ],
)
def test_what_cannot_be_drawn_is_refused(news: dict[str, Any], refusal: str) -> None:
    [said] = Password().check("p", {}, news, b"").refusals
    assert refusal in said


def test_a_length_that_is_not_known_yet_is_not_refused() -> None:
    assert not Password().check("p", {}, {"length": UNKNOWN}, b"").refusals
