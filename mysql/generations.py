"""The names of an account's generations: `bookinfo`, `bookinfo_2`, `bookinfo_3` and so on.

A password that is changed in place is an outage for whoever still has the old one. So each password
has an account of its own, under a name that no other one had before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable

_LONGEST_USER = 32
_NUMBERED = re.compile(r".*_(?P<number>[1-9][0-9]*)", re.ASCII | re.DOTALL)


def name_of(base: str, generation: int) -> str:
    """Name a generation, the first of which has the plain name."""
    if generation == 1:
        return base
    number = f"_{generation}"
    return f"{base[: _LONGEST_USER - len(number)]}{number}"


def generation_of(base: str, name: str) -> int | None:
    """Say which generation of an account has that name; None where it is none of it."""
    if name == base:
        return 1
    match = _NUMBERED.fullmatch(name)
    number = int(match["number"]) if match else 0
    return number if number > 1 and name_of(base, number) == name else None


def next_name(base: str, names: Iterable[str]) -> str:
    """Give the name of the generation after all that there are."""
    there = [generation_of(base, name) or 0 for name in names]
    return name_of(base, max(there, default=0) + 1)
