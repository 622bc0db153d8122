"""Builds images by buildah, which runs in the node's Debian tree.

A build sees the registries as this machine does: its authorities and the settings of its pip, npm
and Maven are there for as long as it lasts, and are in no image.
"""

from __future__ import annotations

import os
import shutil
import subprocess
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from functools import cached_property, partial
from pathlib import Path
from tempfile import mkdtemp
from typing import TYPE_CHECKING, Final

from sandbox import cache, debian, layout
from sandbox.images.image import Image, found
from sandbox.processes import DIES_WITH_PARENT

if TYPE_CHECKING:
    from sandbox.toolchain.job import Job

BLOBS: Final = "image-blobs"
"""The folder of the cache with the layers of all images, which share them."""

# Where buildah sees what it is given.
_CACHE: Final = "/cache"
_CONTAINERFILE: Final = "/run/Containerfile"
_CONTEXT: Final = "/run/context"
_EMPTY: Final = "/srv"
_AUTHORITIES: Final = "/run/authorities.crt"
_WRITTEN_TO: Final = ("/var/lib/containers", "/var/tmp")  # noqa: S108 - in a tree of our own
"""Its own folders, too large for memory."""

_SCRATCH: Final = ".images-"
_OPTIONS: Final = (
    *("--isolation=chroot", "--network=host", "--pull-never"),
    # It would raise them, which root of a container may not.
    *("--ulimit=nofile=4096:4096", "--ulimit=nproc=4096:4096"),
    f"--file={_CONTAINERFILE}",
)
_SETTINGS: Final = {
    "/usr/local/share/ca-certificates": Path("/usr/local/share/ca-certificates"),
    "/etc/pip.conf": Path("/etc/pip.conf"),
    "/root/.config/pip/pip.conf": Path.home() / ".config/pip/pip.conf",
    "/root/.m2/settings.xml": Path.home() / ".m2/settings.xml",
}
"""What clients of registries read: its place in a build, and on this machine."""
_SYSTEM_S: Final = Path("/etc/ssl/certs/ca-certificates.crt")


@dataclass(frozen=True)
class Builder:
    """Builds images one after the other.

    Args:
        tools: The tools that they are made with, each with its program or folder.
        scratch: A folder, empty at first, which is buildah's for as long.
    """

    tools: Mapping[str, Path]
    scratch: Path

    def build(self, image: Image, position: str) -> None:
        """Build an image whose bases are there.

        Args:
            image: It.
            position: Which of how many it is, such as ``2 of 9``.

        Raises:
            SandboxError: It cannot be built; the message has the last lines of its log.
        """
        image.entry(self.tools).ensure(partial(self._build, image, position))

    def _build(self, image: Image, position: str, into: Path) -> None:
        from sandbox.toolchain.job import Job  # noqa: PLC0415 - only where there is work

        (into / "blobs").symlink_to(f"../{BLOBS}")
        files = {f"{_CONTEXT}/{place}": source for place, source in image.context.items()}
        files[_CONTAINERFILE] = image.containerfile
        shown = {place: found(source, self.tools) for place, source in files.items()}
        machine = settings(self.scratch)
        with Job.shown(f"building image {image.name}", position) as job:
            for base in image.bases:
                held = f"oci:{_CACHE}/{base.entry(self.tools).folder.name}"
                copied = self._buildah(job, ["pull", "--quiet", held], {})
                self._buildah(job, ["tag", copied.strip(), base.reference], {})
            command = [
                *("build", *_OPTIONS, f"--tag=oci:{_CACHE}/{into.name}"),
                f"--layers={str(image.keeps_steps).lower()}",
                *(f"--volume={place}:{place}:ro" for place in machine),
                *(f"--build-arg={name}={value}" for name, value in image.arguments.items()),
                _CONTEXT if image.context else _EMPTY,
            ]
            self._buildah(job, command, shown | machine)

    def _buildah(self, job: Job, command: list[str], shown: Mapping[str, Path]) -> str:
        own = {place: self.scratch / place.lstrip("/") for place in _WRITTEN_TO}
        for folder in (layout.cache() / BLOBS, *own.values()):
            folder.mkdir(parents=True, exist_ok=True)
        everything = {_CACHE: layout.cache(), **own, **shown}
        buildah = ["buildah", f"--storage-driver={self._driver}", *command]
        inside = debian.inside(self.tools[debian.NODE.name], buildah, everything)
        return job.run(inside, self.scratch, debian.variables())

    @cached_property
    def _driver(self) -> str:
        """How layers are stacked: overlayfs, as in a container, cannot lie on itself."""
        asked = ["stat", "--file-system", "--format=%T", str(self.scratch)]
        kind = subprocess.run(asked, capture_output=True, text=True, check=True).stdout
        return "vfs" if "overlay" in kind else "overlay"


@contextmanager
def builder(tools: Mapping[str, Path]) -> Iterator[Builder]:
    """A builder, which nobody else on this machine has for as long.

    What one that was killed has left is of no use to anybody, and goes first.

    Args:
        tools: The tools that images are made with, each with its program or folder.
    """
    with cache.locked(layout.cache() / ".images.lock"):
        for left in layout.cache().glob(f"{_SCRATCH}*"):
            shutil.rmtree(left, ignore_errors=True)
        scratch = Path(mkdtemp(prefix=_SCRATCH, dir=layout.cache()))
        try:
            yield Builder(tools, scratch)
        finally:
            # Not waited for: the disk is still busy with what was written last.
            subprocess.Popen([*DIES_WITH_PARENT, "rm", "--recursive", "--force", scratch])


def settings(scratch: Path) -> dict[str, Path]:
    """This machine's settings for clients of registries, by their place in a build.

    Args:
        scratch: A folder for those that are no files on this machine.
    """
    pip, npm, of_npm = scratch / "pip.conf", scratch / "npmrc", Path.home() / ".npmrc"
    pip.write_text("[global]\n" + _lines(_variables("PIP_") | {"cert": _AUTHORITIES}))
    npm.write_text(_lines(_variables("NPM_CONFIG_") | {"cafile": _AUTHORITIES}))
    if of_npm.exists():
        npm.write_text(f"{of_npm.read_text()}\n{npm.read_text()}")
    own = Path(os.environ.get("SSL_CERT_FILE", _SYSTEM_S))
    return {
        **{place: path for place, path in _SETTINGS.items() if path.exists()},
        "/usr/local/pip.conf": pip,
        "/root/.npmrc": npm,
        _AUTHORITIES: own if own.exists() else _SYSTEM_S,
    }


def _variables(prefix: str) -> dict[str, str]:
    """Settings that this machine has as variables."""
    return {
        name.upper().removeprefix(prefix).lower().replace("_", "-"): value
        for name, value in os.environ.items()
        if name.upper().startswith(prefix)
    }


def _lines(settings: Mapping[str, str]) -> str:
    return "".join(f"{name}={value}\n" for name, value in settings.items())
