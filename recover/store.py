"""Where states and locks are kept: a folder, or a bucket of S3 or what speaks like it.

Keys are the same in all: https://www.pulumi.com/docs/iac/concepts/state-and-backends/
"""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Protocol
from urllib.parse import parse_qsl, urlsplit

from recover.problem import RecoverProblem

if TYPE_CHECKING:
    from minio import Minio

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

    def empty_attributes(self, folder: str, name: str, /) -> list[str]:
        """Give the keys of what was to hold the attributes of `name.json` and its like."""


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

    def empty_attributes(self, folder: str, name: str, /) -> list[str]:
        """See :class:`Store`."""
        found = (self.root / folder).glob("*.attrs")
        ours = (each for each in found if each.name.startswith(f"{name}.json"))
        return sorted(f"{folder}/{each.name}" for each in ours if not each.stat().st_size)


@dataclass(frozen=True)
class Bucket:
    """A bucket, or what in it begins with a prefix.

    Attributes:
        client: Speaks with it.
        name: The bucket's name.
        prefix: Empty, or with a slash at its end.
    """

    client: Minio
    name: str
    prefix: str

    def keys(self, folder: str) -> list[str]:
        """See :class:`Store`."""
        with _in_one_line(self.name):
            found = self.client.list_objects(self.name, prefix=f"{self.prefix}{folder}/")
            keys = [str(each.object_name).removeprefix(self.prefix) for each in found]
        return sorted(key for key in keys if key.endswith(".json"))

    def read(self, key: str) -> bytes | None:
        """See :class:`Store`."""
        from minio.error import S3Error  # noqa: PLC0415 - as below

        with _in_one_line(self.name):
            try:
                with self.client.get_object(self.name, f"{self.prefix}{key}") as found:
                    return bytes(found.read())
            except S3Error as error:
                if error.code != "NoSuchKey":
                    raise
                return None

    def remove(self, key: str) -> None:
        """See :class:`Store`."""
        with _in_one_line(self.name):
            self.client.remove_object(self.name, f"{self.prefix}{key}")

    def empty_attributes(self, _folder: str, _name: str, /) -> list[str]:
        """See :class:`Store`: a bucket keeps them itself."""
        return []


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
    from minio import Minio  # noqa: PLC0415 - only where it is needed
    from minio.credentials.providers import (  # noqa: PLC0415 - as above
        AWSConfigProvider,
        ChainedProvider,
        EnvAWSProvider,
        IamAwsProvider,
    )
    from urllib3 import PoolManager, Retry, Timeout  # noqa: PLC0415 - comes with it

    parts = urlsplit(url)
    options = dict(parse_qsl(parts.query))
    plain = any(options.get(name) == "true" for name in _PLAIN_HTTP)
    endpoint = options.get("endpoint") or _AWS
    if "://" in endpoint:
        scheme, _, endpoint = endpoint.partition("://")
        plain = scheme == "http"
    client = Minio(
        endpoint=endpoint,
        secure=not plain,
        region=options.get("region") or os.environ.get("AWS_REGION"),
        credentials=ChainedProvider(
            [
                EnvAWSProvider(),
                AWSConfigProvider(profile=options.get("profile")),
                IamAwsProvider(),
            ]
        ),
        http_client=PoolManager(timeout=Timeout(_PATIENCE), retries=Retry(2)),
    )
    prefix = parts.path.strip("/")
    return Bucket(client, parts.netloc, f"{prefix}/" if prefix else "")


@contextmanager
def _in_one_line(bucket: str) -> Iterator[None]:
    from minio.error import MinioException  # noqa: PLC0415 - as above
    from urllib3.exceptions import HTTPError  # noqa: PLC0415 - as above

    try:
        yield
    except (MinioException, HTTPError, ValueError) as problem:
        said = getattr(problem, "message", None) or str(problem)
        raise RecoverProblem(f"the bucket {bucket} cannot be looked at: {said}") from None


_AWS = "s3.amazonaws.com"
_PATIENCE = 10
"""Seconds until a bucket counts as out of reach."""
