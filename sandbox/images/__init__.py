"""The images of the sandbox's cluster: each built once a machine, by buildah from a Containerfile.

:mod:`.catalog` says what each is built from; the folders beside it hold the Containerfiles that are
not Istio's own. What is built is kept by :mod:`sandbox.cache`.
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from pathlib import Path
from typing import IO

from sandbox import layout
from sandbox.images import archive
from sandbox.images.build import BLOBS, builder
from sandbox.images.catalog import named
from sandbox.images.image import Image


def tools(references: Iterable[str]) -> frozenset[str]:
    """The tools of the toolchain that images are made of.

    Args:
        references: The images' names.
    """
    return frozenset[str]().union(*(image.tools for image in named(references)))


def ensure(references: Iterable[str], ready: Mapping[str, Path]) -> dict[str, str]:
    """Have images ready; those that the cache has not are built now, with progress shown.

    Args:
        references: Their names.
        ready: Their :func:`tools`, each with its program or folder.

    Returns:
        Each name with the digest of its manifest.

    Raises:
        SandboxError: If one cannot be built; the message says why and where its log is.
    """
    wanted = named(references)
    if missing(wanted, ready):
        with builder(ready) as building:
            still = missing(wanted, ready)
            for position, image in enumerate(still, 1):
                building.build(image, f"{position} of {len(still)}")
    return {image.reference: archive.digest_of(image.entry(ready).folder) for image in wanted}


def export(digests: Mapping[str, str], to: IO[bytes]) -> None:
    """Write images as one archive, for ``ctr --namespace=k8s.io images import -``.

    Args:
        digests: What :func:`ensure` said of them.
        to: Where it goes.
    """
    archive.write(digests, layout.cache() / BLOBS, to)


def missing(wanted: Iterable[Image], ready: Mapping[str, Path]) -> list[Image]:
    """The images that are not there, with the bases that they need, in the order to build them.

    Args:
        wanted: Those that there are to be.
        ready: Their tools, each with its program or folder.
    """
    still: dict[str, Image] = {}

    def look_for(image: Image) -> None:
        if image.reference in still or image.entry(ready).is_there:
            return
        for base in image.bases:
            look_for(base)
        still[image.reference] = image

    for image in wanted:
        look_for(image)
    return list(still.values())
