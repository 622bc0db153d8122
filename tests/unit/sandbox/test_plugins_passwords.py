"""The random stand-in draws what the published plugin would, and keeps it in the same words."""

from __future__ import annotations

import string
import uuid

import bcrypt
import pytest

from provider.protocol.service import Change
from provider.protocol.values import UNKNOWN, Properties
from sandbox.plugins.passwords.password import Password, Uuid

URN = "urn:pulumi:dev::external-mysql::random:index/randomPassword:RandomPassword::p"


def test_what_is_drawn_is_of_the_length_and_of_the_characters() -> None:
    identity, state = Password().create(URN, {"length": 400, "overrideSpecial": "-_"})
    assert identity == "none"
    assert len(state["result"]) == 400
    assert set(state["result"]) <= set(string.ascii_letters + string.digits + "-_")
    assert set(state["result"]) & set("-_")
    assert state["bcryptHash"].startswith("$2b$10$")


@pytest.mark.parametrize(
    ("least", "signs"),
    [
        ("minLower", string.ascii_lowercase),
        ("minUpper", string.ascii_uppercase),
        ("minNumeric", string.digits),
        ("minSpecial", "-_"),
    ],
)
def test_there_are_at_least_as_many_signs_of_a_kind_as_are_asked_for(
    least: str, signs: str
) -> None:
    _, state = Password().create(URN, {"length": 8, "overrideSpecial": "-_", least: 8})
    assert len(state["result"]) == 8
    assert set(state["result"]) <= set(signs)


def test_signs_that_are_asked_for_have_no_place_of_their_own(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(bcrypt, "hashpw", lambda *_: b"")  # which takes its time
    asked = {"length": 2, "minLower": 1, "minNumeric": 1}
    drawn = [Password().create(URN, asked)[1]["result"] for _ in range(60)]
    assert {password[0].isdigit() for password in drawn} == {True, False}


def test_no_password_is_drawn_twice() -> None:
    first, second = (Password().create(URN, {"length": 32})[1]["result"] for _ in range(2))
    assert first != second


def test_a_preview_knows_all_but_the_password() -> None:
    planned = Password().plan(URN, None, {"length": 8})
    _, drawn = Password().create(URN, {"length": 8})
    assert {name for name, value in planned.items() if value is UNKNOWN} == set(Password.secrets)
    assert planned.keys() == drawn.keys()
    assert planned.keys() >= {"upper", "lower", "numeric", "number", "special", "minUpper"}


@pytest.mark.parametrize("name", ["minLower", "minUpper", "minNumeric", "minSpecial", "length"])
def test_another_length_or_mixture_makes_a_new_password(name: str) -> None:
    _, state = Password().create(URN, {"length": 8})
    assert not Password().diff(URN, state, {"length": 8})
    changed = Password().diff(URN, state, {"length": 8, name: 9})
    assert changed == [Change(name, replaces=True)]


@pytest.mark.parametrize(
    ("before", "after"),
    [(None, {"turn": "1"}), ({"turn": "1"}, {"turn": "2"}), ({"turn": "1"}, None)],
)
def test_a_password_is_kept_as_long_as_what_it_is_kept_for(
    before: Properties | None, after: Properties | None
) -> None:
    first, then = (
        {"length": 8, **({"keepers": keepers} if keepers else {})} for keepers in (before, after)
    )
    assert not Password().check(URN, first).failures
    _, state = Password().create(URN, first)
    assert state.get("keepers") == before
    assert Password().diff(URN, state, first) == []
    assert Password().diff(URN, state, then) == [Change("keepers", replaces=True)]


def test_what_is_left_out_is_refused() -> None:
    [said] = Password().check(URN, {"length": 3, "special": False}).failures
    assert said.reason == "Invalid or unknown key. Examine values at 'p.special'."


def test_a_uuid_is_its_own_id_and_is_drawn_once() -> None:
    identity, state = Uuid().create(URN, {})
    assert uuid.UUID(identity).version == 4
    assert state["result"] == identity
    assert Uuid().diff(URN, state, {}) == []
    assert Uuid().create(URN, {})[0] != identity


def test_a_preview_knows_no_uuid_yet() -> None:
    assert Uuid().plan(URN, None, {})["result"] is UNKNOWN


def test_whatever_would_draw_another_uuid_is_refused() -> None:
    [said] = Uuid().check(URN, {"keepers": {"turn": "1"}}).failures
    assert said.reason == "Invalid or unknown key. Examine values at 'p.keepers'."
