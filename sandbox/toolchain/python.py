"""Services that run on this Python."""

from __future__ import annotations

import os
import sys
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import Final

from sandbox import cache
from sandbox.toolchain.tool import FOLDERS, recipe

PRODUCTPAGE: Final = Path("samples/bookinfo/src/productpage")


@dataclass(frozen=True)
class Python:
    """The Python that this runs on; not the environment, which is somebody's own."""

    name: str = "python"
    needs: tuple[str, ...] = ()

    def at_hand(self) -> Path:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return Path(
            sys.base_prefix, "bin", f"python{sys.version_info.major}.{sys.version_info.minor}"
        )

    def make(self, ready: Mapping[str, Path], position: str) -> Path:  # noqa: ARG002 - nothing to make
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        return self.at_hand()


@dataclass(frozen=True)
class ProductpagePackages:
    """What Bookinfo's productpage imports: the hashes in its own ``requirements.txt`` say what."""

    name: str = "productpage"
    needs: tuple[str, ...] = ("istio",)

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache; compiled packages are of one version of Python."""
        return cache.Entry(self.name, recipe("istio", self.name, str(sys.implementation.cache_tag)))

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        pinned = ready["istio"] / PRODUCTPAGE / "requirements.txt"
        return self.entry.ensure(partial(self._install, pinned, position))

    def _install(self, pinned: Path, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        with Job.shown(f"installing {self.name}", position) as job:
            job.run(
                [
                    *(sys.executable, "-m", "pip", "install", "--disable-pip-version-check"),
                    *("--require-hashes", "--no-deps", "--target", into, "-r", pinned),
                ],
                FOLDERS,
                dict(os.environ),
            )
