"""Images leave the cache as one OCI archive, each layer once."""

from __future__ import annotations

import hashlib
import io
import json
import tarfile
from pathlib import Path

from sandbox.images import archive


def put(blobs: Path, content: bytes) -> str:
    digest = hashlib.sha256(content).hexdigest()
    (blobs / "sha256").mkdir(exist_ok=True)
    (blobs / "sha256" / digest).write_bytes(content)
    return f"sha256:{digest}"


def image(blobs: Path, *layers: str) -> str:
    """An image of these layers in a folder of blobs; its digest."""
    config = put(blobs, json.dumps({"rootfs": layers}).encode())
    held = [{"digest": put(blobs, layer.encode())} for layer in layers]
    return put(blobs, json.dumps({"config": {"digest": config}, "layers": held}).encode())


def written(digests: dict[str, str], blobs: Path) -> dict[str, bytes]:
    stream = io.BytesIO()
    archive.write(digests, blobs, stream)
    stream.seek(0)
    with tarfile.open(fileobj=stream) as tar:
        names = tar.getnames()
        assert len(names) == len(set(names))
        files = {name: tar.extractfile(name) for name in names}
        return {name: file.read() for name, file in files.items() if file}


def test_the_index_names_each_image_as_containerd_is_to_call_it(tmp_path: Path) -> None:
    digest = image(tmp_path, "base")
    files = written({"localhost/a:1": digest}, tmp_path)
    (manifest,) = json.loads(files["index.json"])["manifests"]
    assert manifest["digest"] == digest
    assert manifest["annotations"] == {"io.containerd.image.name": "localhost/a:1"}
    assert manifest["size"] == len(files[f"blobs/{digest.replace(':', '/')}"])
    assert json.loads(files["oci-layout"]) == {"imageLayoutVersion": "1.0.0"}


def test_layers_that_images_share_are_written_once_and_no_others(tmp_path: Path) -> None:
    digests = {"a": image(tmp_path, "base", "a"), "b": image(tmp_path, "base", "b")}
    put(tmp_path, b"of another image")
    contents = list(written(digests, tmp_path).values())
    assert [contents.count(layer) for layer in (b"base", b"a", b"b")] == [1, 1, 1]
    assert b"of another image" not in contents


def test_each_file_is_named_for_its_content(tmp_path: Path) -> None:
    files = written({"a": image(tmp_path, "base", "a")}, tmp_path)
    blobs = {name: content for name, content in files.items() if name.startswith("blobs/")}
    assert blobs
    for name, content in blobs.items():
        assert name == f"blobs/sha256/{hashlib.sha256(content).hexdigest()}"


def test_the_digest_of_what_buildah_wrote_is_its_manifest_s(tmp_path: Path) -> None:
    (tmp_path / "index.json").write_text(json.dumps({"manifests": [{"digest": "sha256:12"}]}))
    assert archive.digest_of(tmp_path) == "sha256:12"
