"""Volumes of a pod: emptyDir, and files made from Secrets, ConfigMaps, tokens and the pod itself.

All live in memory, as a kubelet keeps Secrets, and go with the pod. Files are written once, when
the pod starts, and tokens again before they expire; a changed ConfigMap is not followed.
"""

from __future__ import annotations

import os
import shutil
from functools import partial
from pathlib import Path
from typing import TYPE_CHECKING

import httpx2

from sandbox import layout
from sandbox.node import downward, projections, tokens
from sandbox.node.errors import ContainerConfigError, VolumeError
from sandbox.node.identity import PodIdentity, identity, spec

if TYPE_CHECKING:
    from collections.abc import Mapping

    from lightkube import AsyncClient
    from lightkube.models.core_v1 import (
        DownwardAPIVolumeFile,
        KeyToPath,
        Pod,
        VolumeProjection,
    )

    from sandbox.node.sources import Sources

FOLDER = Path("/dev/shm", f"{layout.POD_NAMESPACE_PREFIX}volumes")  # noqa: S108 (mode 0700)


def folder(pod: PodIdentity) -> Path:
    """Where the volumes of a pod are."""
    return FOLDER / pod.uid


async def make(client: AsyncClient, pod: Pod, sources: Sources) -> dict[str, Path]:
    """Make all volumes of a pod.

    Returns:
        The folder of each volume by its name.

    Raises:
        VolumeError: of a kind that this node does not have, or made from what is not there.
    """
    made: dict[str, Path] = {}
    context = spec(pod).securityContext
    for volume in spec(pod).volumes or []:
        made[volume.name] = place = folder(identity(pod)) / volume.name
        place.mkdir(parents=True, exist_ok=True)
        try:
            for part in projections.parts(volume):
                for name, content in (await _files(client, pod, part, sources)).items():
                    _write(place / name, content)
        except (ContainerConfigError, httpx2.HTTPError) as error:
            failed = f'MountVolume.SetUp failed for volume "{volume.name}" : {error}'
            raise VolumeError(failed) from error
        if volume.emptyDir:
            place.chmod(0o777)
        if context and context.fsGroup is not None:
            os.chown(place, -1, context.fsGroup)
    return made


async def keep_fresh(client: AsyncClient, pod: Pod) -> None:
    """Renew the tokens in a pod's volumes before they expire, until cancelled."""

    def put(volume: str, path: str, token: str) -> None:
        _write(folder(identity(pod)) / volume / path, token)

    await tokens.renew(pod, partial(tokens.request, client, pod), put)


def remove(pod: PodIdentity) -> None:
    """Take the volumes of a pod away."""
    shutil.rmtree(folder(pod), ignore_errors=True)


async def _files(
    client: AsyncClient, pod: Pod, part: VolumeProjection, sources: Sources
) -> dict[str, str]:
    if secret := part.secret:
        return chosen(sources.secret(secret.name, optional=bool(secret.optional)), secret.items)
    if config := part.configMap:
        return chosen(sources.config_map(config.name, optional=bool(config.optional)), config.items)
    if part.downwardAPI:
        return {item.path: _told(pod, item) for item in part.downwardAPI.items or []}
    if part.serviceAccountToken:
        token = await tokens.request(client, pod, part.serviceAccountToken)
        return {part.serviceAccountToken.path: token}
    raise VolumeError("a projected source of a kind that this node does not have")


def chosen(data: Mapping[str, str], items: list[KeyToPath] | None) -> dict[str, str]:
    """The files that a Secret or ConfigMap becomes: all keys, or ``items`` under their paths.

    Raises:
        ContainerConfigError: a key is not there.
    """
    if not items:
        return dict(data)
    missing = [item.key for item in items if item.key not in data]
    if missing:
        raise ContainerConfigError(f"references non-existent key: {missing[0]}")
    return {item.path: data[item.key] for item in items}


def _told(pod: Pod, item: DownwardAPIVolumeFile) -> str:
    if item.fieldRef:
        return downward.field(pod, item.fieldRef.fieldPath)
    if item.resourceFieldRef:
        return downward.resource(pod, spec(pod).containers[0], item.resourceFieldRef)
    return ""


def _write(file: Path, content: str) -> None:
    file.parent.mkdir(parents=True, exist_ok=True)
    # Whoever reads it meanwhile reads the old one to its end.
    new = file.with_name(f".{file.name}.new")
    new.write_text(content, errors="surrogateescape")
    new.rename(file)
