"""The Secrets, ConfigMaps and Services that a pod refers to, read before it starts."""

from __future__ import annotations

import base64
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from http import HTTPStatus
from typing import TYPE_CHECKING, TypeVar

import httpx2
from lightkube import ApiError
from lightkube.resources.core_v1 import ConfigMap, Secret, Service

from sandbox.node import projections
from sandbox.node.errors import ContainerConfigError
from sandbox.node.identity import identity, spec

if TYPE_CHECKING:
    from lightkube import AsyncClient
    from lightkube.models.core_v1 import Container, Pod

Data = Mapping[str, str]
_Kind = TypeVar("_Kind", Secret, ConfigMap)


@dataclass(frozen=True)
class Sources:
    """Data by object name; text, with undecodable bytes kept as surrogates as in ``os.environ``."""

    secrets: Mapping[str, Data] = field(default_factory=dict, repr=False)
    config_maps: Mapping[str, Data] = field(default_factory=dict)
    services: Sequence[Service] = ()

    def secret(self, name: str | None, *, optional: bool = False) -> Data:
        """The data of a Secret; empty if it is optional and not there."""
        return _found("secret", self.secrets, name, optional=optional)

    def config_map(self, name: str | None, *, optional: bool = False) -> Data:
        """The data of a ConfigMap; empty if it is optional and not there."""
        return _found("configmap", self.config_maps, name, optional=optional)


def _found(kind: str, objects: Mapping[str, Data], name: str | None, *, optional: bool) -> Data:
    if name is not None and name in objects:
        return objects[name]
    if optional:
        return {}
    raise ContainerConfigError(f'{kind} "{name}" not found')


def references(pod: Pod) -> tuple[set[str], set[str]]:
    """The names of all Secrets and all ConfigMaps that the pod's containers and volumes name.

    Raises:
        VolumeError: a volume of a kind that this node does not have.
    """
    containers = [*(spec(pod).initContainers or []), *spec(pod).containers]
    found = [reference for container in containers for reference in _of_container(container)]
    for volume in spec(pod).volumes or []:
        for part in projections.parts(volume):
            if part.secret:
                found.append((Secret, part.secret.name))
            if part.configMap:
                found.append((ConfigMap, part.configMap.name))
    secrets, config_maps = (
        {name for kind, name in found if kind is wanted and name} for wanted in (Secret, ConfigMap)
    )
    return secrets, config_maps


def _of_container(container: Container) -> Iterator[tuple[type, str | None]]:
    for group in container.envFrom or []:
        if group.secretRef:
            yield Secret, group.secretRef.name
        if group.configMapRef:
            yield ConfigMap, group.configMapRef.name
    for variable in container.env or []:
        origin = variable.valueFrom
        if origin and origin.secretKeyRef:
            yield Secret, origin.secretKeyRef.name
        if origin and origin.configMapKeyRef:
            yield ConfigMap, origin.configMapKeyRef.name


async def fetch(client: AsyncClient, pod: Pod) -> Sources:
    """Read all that the pod refers to; what does not exist is left out.

    Raises:
        ContainerConfigError: the API server refuses to show one of them.
    """
    namespace = identity(pod).namespace
    secrets, config_maps = references(pod)
    try:
        return Sources(
            secrets=await _read(client, Secret, namespace, secrets),
            config_maps=await _read(client, ConfigMap, namespace, config_maps),
            services=await _services(client, namespace, all_=spec(pod).enableServiceLinks),
        )
    except ApiError as error:
        raise ContainerConfigError(str(error.status.message)) from error
    except httpx2.HTTPError as error:
        raise ContainerConfigError(f"the API server does not answer: {error}") from error


async def _read(
    client: AsyncClient, kind: type[_Kind], namespace: str, names: set[str]
) -> dict[str, Data]:
    found: dict[str, Data] = {}
    for name in sorted(names):
        try:
            item = await client.get(kind, name, namespace=namespace)
        except ApiError as error:
            if error.status.code == HTTPStatus.NOT_FOUND:
                continue
            raise
        encoded = (item.data if isinstance(item, Secret) else item.binaryData) or {}
        plain = (item.data or {}) if isinstance(item, ConfigMap) else {}
        found[name] = {**plain, **{key: _text(value) for key, value in encoded.items()}}
    return found


def _text(encoded: str) -> str:
    return base64.b64decode(encoded).decode(errors="surrogateescape")


async def _services(client: AsyncClient, namespace: str, *, all_: bool | None) -> list[Service]:
    """The API server's own Service, and with ``enableServiceLinks`` those beside the pod."""
    found = [item async for item in client.list(Service, namespace=namespace)] if all_ else []
    if namespace != "default":
        found.append(await client.get(Service, "kubernetes", namespace="default"))
    return found
