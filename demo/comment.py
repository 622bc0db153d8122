"""``python -m demo.comment COMMENT.md PICTURE.png``: a comment as a reviewer sees it on GitHub.

The stylesheet is GitHub's own, as an npm package has it; nothing of it is kept here.
"""

from __future__ import annotations

import json
import shutil
import subprocess
import sys
import tarfile
from pathlib import Path
from tempfile import TemporaryDirectory

from markdown_it import MarkdownIt
from PIL import Image, ImageChops

from demo import screenshot
from sandbox.errors import SandboxError

_PACKAGE = "github-markdown-css@5.9.0"
_INTEGRITY = (
    "sha512-tmT5sY+zvg2302XLYEfH2mtkViIM1SWf2nvYoF5N1ZsO"
    "0V6B2qZTiw3GOzw4vpjLygK/KG35qRlPFweHqfzz5w=="
)
_STYLE = "package/github-markdown-light.css"
_SIZE = (860, 2400)
_MARGIN = 12
_PAGE = """\
<!doctype html>
<html lang="en">
<meta charset="utf-8">
<title>A comment</title>
<style>{style}</style>
<style>
body {{ margin: 12px; background: #fff; }}
.markdown-body {{ border: 1px solid #d1d9e0; border-radius: 6px; padding: 16px; }}
summary {{ cursor: pointer; }}
</style>
<article class="markdown-body">{body}</article>
</html>
"""


def main(arguments: list[str]) -> int:
    """Draw one; gives the exit code."""
    if len(arguments) != 2:  # noqa: PLR2004 - the two files
        sys.stderr.write("usage: python -m demo.comment COMMENT.md PICTURE.png\n")
        return 2
    comment, picture = map(Path, arguments)
    try:
        draw(comment.read_text(), picture)
    except SandboxError as problem:
        sys.stderr.write("\n  ".join([f"error: {problem}", *problem.hints]) + "\n")
        return 1
    except OSError as problem:
        sys.stderr.write(f"error: {problem.filename}: {problem.strerror}\n")
        return 1
    return 0


def draw(markdown: str, picture: Path) -> None:
    """Take a picture of a comment, without the empty paper below it.

    Raises:
        SandboxError: There is no stylesheet to be had, or no Chromium.
    """
    # As GitHub reads comments: tables, and the few tags that fold.
    body = MarkdownIt("commonmark", {"html": True}).enable("table").render(markdown)
    with TemporaryDirectory(prefix="comment-") as folder:
        page, shot = Path(folder, "comment.html"), Path(folder, "comment.png")
        page.write_text(_PAGE.format(style=_stylesheet(Path(folder)), body=body))
        screenshot.take(page.as_uri(), shot, _SIZE)
        screenshot.write_small(_trimmed(Image.open(shot).convert("RGB")), picture)


def _stylesheet(folder: Path) -> str:
    npm = shutil.which("npm")
    if npm is None:
        raise SandboxError("there is no npm on this machine to fetch GitHub's stylesheet with")
    done = subprocess.run(
        [npm, "pack", "--json", f"--pack-destination={folder}", _PACKAGE],
        capture_output=True,
        text=True,
        check=False,
    )
    if done.returncode:
        raise SandboxError(f"npm has no {_PACKAGE}", *done.stderr.splitlines()[-3:])
    (packed,) = json.loads(done.stdout)
    if packed["integrity"] != _INTEGRITY:
        raise SandboxError(f"{_PACKAGE} is another one than it was: {packed['integrity']}")
    with tarfile.open(folder / packed["filename"]) as archive:
        style = archive.extractfile(_STYLE)
        if style is None:
            raise SandboxError(f"{_PACKAGE} has no {_STYLE}")
        return style.read().decode()


def _trimmed(image: Image.Image) -> Image.Image:
    paper = Image.new("RGB", image.size, "white")
    box = ImageChops.difference(image, paper).getbbox()
    bottom = min(image.height, box[3] + _MARGIN) if box else image.height
    return image.crop((0, 0, image.width, bottom))


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
