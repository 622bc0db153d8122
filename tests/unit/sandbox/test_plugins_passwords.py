"""The random stand-in draws what the published plugin would, and keeps it in the same words."""

from __future__ import annotations

import string

from sandbox.plugins.passwords.password import Password
from sandbox.plugins.provider import Change
from sandbox.plugins.values import UNKNOWN


def test_what_is_drawn_is_of_the_length_and_of_the_characters() -> None:
    identity, state = Password().create({"length": 400, "overrideSpecial": "-_"})
    assert identity == "none"
    assert len(state["result"]) == 400
    assert set(state["result"]) <= set(string.ascii_letters + string.digits + "-_")
    assert set(state["result"]) & set("-_")
    assert state["bcryptHash"].startswith("$2b$10$")


def test_no_password_is_drawn_twice() -> None:
    first, second = (Password().create({"length": 32})[1]["result"] for _ in range(2))
    assert first != second


def test_a_preview_knows_all_but_the_password() -> None:
    planned = Password().plan({"length": 8})
    _, drawn = Password().create({"length": 8})
    assert {name for name, value in planned.items() if value is UNKNOWN} == set(Password.secrets)
    assert planned.keys() == drawn.keys()
    assert planned.keys() >= {"upper", "lower", "numeric", "number", "special", "minUpper"}


def test_another_length_makes_a_new_password() -> None:
    _, state = Password().create({"length": 8})
    assert not Password().diff(state, {"length": 8})
    assert Password().diff(state, {"length": 9}) == [Change("length", replaces=True)]


def test_what_is_left_out_is_refused() -> None:
    [said] = Password().check("p", {"length": 3, "keepers": {"turn": "1"}}).refusals
    assert said == "Invalid or unknown key. Examine values at 'p.keepers'."
