"""What a volume is filled from: the four kinds of source, each as a projected volume names it."""

from __future__ import annotations

from lightkube.models.core_v1 import (
    ConfigMapProjection,
    DownwardAPIProjection,
    SecretProjection,
    Volume,
    VolumeProjection,
)

from sandbox.node.errors import VolumeError


def parts(volume: Volume) -> list[VolumeProjection]:
    """What a volume is filled from, whichever way it is written down; nothing for emptyDir.

    Raises:
        VolumeError: of a kind that this node does not have.
    """
    if volume.emptyDir:
        return []
    if secret := volume.secret:
        return [
            VolumeProjection(
                secret=SecretProjection(
                    name=secret.secretName, items=secret.items, optional=secret.optional
                )
            )
        ]
    if config := volume.configMap:
        return [
            VolumeProjection(
                configMap=ConfigMapProjection(
                    name=config.name, items=config.items, optional=config.optional
                )
            )
        ]
    if volume.downwardAPI:
        items = volume.downwardAPI.items
        return [VolumeProjection(downwardAPI=DownwardAPIProjection(items=items))]
    if volume.projected:
        return volume.projected.sources or []
    raise VolumeError(f'volume "{volume.name}" is of a kind that this node does not have')
