"""The Pulumi engine: the published one where the machine has it, else one that is built."""

from __future__ import annotations

import os
import shutil
import subprocess
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING

from sandbox import layout
from sandbox.toolchain.golang import GoProgram, parse_version

if TYPE_CHECKING:
    from collections.abc import Mapping

LANGUAGE_HOST = "pulumi-language-python"


@dataclass(frozen=True)
class Engine:
    """The engine.

    The published one has to be as new as the built one, which is the one that everything here was
    tried with, and to lie beside its own language host.

    Args:
        built: How it is built.
    """

    built: GoProgram
    needs: tuple[str, ...] = ()

    @property
    def name(self) -> str:
        """What it is asked for by."""
        return self.built.name

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.published() or self.built.at_hand()

    def make(self, ready: Mapping[str, Path], position: str) -> Path:
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return self.built.make(ready, position)

    def published(self) -> Path | None:
        """The published engine, if the machine has one that will do."""
        found = shutil.which(self.name, path=_path_without(layout.HERE.bin))
        if found is None or not (Path(found).resolve().parent / LANGUAGE_HOST).is_file():
            return None
        asked = subprocess.run(
            [found, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if asked.returncode or parse_version(asked.stdout) < self.built.version:
            return None
        return Path(found)


def _path_without(folder: Path) -> str:
    """PATH without the folder where the sandbox puts the engine itself."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(each for each in folders if Path(each) != folder)
