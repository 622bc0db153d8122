"""The names of an account's generations: `bookinfo`, `bookinfo_2`, `bookinfo_3` and so on.

A password that is changed in place is an outage for whoever still has the old one. So each password
has an account of its own, under a name that no other one had before.
"""

from __future__ import annotations

import re
from collections.abc import Iterable
from functools import partial
from itertools import count

_LONGEST_USER = 32
_NUMBERED = re.compile(r".*_(?P<number>[1-9][0-9]{0,5})", re.ASCII | re.DOTALL)
"""Who has more passwords than that counts something else."""
OF_BASE = 24
"""How much of the first name is at least in that of each generation."""


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
    there = set(names)
    last = max((generation_of(base, name) or 0 for name in there), default=0)
    # A first name of full length with a number at its end is that of another generation too.
    return next(name for name in map(partial(name_of, base), count(last + 1)) if name not in there)
