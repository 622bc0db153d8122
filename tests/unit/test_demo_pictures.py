"""Pictures are small, side by side, and there only once."""

from __future__ import annotations

from pathlib import Path

import pytest
from PIL import Image

from demo import screenshot
from demo.album import Album
from demo.before_after import Captioned, side_by_side


def drawn(picture: Path, color: str, size: tuple[int, int] = (80, 120)) -> Path:
    Image.new("RGB", size, color).save(picture)
    return picture


def test_two_pictures_are_put_side_by_side(tmp_path: Path) -> None:
    left, right = drawn(tmp_path / "a.png", "red"), drawn(tmp_path / "b.png", "blue")
    side_by_side([Captioned(left, "Before"), Captioned(right, "After")], tmp_path / "both.png")
    both = Image.open(tmp_path / "both.png").convert("RGB")
    assert both.width > 2 * 80
    assert both.height > 120
    row = [both.getpixel((x, 100)) for x in range(both.width)]
    assert row.count((255, 0, 0)) == row.count((0, 0, 255)) == 80
    assert row.index((255, 0, 0)) < row.index((0, 0, 255))


def test_a_small_picture_looks_the_same(tmp_path: Path) -> None:
    # The red of the stars on the pale blue of the reviews.
    page = Image.new("RGB", (800, 1200), (244, 247, 254))
    page.paste((239, 68, 68), (10, 10, 20, 20))
    screenshot.write_small(page, tmp_path / "folder" / "small.png")
    small = Image.open(tmp_path / "folder" / "small.png")
    assert small.mode == "P"
    assert small.convert("RGB").getpixel((15, 15)) == (239, 68, 68)
    assert small.convert("RGB").getpixel((500, 500)) == (244, 247, 254)


def test_a_page_that_looks_as_before_has_no_second_picture(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(screenshot, "take", lambda address, picture: drawn(picture, address))
    album = Album(tmp_path)
    assert album.add("red", "1") == tmp_path / "1.png"
    assert album.add("blue", "2") == tmp_path / "2.png"
    assert album.add("red", "3") == tmp_path / "1.png"
    assert {picture.name for picture in tmp_path.iterdir()} == {"1.png", "2.png"}
