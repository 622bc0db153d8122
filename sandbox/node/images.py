"""What an image name stands for on this node: a table in place of a registry."""

from __future__ import annotations

from collections.abc import Mapping
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
    """The images that this node can run, by name."""

    known: Mapping[str, Image]

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
        return self.known[name]


def ratings(node: Path, service: Path) -> Image:
    """Bookinfo's ratings v2, as ``samples/bookinfo/src/ratings/Dockerfile`` makes it.

    Args:
        node: the program.
        service: the folder with ``ratings.js`` and ``node_modules``.
    """
    shown, path = {"/opt/microservices": service}, PATH
    prefix = node.resolve().parent.parent
    if not prefix.is_relative_to("/usr"):
        shown["/opt/node"], path = prefix, f"/opt/node/bin:{PATH}"
    return Image(
        command=("node", "/opt/microservices/ratings.js", "9080"),
        user=1000,
        working_dir="/opt/microservices",
        files=shown,
        environment={"PATH": path, "SERVICE_VERSION": "v2"},
    )


def bookinfo() -> Images:
    """The images of Bookinfo that the sandbox has.

    Raises:
        SandboxError: one of them cannot be made.
    """
    ready = toolchain.ensure(["node", "ratings-mysql", "ratings-mysql2"])
    return Images(
        {
            layout.RATINGS_IMAGE: ratings(ready["node"], ready["ratings-mysql"]),
            layout.RATINGS_MYSQL2_IMAGE: ratings(ready["node"], ready["ratings-mysql2"]),
        }
    )
