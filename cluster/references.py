"""Which Secrets and ConfigMaps a pod needs, to start once more or to go on.

https://kubernetes.io/docs/reference/kubernetes-api/workload-resources/pod-v1/
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from cluster.kinds import Named

Object = Mapping[str, Any]

USED_BY_PODS = ("Secret", "ConfigMap")
"""The kinds that a pod may need."""

_ENDED = ("Succeeded", "Failed")
_KEYS = {
    "Secret": ("secretKeyRef", "secretRef", "secret", "secretName"),
    "ConfigMap": ("configMapKeyRef", "configMapRef", "configMap", "name"),
}


def needs(pod: Object, kind: str, name: str) -> bool:
    """Say whether a pod that has not ended refers to a Secret or ConfigMap of its namespace."""
    if pod.get("status", {}).get("phase") in _ENDED:
        return False
    spec = pod["spec"]
    return name in {*_of_containers(spec, kind), *_of_volumes(spec, kind)}


def needed_by(pod: Object, namespace: str) -> list[Named]:
    """Give all Secrets and ConfigMaps that a pod, or a template of one, refers to."""
    spec = pod["spec"]
    return [
        Named(kind, namespace, name)
        for kind in USED_BY_PODS
        for name in sorted({*_of_containers(spec, kind), *_of_volumes(spec, kind)} - {""})
    ]


def _of_containers(spec: Object, kind: str) -> Iterator[str]:
    by_key, whole, _, _ = _KEYS[kind]
    for part in ("initContainers", "containers", "ephemeralContainers"):
        for container in spec.get(part) or []:
            for each in container.get("env") or []:
                yield ((each.get("valueFrom") or {}).get(by_key) or {}).get("name", "")
            for each in container.get("envFrom") or []:
                yield (each.get(whole) or {}).get("name", "")


def _of_volumes(spec: Object, kind: str) -> Iterator[str]:
    _, _, volume, called = _KEYS[kind]
    for each in spec.get("volumes") or []:
        yield (each.get(volume) or {}).get(called, "")
        for source in (each.get("projected") or {}).get("sources") or []:
            yield (source.get(volume) or {}).get("name", "")
