"""What a pod may be told about itself: ``fieldRef`` and ``resourceFieldRef``.

https://kubernetes.io/docs/concepts/workloads/pods/downward-api/
"""

from __future__ import annotations

import json
import math
import re
from typing import TYPE_CHECKING

from lightkube.utils.quantity import parse_quantity

from sandbox import layout
from sandbox.node.capacity import capacity
from sandbox.node.errors import ContainerConfigError
from sandbox.node.identity import metadata, spec

if TYPE_CHECKING:
    from lightkube.models.core_v1 import Container, Pod, ResourceFieldSelector

_MAP_ENTRY = re.compile(r"metadata\.(labels|annotations)\['([^']*)'\]")
_MAP = re.compile(r"metadata\.(labels|annotations)")


def field(pod: Pod, path: str) -> str:
    """The value at a ``fieldPath``.

    Raises:
        ContainerConfigError: a path that the downward API does not have.
    """
    meta, address = metadata(pod), (pod.status.podIP if pod.status else None) or ""
    if entry := _MAP_ENTRY.fullmatch(path):
        return str((getattr(meta, entry[1]) or {}).get(entry[2], ""))
    if whole := _MAP.fullmatch(path):
        pairs = sorted((getattr(meta, whole[1]) or {}).items())
        # As the kubelet's FormatMap: the values quoted, with what is in them escaped.
        return "\n".join(f"{key}={json.dumps(value, ensure_ascii=False)}" for key, value in pairs)
    fields = {
        "metadata.name": meta.name,
        "metadata.namespace": meta.namespace,
        "metadata.uid": meta.uid,
        "spec.nodeName": spec(pod).nodeName,
        "spec.serviceAccountName": spec(pod).serviceAccountName,
        "status.hostIP": layout.LOOPBACK,
        "status.hostIPs": layout.LOOPBACK,
        "status.podIP": address,
        "status.podIPs": address,
    }
    if path not in fields:
        raise ContainerConfigError(f"unsupported fieldPath: {path}")
    return fields[path] or ""


def resource(pod: Pod, container: Container, selector: ResourceFieldSelector) -> str:
    """A request or limit of a container, in units of ``divisor``, rounded up.

    A limit that is not set is the node's capacity, as with a kubelet.

    Raises:
        ContainerConfigError: a container or a resource that is not there.
    """
    containers = [*spec(pod).containers, *(spec(pod).initContainers or [])]
    name = selector.containerName or container.name
    chosen = next((each for each in containers if each.name == name), None)
    which, _, kind = selector.resource.partition(".")
    if chosen is None or which not in {"limits", "requests"} or kind not in capacity():
        raise ContainerConfigError(f"unsupported container resource: {name} {selector.resource}")
    resources = chosen.resources
    set_ = (getattr(resources, which) if resources else None) or {}
    quantity = set_.get(kind) or (capacity()[kind] if which == "limits" else "0")
    value, divisor = parse_quantity(quantity), parse_quantity(selector.divisor or "1")
    return str(math.ceil(value / (divisor or 1))) if value is not None else "0"
