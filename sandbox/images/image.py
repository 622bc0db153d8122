"""An image: its Containerfile, what that copies, and the images that it begins with."""

from __future__ import annotations

import hashlib
from collections.abc import Mapping
from dataclasses import dataclass, field
from pathlib import Path

from sandbox import cache, debian, layout

Source = Path | str
"""A file of this checkout; a program or folder, ``tool`` or ``tool/path``, of the toolchain."""


@dataclass(frozen=True)
class Image:
    """An image that is built here.

    Args:
        reference: Its name, as manifests have it or, of a base, as Containerfiles do.
        containerfile: What it is built by.
        context: What its Containerfile may copy, by its place in the context; ``.`` is all of it.
        arguments: Values of its Containerfile's ARGs.
        bases: The images that its Containerfile begins with.
        keeps_steps: Whether each step is kept while images are built, for another one that has the
            same; that takes longer.
    """

    reference: str
    containerfile: Source
    context: Mapping[str, Source] = field(default_factory=dict)
    arguments: Mapping[str, str] = field(default_factory=dict)
    bases: tuple[Image, ...] = ()
    keeps_steps: bool = False

    @property
    def tools(self) -> frozenset[str]:
        """The tools of the toolchain that it and its bases are made with."""
        own = (self.containerfile, *self.context.values())
        named = {source.partition("/")[0] for source in own if isinstance(source, str)}
        return frozenset({debian.NODE.name, *named}).union(*(base.tools for base in self.bases))

    @property
    def name(self) -> str:
        """The last part of its reference, such as ``pause-3.10.2``."""
        return self.reference.rpartition("/")[2].replace(":", "-")

    def entry(self, tools: Mapping[str, Path]) -> cache.Entry:
        """Its place in the cache: another one whenever anything that goes into it is another.

        What Debian, PyPI and npm have newer in the meantime does not count.

        Args:
            tools: Its tools, each with its program or folder.
        """
        made_of = (
            self.reference,
            fingerprint(found(self.containerfile, tools)),
            *(f"{place} {fingerprint(found(it, tools))}" for place, it in self.context.items()),
            *(f"{name}={value}" for name, value in self.arguments.items()),
            *(base.entry(tools).folder.name for base in self.bases),
        )
        return cache.Entry(f"image-{self.name}", "\n".join(made_of))


def found(source: Source, tools: Mapping[str, Path]) -> Path:
    """Where a source is.

    Args:
        source: It.
        tools: The tools, each with its program or folder.
    """
    if isinstance(source, Path):
        return source
    tool, _, path = source.partition("/")
    return tools[tool] / path


def fingerprint(path: Path) -> str:
    """What tells one content from another: of what the cache has, its place says enough."""
    if path.is_relative_to(layout.cache()):
        return str(path.relative_to(layout.cache()))
    return hashlib.sha256(path.read_bytes()).hexdigest()
