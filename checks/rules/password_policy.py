"""The server takes passwords like those that are made here."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE

NEEDS: tuple[Need, ...] = ("server",)
WHEN = BEFORE_A_CHANGE

# Of components/reader.py.
_LENGTH = 32
_OF_EACH = 2
_STRICT = {"MEDIUM", "STRONG", "1", "2"}
_COUNTS = ("mixed_case_count", "number_count", "special_char_count")

NONE = ok("it asks nothing of a password")
MET = ok("validate_password asks for {asked}, and gets it")
TOO_MUCH = failure(
    "the MySQL server at {endpoint} asks more of a password (validate_password: {asked}) than "
    "those "
    "that are made here have: 32 characters, two of each kind",
    "have it ask for less",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare, by the variables of the component and of the older plugin alike."""
    asked = {
        name.removeprefix("validate_password")[1:]: value
        for name, value in seen(facts.server).variables.items()
        if name.startswith("validate_password")
    }
    if not asked:
        yield NONE()
        return
    counted = {"length": _LENGTH}
    if asked.get("policy") in _STRICT:
        counted |= dict.fromkeys(_COUNTS, _OF_EACH)
    shown = {name: asked[name] for name in counted if name in asked}
    too_much = any(int(value) > counted[name] for name, value in shown.items())
    message = TOO_MUCH if too_much else MET
    yield message(
        endpoint=facts.admin.endpoint,
        asked=", ".join(f"{name} {value}" for name, value in shown.items()),
    )
