"""Services that run on Java."""

from __future__ import annotations

import os
import shutil
from collections.abc import Mapping
from dataclasses import dataclass
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING, Final

from sandbox import cache
from sandbox.toolchain.tool import FOLDERS, recipe

if TYPE_CHECKING:
    from sandbox.toolchain.job import Job

REVIEWS: Final = Path("samples/bookinfo/src/reviews")
APPLICATION: Final = "reviews-application"
SERVER: Final = "reviews-wlpcfg/servers/LibertyProjectServer/server.xml"
LIBERTY: Final = Path("wlp")
SERVER_NAME: Final = "defaultServer"
SMALLER: Final = "server.tar.gz"


@dataclass(frozen=True)
class Reviews:
    """Bookinfo's reviews on Open Liberty: ``wlp``, with all that its ``server.xml`` asks for.

    Maven builds the application and fetches the server, which comes with every feature there is
    (391 MB); the server itself then packs the 40 MB that it needs.
    """

    name: str = "reviews"
    needs: tuple[str, ...] = ("istio", "javac", "mvn")

    @property
    def entry(self) -> cache.Entry:
        """Its place in the cache."""
        return cache.Entry(self.name, recipe(self.name, recipe("istio")))

    def at_hand(self) -> Path | None:
        """See :meth:`sandbox.toolchain.tool.Tool.at_hand`."""
        return self.entry.folder / LIBERTY if self.entry.is_there else None

    def make(self, ready: Mapping[str, Path], position: str) -> Path:
        """See :meth:`sandbox.toolchain.tool.Tool.make`."""
        build = partial(self._build, ready["mvn"], ready["istio"] / REVIEWS, position)
        return self.entry.ensure(build) / LIBERTY

    def _build(self, maven: Path, sources: Path, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        with Job.shown(f"building {self.name}", position) as job:
            whole = into / "whole"
            self._assemble(job, maven, sources, whole)
            packed = into / SMALLER
            job.run(
                [
                    *(whole / LIBERTY / "bin" / "server", "package", SERVER_NAME),
                    *("--include=minify", f"--archive={packed}"),
                ],
                into,
                dict(os.environ),
            )
            shutil.rmtree(whole)
            job.run(["tar", "--extract", "--file", packed], into, dict(os.environ))
            packed.unlink()
            # Packed so that nobody but root and its group may read it.
            job.run(["chmod", "--recursive", "a+rX", LIBERTY], into, dict(os.environ))

    def _assemble(self, job: Job, maven: Path, sources: Path, into: Path) -> None:
        """The server as it comes, with the application on it."""
        server = into / LIBERTY / "usr" / "servers" / SERVER_NAME
        job.run(
            [
                *(maven, "--batch-mode", "--no-transfer-progress", "-Dmaven.test.skip=true"),
                *(f"--file={FOLDERS / self.name / 'pom.xml'}", f"-Dinto={into}"),
                *(f"-Dsources={sources / APPLICATION}", f"-Dapps={server / 'apps'}", "package"),
            ],
            FOLDERS,
            dict(os.environ),
        )
        shutil.copyfile(sources / SERVER, server / "server.xml")
