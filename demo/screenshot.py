"""Pictures of the page in a real browser: headless Chromium."""

from __future__ import annotations

import shutil
import subprocess
from pathlib import Path
from tempfile import TemporaryDirectory
from urllib.parse import urlsplit

from PIL import Image

from sandbox.errors import SandboxError

_CHROMIUM = ("chromium", "chromium-browser", "google-chrome")
_SIZE = (800, 1200)
"""Width and height in pixels: a page that can be read at half its size, beside another one."""
_FOR_SCRIPTS = 3000
"""Milliseconds of the page's own clock, which runs as fast as it can: Bookinfo's style is made by a
script."""
_LONGEST = 60
"""Seconds."""


def take(address: str, picture: Path, size: tuple[int, int] = _SIZE) -> None:
    """Take a picture of a page, as small a file as it can be.

    Args:
        address: URL of the page. No other host is looked up: the picture shows that the page needs
            none.
        picture: The file to write, PNG.
        size: Width and height in pixels.

    Raises:
        SandboxError: There is no Chromium, or it took no picture.
    """
    with TemporaryDirectory(prefix="screenshot-") as folder:
        shot = Path(folder, "page.png")
        command = [
            _chromium(),
            "--headless",
            "--no-sandbox",
            "--disable-gpu",
            "--disable-quic",
            "--no-first-run",
            "--disable-background-networking",
            "--disable-component-update",
            "--disable-sync",
            "--no-proxy-server",
            f"--host-resolver-rules=MAP * ~NOTFOUND, EXCLUDE {urlsplit(address).hostname}",
            f"--user-data-dir={folder}/profile",
            "--hide-scrollbars",
            f"--window-size={size[0]},{size[1]}",
            f"--virtual-time-budget={_FOR_SCRIPTS}",
            f"--screenshot={shot}",
            address,
        ]
        said = _run(command)
        if not shot.exists():
            raise SandboxError(f"Chromium took no picture of {address}", *said.splitlines()[-5:])
        write_small(Image.open(shot), picture)


def write_small(image: Image.Image, picture: Path) -> None:
    """Write a picture of a page with 256 colours, a third of the size and to the eye the same."""
    picture.parent.mkdir(parents=True, exist_ok=True)
    image.convert("RGB").quantize(dither=Image.Dither.NONE).save(picture, optimize=True)


def _chromium() -> str:
    for name in _CHROMIUM:
        if found := shutil.which(name):
            return found
    raise SandboxError(
        "there is no Chromium on this machine to take pictures with",
        "install it: `apt-get install chromium`",
    )


def _run(command: list[str]) -> str:
    try:
        done = subprocess.run(
            command, capture_output=True, text=True, timeout=_LONGEST, check=False
        )
    except subprocess.TimeoutExpired:
        return f"it did not end within {_LONGEST} s"
    return done.stderr
