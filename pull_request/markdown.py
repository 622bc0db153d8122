"""Markdown as GitHub and GitLab show it: values that stay values, tables, folds.

https://github.github.com/gfm/
"""

from __future__ import annotations

import re
from collections.abc import Sequence

_LONGEST_CELL = 200
_MOST_LINES = 40


def code(value: object) -> str:
    """Write a value so that nothing in it is read as Markdown, and nobody is mentioned."""
    text = " ".join(str(value).split())
    if not text:
        return ""
    if len(text) > _LONGEST_CELL:
        text = f"{text[:_LONGEST_CELL]}…"
    fence = "`" * (_longest_run(text) + 1)
    space = " " if text.startswith("`") or text.endswith("`") else ""
    return f"{fence}{space}{text}{space}{fence}"


def plain(text: str) -> str:
    """Write a sentence of somebody else's as text: no link, no mention, no picture in it."""
    line = " ".join(text.split())
    escaped = re.sub(r"([\\`*_{}\[\]<>#|~])", r"\\\1", line)
    # A joiner of no width: the sign stays, the mention does not.
    return re.sub(r"@(?=\w)", "@\N{WORD JOINER}", escaped)


def table(heads: Sequence[str], lines: Sequence[Sequence[str]]) -> str:
    """Write a table; of a very long one the first lines, and how many more there are."""
    shown = lines if len(lines) <= _MOST_LINES + 1 else lines[:_MOST_LINES]
    rows = [_row(heads), _row(["---"] * len(heads)), *map(_row, shown)]
    if more := len(lines) - len(shown):
        rows += ["", f"… and {more} more."]
    return "\n".join(rows)


def _row(cells: Sequence[str]) -> str:
    # A bar ends a cell, in code too.
    shown = [re.sub(r"(?<!\\)[|]", r"\\|", cell) for cell in cells]
    return f"| {' | '.join(shown)} |"


def fold(title: str, body: str) -> str:
    """Fold a part away under its title."""
    return f"<details>\n<summary>{title}</summary>\n\n{body}\n\n</details>"


def block(text: str, language: str = "") -> str:
    """Write text as it is, on lines of its own."""
    fence = "`" * max(3, _longest_run(text) + 1)
    return f"{fence}{language}\n{text}\n{fence}"


def listed(names: Sequence[str]) -> str:
    """Name several: `a`, `b` and `c`."""
    if len(names) <= 1:
        return "".join(names)
    return f"{', '.join(names[:-1])} and {names[-1]}"


def _longest_run(text: str) -> int:
    return max(map(len, re.findall("`+", text)), default=0)
