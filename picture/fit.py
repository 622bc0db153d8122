"""Text that fits: where to break a line whose font nobody knows beforehand."""

from __future__ import annotations

import re
import unicodedata

# How wide characters are at most in the fonts that a browser may take, in ems: those of Verdana and
# DejaVu Sans, which are wider than the others.
_CODE = 0.62
_WORDS = 0.65
_BOLD = 0.72
_NARROW = frozenset("iljtfrI.,:;'|!()[]/ -")
_NARROW_WORDS = 0.42
_WIDE = frozenset("mwMW@%&OQGDNHU")
_WIDE_WORDS = 0.96
_FULL = 1.05

# A long name is broken behind these, where a reader would.
_PIECES = re.compile(r"[^\s.,:/@_-]*[\s.,:/@_-]|[^\s.,:/@_-]+")


def width(text: str, size: float, *, code: bool = False, bold: bool = False) -> float:
    """Bound the width of a text, in the units of its size."""
    return size * sum(_advance(character, code=code, bold=bold) for character in text)


def _advance(character: str, *, code: bool, bold: bool) -> float:
    if unicodedata.combining(character):
        return 0
    if unicodedata.east_asian_width(character) in "WF":
        return _FULL
    if code:
        return _CODE
    if character in _NARROW:
        return _NARROW_WORDS
    if character in _WIDE:
        return _WIDE_WORDS
    return _BOLD if bold else _WORDS


def broken(  # noqa: PLR0913 - what a line of text is made of
    text: str, size: float, room: float, *, code: bool = False, bold: bool = False, most: int = 4
) -> list[str]:
    """Break a text into lines that fit; what does not fit into the last one becomes `…`.

    Args:
        text: One line of text.
        size: Size of its font.
        room: Width that it may take, in the same units.
        code: Whether its font is monospaced.
        bold: Whether it is bold.
        most: How many lines there may be.
    """

    def fits(line: str) -> bool:
        return width(line.rstrip(), size, code=code, bold=bold) <= room

    lines = [""]
    for piece in _PIECES.findall(text):
        rest = piece
        if not fits(lines[-1] + rest) and lines[-1]:
            lines.append("")
        while not fits(rest):  # one name, longer than a line
            head = max((n for n in range(1, len(rest)) if fits(rest[:n])), default=1)
            lines[-1], rest = rest[:head], rest[head:]
            lines.append("")
        lines[-1] += rest
    lines = [line.rstrip() for line in lines]
    if len(lines) <= most:
        return lines
    last = lines[most - 1]
    while last and not fits(f"{last}…"):
        last = last[:-1]
    return [*lines[: most - 1], f"{last}…"]
