"""The Pulumi engine: the published one where the machine has it, else one that is built."""

from __future__ import annotations

import os
import shutil
import subprocess
from pathlib import Path

from sandbox import layout
from sandbox.toolchain.gobuild import GoPrograms
from sandbox.toolchain.golang import parse_version


class Engine(GoPrograms):
    """The engine, whose build is the first, and its language host beside it.

    A published one has to be as new as the built one, which is the one that everything here was
    tried with.
    """

    def find(self, name: str) -> Path | None:
        """See :class:`sandbox.toolchain.tool.Tool`."""
        published = self.published()
        return published / name if published else super().find(name)

    def published(self) -> Path | None:
        """The folder of the published engine, if the machine has one that will do."""
        engine, language_host = self.places
        found = shutil.which(engine, path=_path_without(layout.HERE.bin))
        if not found or not (Path(found).resolve().parent / language_host).is_file():
            return None
        asked = subprocess.run(
            [found, "version"],
            env={**os.environ, "PULUMI_SKIP_UPDATE_CHECK": "true"},
            capture_output=True,
            text=True,
            check=False,
            stdin=subprocess.DEVNULL,
        )
        if asked.returncode or parse_version(asked.stdout) < self.builds[0].version:
            return None
        return Path(found).resolve().parent


def _path_without(folder: Path) -> str:
    """PATH without the folder where the sandbox puts the engine itself."""
    folders = os.environ.get("PATH", os.defpath).split(os.pathsep)
    return os.pathsep.join(each for each in folders if Path(each) != folder)
