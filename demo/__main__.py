"""`python -m demo`: the article's story in a real mesh, told while it happens."""

from __future__ import annotations

import argparse
import sys
from collections.abc import Sequence
from pathlib import Path

from rich.console import Console
from rich.markup import escape
from rich.table import Table

from demo.album import Album
from demo.before_after import Captioned, side_by_side
from demo.narration import STEPS, Step
from demo.stage import DEMO, Stage, standing
from demo.story import Story
from sandbox.errors import SandboxError
from sandbox.layout import CHECKOUT, HERE

PICTURES = HERE.root / "pictures"
COMMITTED = CHECKOUT / "docs/images"
_BEFORE_AFTER = "before-after.png"
_INTERRUPTED = 130
"""Exit code of a program that was ended by Ctrl-C, as shells have it."""


class Teller:
    """Tells the story while it happens.

    Args:
        console: Where it is told.
        pictures: The folder for the pictures of the page.
    """

    def __init__(self, console: Console, pictures: Path) -> None:
        self._console = console
        self._album = Album(pictures)
        self._before_after = pictures / _BEFORE_AFTER

    def tell(self) -> None:
        """Play all steps and tell of each; leave the mesh standing.

        Raises:
            SandboxError: Something is in the way.
        """
        self._console.print("[bold]The article's story, in a real mesh[/]")
        with standing(DEMO, self._console, keep=True) as stage:
            story = Story(stage)
            before, after, *_ = [self._tell(step, story) for step in STEPS]
            side_by_side(
                [
                    Captioned(before, "Before: no ServiceEntry"),
                    Captioned(after, "After: with the ServiceEntry"),
                ],
                self._before_after,
            )
            self._tell_what_stands(stage)

    def _tell(self, step: Step, story: Story) -> Path:
        self._console.print(f"\n[bold cyan]{step.number:<4}[/][bold]{escape(step.title)}[/]")
        self._lines(("does", [step.does]))
        with self._console.status("it is being done"):
            seen = step.play(story)
            picture = self._album.add(story.stage.address, step.picture)
        self._lines(("seen", step.tell(seen)), ("page", [_path(picture)]))
        return picture

    def _tell_what_stands(self, stage: Stage) -> None:
        self._console.print("\n[bold]What stands now[/]")
        self._lines(
            ("page", [stage.address]),
            ("stack", [f"{stage.home.stack.name}, in {_path(DEMO.folder)}"]),
            ("rows", [f"in {stage.home.server.at.host}"]),
            ("before and after", [_path(self._before_after)]),
        )

    def _lines(self, *said: tuple[str, Sequence[str]]) -> None:
        table = Table.grid(padding=(0, 2))
        for about, lines in said:
            for number, line in enumerate(lines):
                table.add_row(f"    [dim]{'' if number else about}[/]", escape(line))
        self._console.print(table)


def _path(path: Path) -> str:
    return str(path.relative_to(CHECKOUT))


def main() -> None:
    """Tell the story; what goes wrong is said in lines for a person, and exits with 1."""
    complaints = Console(highlight=False, soft_wrap=True, stderr=True)
    arguments = argparse.ArgumentParser(prog="python -m demo", description=__doc__)
    arguments.add_argument(
        "--refresh-pictures", action="store_true", help="write those of the README, in docs/images"
    )
    pictures = COMMITTED if arguments.parse_args().refresh_pictures else PICTURES
    try:
        Teller(Console(highlight=False), pictures).tell()
    except SandboxError as error:
        complaints.print(f"[red]error:[/] {escape(str(error))}")
        for hint in error.hints:
            complaints.print(f"  {escape(hint)}")
        sys.exit(1)
    except KeyboardInterrupt:
        complaints.print("interrupted; the next run removes what stands of this one")
        sys.exit(_INTERRUPTED)


if __name__ == "__main__":
    main()
