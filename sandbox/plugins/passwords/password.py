"""RandomPassword."""

from __future__ import annotations

import secrets
import string
from typing import TYPE_CHECKING, ClassVar, Final

import bcrypt

from sandbox.plugins.provider import Found
from sandbox.plugins.schema import Described, Property
from sandbox.plugins.values import UNKNOWN, Properties

if TYPE_CHECKING:
    from collections.abc import Collection

SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
AS_ALWAYS: Final[Properties] = {
    "id": "none",
    **dict.fromkeys(("lower", "number", "numeric", "special", "upper"), True),
    **dict.fromkeys(("minLower", "minNumeric", "minSpecial", "minUpper"), 0),
    "__meta": '{"schema_version":"3"}',
}
"""What the state holds of inputs that are left out, and of the bridge."""
HASHED_BYTES: Final = 72
"""What bcrypt can take; of a longer password the rest is not in the hash."""


class Password(Described):
    """``random:index/randomPassword:RandomPassword``; its id is ``none``."""

    schema: ClassVar[dict[str, Property]] = {
        "length": Property(required=True, replaces=True),
        "overrideSpecial": Property(replaces=True),
    }
    secrets: ClassVar[Collection[str]] = ("result", "bcryptHash")

    def plan(self, inputs: Properties) -> Properties:
        """The state of a password that is yet to be drawn."""
        return {**super().plan(inputs), **AS_ALWAYS, "result": UNKNOWN, "bcryptHash": UNKNOWN}

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Draw it."""
        special = inputs.get("overrideSpecial", SPECIAL)
        pool = string.ascii_letters + string.digits + special
        result = "".join(secrets.choice(pool) for _ in range(inputs["length"]))
        hashed = bcrypt.hashpw(result.encode()[:HASHED_BYTES], bcrypt.gensalt(rounds=10)).decode()
        return "none", {**self.plan(inputs), "result": result, "bcryptHash": hashed}

    def read(self, state: Properties, inputs: Properties) -> Found | None:
        """There is nothing in the world to look at."""
        return Found(state, inputs)

    def delete(self, state: Properties) -> None:
        """Forget it."""
