"""Draws the characters of a password."""

from __future__ import annotations

import secrets
import string
from dataclasses import dataclass

SPECIAL = "!@#$%&*()-_=+[]{}<>:?"


@dataclass(frozen=True)
class Kind:
    """One kind of characters: which they are, whether they are used, how many at least."""

    characters: str
    used: bool
    at_least: int


def kinds(inputs: dict[str, object]) -> list[Kind]:
    """The four kinds as a password's inputs want them.

    Args:
        inputs: Every input of RandomPassword with its default filled in.
    """
    special = str(inputs.get("overrideSpecial") or SPECIAL)
    return [
        Kind(characters, bool(inputs[use]), int(str(inputs[minimum])))
        for characters, use, minimum in (
            (string.ascii_uppercase, "upper", "minUpper"),
            (string.ascii_lowercase, "lower", "minLower"),
            (string.digits, "numeric", "minNumeric"),
            (special, "special", "minSpecial"),
        )
    ]


def drawn(length: int, wanted: list[Kind]) -> str:
    """A password: of each kind as many as it wants at least, the rest of any kind that is used.

    Args:
        length: How many characters.
        wanted: The kinds; a minimum counts even for a kind that is not used, as it does there.

    Raises:
        ValueError: No kind is used.
    """
    pool = "".join(kind.characters for kind in wanted if kind.used)
    if not pool:
        raise ValueError("the character set specified is empty")
    characters = [secrets.choice(kind.characters) for kind in wanted for _ in range(kind.at_least)]
    characters += [secrets.choice(pool) for _ in range(length - len(characters))]
    secrets.SystemRandom().shuffle(characters)
    return "".join(characters)
