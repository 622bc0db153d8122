"""RandomPassword."""

from __future__ import annotations

from typing import TYPE_CHECKING, ClassVar

import bcrypt

from sandbox.plugins.bridged import Bridged
from sandbox.plugins.passwords.characters import drawn, kinds
from sandbox.plugins.provider import Checked, Found, RefusedError
from sandbox.plugins.schema import DEFAULTED, Change, Property, Schema, planned, refusals
from sandbox.plugins.values import UNKNOWN, Properties, Secret, Value

if TYPE_CHECKING:
    from collections.abc import Iterator, Sequence

MINIMA = ("minUpper", "minLower", "minNumeric", "minSpecial")
USES = ("special", "upper", "lower", "numeric")
HASHED_BYTES = 72
"""What bcrypt can take; of a longer password the rest is not in the hash."""


class Password(Bridged):
    """``random:index/randomPassword:RandomPassword``; its id is ``none``."""

    schema: ClassVar[Schema] = {
        "keepers": Property(replaces=True),
        "length": Property(required=True, replaces=True),
        "overrideSpecial": Property(replaces=True),
        "number": Property(default=True, replaces=True),
        **{name: Property(default=True, replaces=True) for name in USES},
        **{name: Property(default=0, replaces=True) for name in MINIMA},
    }

    def check(self, name: str, olds: Properties, news: Properties, seed: bytes) -> Checked:  # noqa: ARG002 - a password draws nothing from the seed
        """Refuse what cannot be drawn; defaults go into the state only."""
        given = {key: value for key, value in news.items() if key != DEFAULTED}
        wrong = refusals(self.schema, name, given) or list(impossible(name, given))
        return Checked({**given, DEFAULTED: []}, wrong)

    def diff(self, state: Properties, inputs: Properties) -> Sequence[Change]:
        """Every change makes a new password; giving up an empty ``overrideSpecial`` is none."""
        found = super().diff(state, _in_step(inputs))
        return [
            change
            for change in found
            if change.property != "overrideSpecial"
            or state.get("overrideSpecial") != ""
            or "overrideSpecial" in inputs
        ]

    def plan(self, inputs: Properties) -> Properties:
        """The state of a password that is yet to be drawn."""
        return self._state(inputs, result=UNKNOWN, hashed=UNKNOWN, identity=UNKNOWN)

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Draw it."""
        wanted = planned(self.schema, _in_step(inputs))
        try:
            result = drawn(wanted["length"], kinds(wanted))
        except ValueError as error:
            raise RefusedError(f"Random Read Error: {error}") from error
        hashed = bcrypt.hashpw(result.encode()[:HASHED_BYTES], bcrypt.gensalt(rounds=10)).decode()
        state = self._state(inputs, result=result, hashed=hashed, identity="none")
        return "none", state

    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:  # noqa: ARG002 - there is nothing to look at but the state
        """There is nothing in the world to look at."""
        if not state:
            raise RefusedError("the sandbox's random stand-in cannot import a password")
        return Found(_hidden(state), inputs)

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """Keep the password: nothing that changes it is an update."""
        return self._state(
            inputs, result=state["result"], hashed=state["bcryptHash"], identity="none"
        )

    def delete(self, state: Properties) -> None:
        """Forget it."""

    def _state(
        self, inputs: Properties, *, result: Value, hashed: Value, identity: Value
    ) -> Properties:
        return _hidden(
            {
                **planned(self.schema, _in_step(inputs)),
                "result": result,
                "bcryptHash": hashed,
                "id": identity,
                "__meta": '{"schema_version":"3"}',
            }
        )


def impossible(name: str, inputs: Properties) -> Iterator[str]:
    """Why no password can be as the inputs want it, in the plugin's words.

    Args:
        name: The resource's logical name.
        inputs: As given; ``length`` is among them.
    """
    length, minima = inputs["length"], [inputs.get(minimum, 0) for minimum in MINIMA]
    if UNKNOWN in (length, *minima):
        return
    at_length = f"Examine values at '{name}.length'."
    if length < 1:
        yield (
            "Invalid Attribute Value. Attribute length value must be at least 1, "
            f"got: {length}. {at_length}"
        )
    if length < sum(minima):
        yield (
            "Invalid Attribute Value. Attribute length value must be at least sum of min_upper + "
            f"min_lower + min_numeric + min_special, got: {length}. {at_length}"
        )
    if all(inputs.get(use) is False for use in USES):
        yield (
            "Invalid Attribute Combination. At least one attribute out of [special,upper,lower,"
            f"numeric] must be specified as true. Examine values at '{name}.numeric'."
        )
    if {inputs.get("number"), inputs.get("numeric")} == {True, False}:
        yield (
            "Number and numeric are both configured with different values. "
            "Number is deprecated, use numeric instead"
        )


def _in_step(inputs: Properties) -> Properties:
    """The inputs with ``number``, an old name of ``numeric``, the same as that."""
    numeric = inputs.get("numeric", inputs.get("number", True))
    return {**inputs, "number": numeric, "numeric": numeric}


def _hidden(state: Properties) -> Properties:
    return {**state, **{name: Secret(state[name]) for name in ("result", "bcryptHash")}}
