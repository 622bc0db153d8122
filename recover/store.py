"""Where states and locks are kept: a folder, or a bucket of S3 or what speaks like it.

Keys are the same in all: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

from __future__ import annotations

from dataclasses import dataclass
from pathlib import Path
from typing import Any, Protocol
from urllib.parse import parse_qsl, urlsplit

from recover.problem import RecoverProblem

_FILE, _S3 = "file://", "s3"
_PLAIN_HTTP = ("disableSSL", "disable_https")


class Store(Protocol):
    """Files by their keys, e.g. `.pulumi/locks/organization/project/stack/<uuid>.json`."""

    def keys(self, folder: str) -> list[str]:
        """Give the keys of the files in a folder."""

    def read(self, key: str) -> bytes | None:
        """Give what is in a file; None where it has gone meanwhile."""

    def remove(self, key: str) -> None:
        """Remove a file; fine where it has gone meanwhile."""


@dataclass(frozen=True)
class Folder:
    """A folder of this machine."""

    root: Path

    def keys(self, folder: str) -> list[str]:
        """See :class:`Store`."""
        at = self.root / folder
        return sorted(f"{folder}/{file.name}" for file in at.glob("*.json") if file.is_file())

    def read(self, key: str) -> bytes | None:
        """See :class:`Store`."""
        try:
            return (self.root / key).read_bytes()
        except FileNotFoundError:
            return None

    def remove(self, key: str) -> None:
        """See :class:`Store`."""
        (self.root / key).unlink(missing_ok=True)
        # The engine's own copy of a file's attributes, beside it.
        (self.root / f"{key}.attrs").unlink(missing_ok=True)


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what in it begins with a prefix.

    Attributes:
        client: boto3's client.
        name: The bucket's name.
        prefix: Empty, or with a slash at its end.
    """

    client: Any
    name: str
    prefix: str

    def keys(self, folder: str) -> list[str]:
        """See :class:`Store`."""
        pages = self.client.get_paginator("list_objects_v2").paginate(
            Bucket=self.name, Prefix=f"{self.prefix}{folder}/"
        )
        found = [each["Key"] for page in pages for each in page.get("Contents", [])]
        return sorted(key.removeprefix(self.prefix) for key in found if key.endswith(".json"))

    def read(self, key: str) -> bytes | None:
        """See :class:`Store`."""
        try:
            found = self.client.get_object(Bucket=self.name, Key=f"{self.prefix}{key}")
        except self.client.exceptions.NoSuchKey:
            return None
        return bytes(found["Body"].read())

    def remove(self, key: str) -> None:
        """See :class:`Store`."""
        self.client.delete_object(Bucket=self.name, Key=f"{self.prefix}{key}")


def store(url: str) -> Store:
    """Give the store that a backend's URL names.

    Raises:
        RecoverProblem: It is of another kind, or the machine lacks what speaks with it.
    """
    if url.startswith(_FILE):
        # As the engine reads it: relative to this folder, ~ for the home folder, no host.
        return Folder(Path(url.removeprefix(_FILE).partition("?")[0]).expanduser().absolute())
    if urlsplit(url).scheme == _S3:
        return _bucket(url)
    raise RecoverProblem(
        f"{url}: its locks cannot be looked at from here, only those in file:// and s3://; "
        "`pulumi cancel` removes all locks of a stack, once you know that nobody works on it"
    )


def _bucket(url: str) -> Bucket:
    try:
        import boto3  # noqa: PLC0415 - only where it is needed, and not everyone has it
        from botocore.config import Config  # noqa: PLC0415
    except ImportError:
        raise RecoverProblem("boto3 is not installed; `pip install boto3`") from None
    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    endpoint = options.get("endpoint")
    if endpoint and "://" not in endpoint:
        plain = any(options.get(name) == "true" for name in _PLAIN_HTTP)
        endpoint = f"{'http' if plain else 'https'}://{endpoint}"
    path_style = "true" in (options.get("s3ForcePathStyle"), options.get("use_path_style"))
    client = boto3.session.Session(profile_name=options.get("profile")).client(
        "s3",
        endpoint_url=endpoint,
        region_name=options.get("region"),
        config=Config(
            s3={"addressing_style": "path" if path_style else "auto"},
            connect_timeout=_PATIENCE,
            read_timeout=_PATIENCE,
            retries={"max_attempts": 2},
        ),
    )
    prefix = parts.path.strip("/")
    return Bucket(client, parts.netloc, f"{prefix}/" if prefix else "")


_PATIENCE = 10
"""Seconds until a bucket counts as out of reach."""
