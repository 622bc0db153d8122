"""A sheet to draw on: boxes, text that fits, arrows and stars, as SVG.

https://www.w3.org/TR/SVG2/

`xml.etree` writes it: it escapes each text and keeps the order in which things were put down. A
library for SVG would measure no text either.
"""

from __future__ import annotations

import math
import unicodedata
from collections.abc import Sequence
from itertools import pairwise
from xml.etree import ElementTree as ET

from picture.fit import broken
from picture.words import Tone

Point = tuple[float, float]

# The colours of a tone: by day, and by night.
_DAY = {
    "paper": "#ffffff",
    "edge": "#d5dae1",
    "mesh": "#edf3fb",
    "mesh-edge": "#c3d4ea",
    "outside": "#f7f4ee",
    "outside-edge": "#e0d8c6",
    "card": "#ffffff",
    "card-edge": "#c4ccd6",
    Tone.PLAIN: "#1c2733",
    Tone.MUTED: "#586573",
    Tone.OPEN: "#14724e",
    Tone.AROUND: "#8f5a00",
    Tone.CLOSED: "#b3261e",
    "star": "#d98e04",
    "no-star": "#dfe3e8",
}
_NIGHT = {
    "paper": "#0e141b",
    "edge": "#2a3440",
    "mesh": "#13202f",
    "mesh-edge": "#2b4361",
    "outside": "#1e1b16",
    "outside-edge": "#453d2e",
    "card": "#18212b",
    "card-edge": "#3a4755",
    Tone.PLAIN: "#e4eaf1",
    Tone.MUTED: "#9dabba",
    Tone.OPEN: "#4fc793",
    Tone.AROUND: "#e6b450",
    Tone.CLOSED: "#ff8178",
    "star": "#f0b429",
    "no-star": "#37424f",
}
_BOXES = ("paper", "mesh", "outside", "card")

# Each font is one that a reader's machine has already.
_FONTS = """\
.wiring text{font-family:system-ui,-apple-system,"Segoe UI",Roboto,"DejaVu Sans",Arial,sans-serif}
.wiring .code{font-family:ui-monospace,Menlo,Consolas,"DejaVu Sans Mono",monospace}
.wiring .bold{font-weight:600}
.wiring path,.wiring rect{stroke-width:1}
.wiring .arrow{fill:none;stroke-width:1.75}
.wiring .card.open,.wiring .card.around,.wiring .card.closed{stroke-width:1.75}
.wiring .dashed{stroke-dasharray:5 4}
"""

_CORNER = 8
_HEAD = 8


class Sheet:
    """One SVG document, written from top to bottom."""

    def __init__(self, width: float, title: str, description: str) -> None:
        """Begin a sheet.

        Args:
            width: In pixels; the height comes last.
            title: What a screen reader calls it.
            description: What it says of it.
        """
        self._width = width
        self._root = ET.Element(
            "svg",
            {
                "xmlns": "http://www.w3.org/2000/svg",
                "class": "wiring",
                "role": "img",
                "aria-labelledby": "wiring-title wiring-description",
            },
        )
        self._put("title", {"id": "wiring-title"}).text = _printable(title)
        self._put("desc", {"id": "wiring-description"}).text = _printable(description)
        self._put("style", {}).text = _style()

    def _put(self, tag: str, attributes: dict[str, str]) -> ET.Element:
        return ET.SubElement(self._root, tag, attributes)

    def box(
        self,
        at: Point,
        width: float,
        *,
        kind: str = "card",
        tone: Tone = Tone.PLAIN,
        dashed: bool = False,
    ) -> Box:
        """Put down a box whose height comes later."""
        classes = [kind, *([tone] if tone is not Tone.PLAIN else []), *(["dashed"] * dashed)]
        rect = self._put(
            "rect",
            {
                "class": " ".join(classes),
                "x": _number(at[0]),
                "y": _number(at[1]),
                "width": _number(width),
                "rx": "8",
            },
        )
        return Box(rect, at, width)

    def text(  # noqa: PLR0913 - what a line of text is made of
        self,
        text: str,
        at: Point,
        room: float,
        *,
        size: float = 12,
        tone: Tone = Tone.PLAIN,
        code: bool = False,
        bold: bool = False,
        anchor: str = "start",
        most: int = 4,
        whole: str = "",
    ) -> float:
        """Write a text, in as many lines as it takes.

        Args:
            text: It may hold anything.
            at: Top left corner; with another anchor, the top of its middle or end.
            room: How wide it may be.
            size: Height of its font.
            tone: Its colour.
            code: Whether it is a name out of the state.
            bold: Whether it stands out.
            anchor: `start`, `middle` or `end`.
            most: How many lines there may be.
            whole: What it stands for; whoever points at it sees that.

        Returns:
            Where the next line may begin.
        """
        said = _printable(" ".join(text.split()))
        lines = broken(said, size, room, code=code, bold=bold, most=most)
        classes = ["t", tone, *(["code"] * code), *(["bold"] * bold)]
        element = self._put("text", {"class": " ".join(classes), "font-size": _number(size)})
        if anchor != "start":
            element.set("text-anchor", anchor)
        if whole or lines[-1].endswith("…"):
            ET.SubElement(element, "title").text = _printable(whole) or said
        leading = round(size * 1.4)
        for i, line in enumerate(lines):
            place = {"x": _number(at[0]), "y": _number(at[1] + size + i * leading)}
            ET.SubElement(element, "tspan", place).text = line
        return at[1] + leading * len(lines)

    def arrow(
        self,
        points: Sequence[Point],
        *,
        tone: Tone = Tone.MUTED,
        dashed: bool = False,
        head: bool = True,
    ) -> None:
        """Draw a way along points, with round corners and a head at its end."""
        *_, before, (x, y) = points
        angle = math.atan2(y - before[1], x - before[0])
        along = (math.cos(angle), math.sin(angle))
        end = (x - along[0] * _HEAD, y - along[1] * _HEAD) if head else (x, y)
        classes = f"arrow {tone}" + (" dashed" if dashed else "")
        self._put("path", {"class": classes, "d": _rounded([*points[:-1], end])})
        if head:
            across = (-along[1] * _HEAD * 0.6, along[0] * _HEAD * 0.6)
            corners = [
                (x, y),
                (end[0] + across[0], end[1] + across[1]),
                (end[0] - across[0], end[1] - across[1]),
            ]
            self._put("path", {"class": f"head {tone}", "d": f"{_line(corners)}Z"})

    def cross(self, at: Point, *, tone: Tone) -> None:
        """Draw a cross: here is no way through."""
        x, y = at
        for dx, dy in ((7, 7), (7, -7)):
            ends = [(x - dx, y - dy), (x + dx, y + dy)]
            self._put("path", {"class": f"arrow {tone}", "d": _line(ends)})

    def star(self, at: Point, radius: float, *, full: bool) -> None:
        """Draw a star around its middle."""
        corners = [
            (
                at[0] + radius * (1 - 0.58 * (i % 2)) * math.sin(i * math.pi / 5),
                at[1] - radius * (1 - 0.58 * (i % 2)) * math.cos(i * math.pi / 5),
            )
            for i in range(10)
        ]
        self._put("path", {"class": "star" if full else "no-star", "d": f"{_line(corners)}Z"})

    def finished(self, height: float) -> str:
        """Give the whole document."""
        size = (_number(self._width), _number(height))
        self._root.set("viewBox", f"0 0 {size[0]} {size[1]}")
        self._root.set("width", size[0])
        self._root.set("height", size[1])
        self._root.text = "\n"
        for element in self._root:  # one a line, so that a diff shows what has changed
            element.tail = "\n"
        return ET.tostring(self._root, encoding="unicode") + "\n"


class Box:
    """A box on a sheet, which is closed once it is known how much is in it."""

    def __init__(self, rect: ET.Element, at: Point, width: float) -> None:
        """Keep its corner."""
        self._rect = rect
        self.left, self.top = at
        self.right = self.left + width
        self.bottom = self.top

    @property
    def middle(self) -> float:
        """Where its middle is, from the left."""
        return (self.left + self.right) / 2

    def close(self, bottom: float) -> Box:
        """Give it its height."""
        self.bottom = bottom
        self._rect.set("height", _number(bottom - self.top))
        return self


def _style() -> str:
    night = "".join(f"  {rule}\n" for rule in _colours(_NIGHT).splitlines())
    return f"\n{_FONTS}{_colours(_DAY)}@media (prefers-color-scheme:dark){{\n{night}}}\n"


def _colours(of: dict[str, str]) -> str:
    rules = [
        f".wiring .{box}{{fill:{of[box]};stroke:{of.get(f'{box}-edge', of['edge'])}}}"
        for box in _BOXES
    ]
    for tone in Tone:
        rules += [
            f".wiring .t.{tone},.wiring .head.{tone}{{fill:{of[tone]}}}",
            f".wiring .arrow.{tone}{{stroke:{of[tone]}}}",
        ]
        if tone in (Tone.OPEN, Tone.AROUND, Tone.CLOSED):
            rules.append(f".wiring .card.{tone}{{stroke:{of[tone]}}}")
    rules += [f".wiring .{star}{{fill:{of[star]}}}" for star in ("star", "no-star")]
    return "".join(f"{rule}\n" for rule in rules)


def _printable(text: str) -> str:
    """Replace what XML cannot write, or what would turn the text around it."""
    return "".join(
        "\N{REPLACEMENT CHARACTER}"
        if unicodedata.category(character).startswith("C")
        else character
        for character in text
    )


def _number(value: float) -> str:
    return f"{value:.1f}".removesuffix(".0")


def _line(points: Sequence[Point]) -> str:
    return "M" + "L".join(f"{_number(x)} {_number(y)}" for x, y in points)


def _rounded(points: Sequence[Point]) -> str:
    path = _line(points[:1])
    for (before, corner), (_, after) in pairwise(pairwise(points)):
        start, end = _towards(corner, before), _towards(corner, after)
        path += f"L{_line([start])[1:]}Q{_line([corner])[1:]} {_line([end])[1:]}"
    return f"{path}L{_line(points[-1:])[1:]}"


def _towards(corner: Point, other: Point) -> Point:
    distance = math.dist(corner, other)
    share = min(_CORNER, distance / 2) / distance if distance else 0
    return (corner[0] + (other[0] - corner[0]) * share, corner[1] + (other[1] - corner[1]) * share)
