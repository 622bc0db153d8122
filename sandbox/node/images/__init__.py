"""What an image name stands for on this node: a table in place of a registry."""

from __future__ import annotations

from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from functools import partial
from pathlib import Path
from typing import Final

from sandbox import layout, toolchain
from sandbox.node.errors import ImageError
from sandbox.node.images import bookinfo, istio
from sandbox.node.images.image import PATH, Image
from sandbox.toolchain.catalog import ISTIO_HUB, ISTIO_RELEASE

BOOKINFO_RELEASE: Final = "1.20.3"

__all__ = ["KNOWN", "PATH", "Image", "Images", "Recipe"]


@dataclass(frozen=True)
class Recipe:
    """How an image is made of tools.

    Attributes:
        tools: their names in :mod:`sandbox.toolchain.catalog`.
        make: makes it; is given each tool's program or folder by its name.
        target: of the Makefile, builds the tools.
    """

    tools: tuple[str, ...]
    make: Callable[[Mapping[str, Path]], Image]
    target: str = "mesh"


def _bookinfo(name: str) -> str:
    return f"{ISTIO_HUB}/examples-bookinfo-{name}:{BOOKINFO_RELEASE}"


def _ratings(packages: str, version: str, target: str) -> Recipe:
    make = partial(bookinfo.ratings, packages=packages, version=version)
    return Recipe(("node", packages), make, target)


def _reviews(version: str, enable_ratings: str, star_color: str) -> Recipe:
    make = partial(
        bookinfo.reviews, version=version, enable_ratings=enable_ratings, star_color=star_color
    )
    return Recipe(("java", "reviews"), make)


KNOWN: Final[Mapping[str, Recipe]] = {
    f"{ISTIO_HUB}/pilot:{ISTIO_RELEASE}": Recipe(("pilot-discovery",), istio.pilot),
    f"{ISTIO_HUB}/proxyv2:{ISTIO_RELEASE}": Recipe(("istio", "proxyv2"), istio.proxyv2),
    _bookinfo("productpage-v1"): Recipe(("istio", "python", "productpage"), bookinfo.productpage),
    _bookinfo("details-v1"): Recipe(("istio", "ruby"), bookinfo.details),
    _bookinfo("reviews-v1"): _reviews("v1", "false", "black"),
    _bookinfo("reviews-v2"): _reviews("v2", "true", "black"),
    _bookinfo("reviews-v3"): _reviews("v3", "true", "red"),
    _bookinfo("ratings-v1"): _ratings("ratings-mysql", "v1", "up"),
    layout.RATINGS_IMAGE: _ratings("ratings-mysql", "v2", "up"),
    layout.RATINGS_MYSQL2_IMAGE: _ratings("ratings-mysql2", "v2", "up"),
}
"""Every image, by the name that manifests have for it."""


@dataclass(frozen=True)
class Images:
    """The images that this node can run.

    A tool is looked for when a pod wants its image, so one that was built just now is found.

    Attributes:
        known: how each is made, by name.
    """

    known: Mapping[str, Recipe] = field(default_factory=lambda: KNOWN)

    def find(self, name: str) -> Image:
        """The image of that name.

        Raises:
            ImageError: no such image, and the message names those that there are; or one that is
                still to be built.
        """
        failed = f'failed to pull and unpack image "{name}"'
        if name not in self.known:
            raise ImageError(
                f"{failed}: this node has no registry to pull from,"
                f" only the images {', '.join(sorted(self.known))}"
            )
        recipe = self.known[name]
        ready = toolchain.at_hand(recipe.tools)
        if missing := [tool for tool in recipe.tools if tool not in ready]:
            raise ImageError(
                f"{failed}: it is built by `make {recipe.target}`,"
                f" which has not built {', '.join(missing)} yet"
            )
        return recipe.make(ready)
