"""What an image name stands for on this node: a table in place of a registry."""

from __future__ import annotations

import shutil
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import layout, toolchain
from sandbox.node.errors import ImageError

PATH = "/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin"


@dataclass(frozen=True)
class Image:
    """One image: its files and the configuration that its Dockerfile ends with.

    Attributes:
        command: ENTRYPOINT and CMD; a container's ``command`` and ``args`` replace it.
        user: USER, numeric.
        working_dir: WORKDIR.
        files: path in the container -> file or folder of this machine, shown there read-only.
        environment: ENV.
    """

    command: tuple[str, ...]
    user: int
    working_dir: str
    files: Mapping[str, Path]
    environment: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True)
class Images:
    """The images that this node can run."""

    known: Mapping[str, Callable[[], Image]]

    def find(self, name: str) -> Image:
        """The image of that name.

        Raises:
            ImageError: no such image; the message names those that there are.
        """
        if name not in self.known:
            raise ImageError(
                f'failed to pull and unpack image "{name}": this node has no registry to pull from,'
                f" only the images {', '.join(sorted(self.known))}"
            )
        return self.known[name]()


def _node() -> tuple[Mapping[str, Path], str]:
    """Node.js of this machine: the files to show, and PATH with it."""
    program = shutil.which("node")
    if program is None:
        raise ImageError("Node.js is not on PATH of the node agent: install nodejs")
    prefix = Path(program).resolve().parent.parent
    if prefix.is_relative_to("/usr"):
        return {}, PATH
    return {"/opt/node": prefix}, f"/opt/node/bin:{PATH}"


def ratings(folder: Path) -> Image:
    """Bookinfo's ratings v2, as ``samples/bookinfo/src/ratings/Dockerfile`` makes it."""
    node, path = _node()
    return Image(
        command=("node", "/opt/microservices/ratings.js", "9080"),
        user=1000,
        working_dir="/opt/microservices",
        files={"/opt/microservices": folder, **node},
        environment={"PATH": path, "SERVICE_VERSION": "v2"},
    )


def bookinfo() -> Images:
    """The images of Bookinfo that the sandbox runs; each needs its folder of the toolchain."""

    def ratings_with(driver: str) -> Callable[[], Image]:
        return lambda: ratings(toolchain.ensure([driver])[driver])

    return Images(
        {
            layout.RATINGS_IMAGE: ratings_with("ratings-mysql"),
            layout.RATINGS_MYSQL2_IMAGE: ratings_with("ratings-mysql2"),
        }
    )
