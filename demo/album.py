"""The pictures of a story, each only once."""

from __future__ import annotations

from pathlib import Path

from demo import screenshot


class Album:
    """Pictures in a folder. Where the page looks as before, there is no need for another one.

    Args:
        folder: Where they are kept; pictures of the same names that are there are replaced.
    """

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self._taken: dict[bytes, Path] = {}

    def add(self, address: str, name: str) -> Path:
        """Take a picture of a page.

        Args:
            address: URL of the page.
            name: Of the picture's file, without its ending.

        Returns:
            The picture: this one, or an earlier one that is the same dot for dot.

        Raises:
            SandboxError: No picture could be taken.
        """
        picture = self._folder / f"{name}.png"
        screenshot.take(address, picture)
        same = self._taken.setdefault(picture.read_bytes(), picture)
        if same != picture:
            picture.unlink()
        return same
