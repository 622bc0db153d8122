"""RandomPassword and RandomUuid."""

from __future__ import annotations

import secrets
import string
import uuid
from typing import TYPE_CHECKING, ClassVar, Final

import bcrypt

from provider.protocol.service import Found
from provider.protocol.values import UNKNOWN, Properties
from sandbox.plugins.schema import Described, Property

if TYPE_CHECKING:
    from collections.abc import Collection

SPECIAL: Final = "!@#$%&*()-_=+[]{}<>:?"
AS_ALWAYS: Final[Properties] = {
    "id": "none",
    **dict.fromkeys(("lower", "number", "numeric", "special", "upper"), True),
    "__meta": '{"schema_version":"3"}',
}
"""What the state holds of inputs that are left out, and of the bridge."""
CLASSES: Final = {
    "minLower": string.ascii_lowercase,
    "minUpper": string.ascii_uppercase,
    "minNumeric": string.digits,
}
"""The least of each kind of sign that a password may be asked to have."""
HASHED_BYTES: Final = 72
"""What bcrypt can take; of a longer password the rest is not in the hash."""


class Password(Described):
    """``random:index/randomPassword:RandomPassword``; its id is ``none``."""

    schema: ClassVar[dict[str, Property]] = {
        "length": Property(required=True, replaces=True),
        "keepers": Property(replaces=True),
        "overrideSpecial": Property(replaces=True),
        "minSpecial": Property(default=0, replaces=True),
        **{name: Property(default=0, replaces=True) for name in CLASSES},
    }
    secrets: ClassVar[Collection[str]] = ("result", "bcryptHash")

    def wanted(self, inputs: Properties) -> Properties:
        """The state of a password that is yet to be drawn."""
        return {**super().wanted(inputs), **AS_ALWAYS, "result": UNKNOWN, "bcryptHash": UNKNOWN}

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Draw it."""
        special = inputs.get("overrideSpecial", SPECIAL)
        kinds = {**CLASSES, "minSpecial": special}
        signs = [
            secrets.choice(kind) for name, kind in kinds.items() for _ in range(inputs.get(name, 0))
        ]
        pool = "".join(kinds.values())
        signs += [secrets.choice(pool) for _ in range(inputs["length"] - len(signs))]
        secrets.SystemRandom().shuffle(signs)
        result = "".join(signs)
        hashed = bcrypt.hashpw(result.encode()[:HASHED_BYTES], bcrypt.gensalt(rounds=10)).decode()
        return "none", {**self.wanted(inputs), "result": result, "bcryptHash": hashed}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """There is nothing in the world to look at."""
        return Found(state, inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Forget it."""


class Uuid(Described):
    """``random:index/randomUuid:RandomUuid``; its id is what it drew."""

    schema: ClassVar[dict[str, Property]] = {}

    def wanted(self, inputs: Properties) -> Properties:
        """The state of one that is yet to be drawn."""
        return {**super().wanted(inputs), "result": UNKNOWN}

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Draw it."""
        result = str(uuid.uuid4())
        return result, {**self.wanted(inputs), "id": result, "result": result}

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """There is nothing in the world to look at."""
        return Found(state, inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Forget it."""
