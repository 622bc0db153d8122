"""Images as one OCI archive, which ``ctr images import`` reads.

https://github.com/opencontainers/image-spec/blob/main/image-layout.md
"""

from __future__ import annotations

import io
import json
import tarfile
from collections.abc import Mapping
from pathlib import Path
from typing import IO, Final

NAME: Final = "io.containerd.image.name"
MANIFEST: Final = "application/vnd.oci.image.manifest.v1+json"


def write(digests: Mapping[str, str], blobs: Path, archive: IO[bytes]) -> None:
    """Write images, with each layer once.

    Args:
        digests: The digest of each image's manifest, by the image's name.
        blobs: The folder with the blobs of all images, those of an algorithm in a folder each.
        archive: Where they are written to, such as a pipe.
    """
    needed: dict[str, None] = {}
    manifests = []
    for reference, digest in digests.items():
        text = _blob(blobs, digest).read_text()
        manifest = json.loads(text)
        held = (manifest["config"], *manifest["layers"])
        needed |= dict.fromkeys([digest, *(blob["digest"] for blob in held)])
        manifests.append(
            {
                "mediaType": MANIFEST,
                "digest": digest,
                "size": len(text.encode()),
                "annotations": {NAME: reference},
            }
        )
    index = {"schemaVersion": 2, "manifests": manifests}
    with tarfile.open(fileobj=archive, mode="w|") as tar:
        _add(tar, "oci-layout", {"imageLayoutVersion": "1.0.0"})
        _add(tar, "index.json", index)
        for digest in needed:
            tar.add(_blob(blobs, digest), f"blobs/{digest.replace(':', '/')}")


def digest_of(layout: Path) -> str:
    """The digest of the manifest of the one image in an OCI layout."""
    (manifest,) = json.loads((layout / "index.json").read_text())["manifests"]
    digest: str = manifest["digest"]
    return digest


def _blob(blobs: Path, digest: str) -> Path:
    return blobs / digest.replace(":", "/")


def _add(tar: tarfile.TarFile, name: str, content: object) -> None:
    text = json.dumps(content).encode()
    about = tarfile.TarInfo(name)
    about.size = len(text)
    tar.addfile(about, io.BytesIO(text))
