"""The environment of a container, resolved as a kubelet resolves it.

Follows ``makeEnvironmentVariables`` of the kubelet: service links first, ``envFrom`` over them,
``env`` over both, ``$(NAME)`` expanded in the order of declaration.
"""

from __future__ import annotations

import re
from typing import TYPE_CHECKING

from sandbox.node import downward
from sandbox.node.errors import ContainerConfigError

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

    from lightkube.models.core_v1 import Container, EnvFromSource, EnvVarSource, Pod, Service

    from sandbox.node.sources import Sources

_REFERENCE = re.compile(r"\$(\$|\(([^)]*)\))")


def expand(text: str, values: Mapping[str, str]) -> str:
    """Replace ``$(NAME)`` by its value; unknown names stay as they are, ``$$`` is one ``$``."""

    def replaced(match: re.Match[str]) -> str:
        if match[1] == "$":
            return "$"
        return values.get(match[2], match[0])

    return _REFERENCE.sub(replaced, text)


def service_links(services: Sequence[Service]) -> dict[str, str]:
    """Where the services are: ``NAME_SERVICE_HOST``, ``NAME_SERVICE_PORT`` and Docker's links."""
    found: dict[str, str] = {}
    for service in services:
        address, ports = (
            service.spec and service.spec.clusterIP,
            service.spec and service.spec.ports,
        )
        if not address or address == "None" or not ports or service.metadata is None:
            continue
        name = str(service.metadata.name).upper().replace("-", "_")
        found[f"{name}_SERVICE_HOST"] = address
        found[f"{name}_SERVICE_PORT"] = str(ports[0].port)
        first = ports[0]
        found[f"{name}_PORT"] = f"{(first.protocol or 'TCP').lower()}://{address}:{first.port}"
        for port in ports:
            protocol = port.protocol or "TCP"
            link = f"{name}_PORT_{port.port}_{protocol}"
            found[link] = f"{protocol.lower()}://{address}:{port.port}"
            found[f"{link}_PROTO"] = protocol.lower()
            found[f"{link}_PORT"] = str(port.port)
            found[f"{link}_ADDR"] = address
            if port.name:
                suffix = port.name.upper().replace("-", "_")
                found[f"{name}_SERVICE_PORT_{suffix}"] = str(port.port)
    return found


def resolve(
    container: Container, pod: Pod, sources: Sources, *, image: Mapping[str, str]
) -> dict[str, str]:
    """All variables that the container's process gets.

    Args:
        container: one of the pod's.
        pod: with the addresses in its status.
        sources: Secrets, ConfigMaps and services that it may refer to.
        image: the image's own variables, which the pod's replace.

    Raises:
        ContainerConfigError: a Secret, ConfigMap or key is not there; the message names it and
            never holds a value.
    """
    links = service_links(sources.services)
    declared: dict[str, str] = {}
    for origin in container.envFrom or []:
        declared.update(_all_of(origin, sources))
    for variable in container.env or []:
        value: str | None = ""
        if variable.value:
            value = expand(variable.value, {**links, **declared})
        elif variable.valueFrom:
            value = _one_of(variable.valueFrom, container, pod, sources)
        if value is not None:
            declared[variable.name] = value
    return {**image, **links, **declared}


def _all_of(origin: EnvFromSource, sources: Sources) -> dict[str, str]:
    data: Mapping[str, str] = {}
    if origin.configMapRef:
        ref = origin.configMapRef
        data = sources.config_map(ref.name, optional=bool(ref.optional))
    elif origin.secretRef:
        secret = origin.secretRef
        data = sources.secret(secret.name, optional=bool(secret.optional))
    return {(origin.prefix or "") + key: value for key, value in data.items()}


def _one_of(origin: EnvVarSource, container: Container, pod: Pod, sources: Sources) -> str | None:
    """The value; None if it is optional and not there."""
    if origin.fieldRef:
        return downward.field(pod, origin.fieldRef.fieldPath)
    if origin.resourceFieldRef:
        return downward.resource(pod, container, origin.resourceFieldRef)
    if origin.configMapKeyRef:
        wanted = origin.configMapKeyRef
        data = sources.config_map(wanted.name, optional=bool(wanted.optional))
        kind, key, optional = "ConfigMap", wanted.key, wanted.optional
        name = wanted.name
    elif origin.secretKeyRef:
        secret = origin.secretKeyRef
        data = sources.secret(secret.name, optional=bool(secret.optional))
        kind, key, optional = "Secret", secret.key, secret.optional
        name = secret.name
    else:
        raise ContainerConfigError("a valueFrom that this node does not know")
    if key not in data and not optional:
        namespace = pod.metadata.namespace if pod.metadata else ""
        raise ContainerConfigError(f"couldn't find key {key} in {kind} {namespace}/{name}")
    return data.get(key)
