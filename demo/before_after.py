"""One picture of two: the page before and after, side by side."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from PIL import Image, ImageDraw, ImageFont

from demo.screenshot import write_small

_MARGIN = 24
_CAPTION = 64
"""Pixels above each picture."""
_FONT_SIZE = 26
_PAPER, _INK, _EDGE = "#ffffff", "#1f2937", "#9ca3af"


@dataclass(frozen=True)
class Captioned:
    """A picture, and what is to be read above it."""

    picture: Path
    caption: str


def side_by_side(pictures: Sequence[Captioned], together: Path) -> None:
    """Put pictures of one size side by side.

    Args:
        pictures: From left to right.
        together: The file to write, PNG.
    """
    images = [Image.open(each.picture).convert("RGB") for each in pictures]
    width, height = images[0].size
    size = (_MARGIN + len(images) * (width + _MARGIN), _CAPTION + height + _MARGIN)
    paper = Image.new("RGB", size, _PAPER)
    draw = ImageDraw.Draw(paper)
    font = ImageFont.load_default(_FONT_SIZE)
    for number, (each, image) in enumerate(zip(pictures, images, strict=True)):
        left = _MARGIN + number * (width + _MARGIN)
        paper.paste(image, (left, _CAPTION))
        edge = (left - 1, _CAPTION - 1, left + width, _CAPTION + height)
        draw.rectangle(edge, outline=_EDGE)
        draw.text((left, _CAPTION / 2), each.caption, _INK, font, anchor="lm")
    write_small(paper, together)
