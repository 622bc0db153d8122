"""The pods that an object of Kubernetes describes, whatever its kind."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from typing import Final

from guard.field import Field
from guard.resource import Resource

_OF_A_CONTROLLER: Final = ("spec", "template")
_TEMPLATES: Final[Mapping[str, tuple[str, ...]]] = {
    "Pod": (),
    "PodTemplate": ("template",),
    "Deployment": _OF_A_CONTROLLER,
    "ReplicaSet": _OF_A_CONTROLLER,
    "ReplicationController": _OF_A_CONTROLLER,
    "StatefulSet": _OF_A_CONTROLLER,
    "DaemonSet": _OF_A_CONTROLLER,
    "Job": _OF_A_CONTROLLER,
    "CronJob": ("spec", "jobTemplate", "spec", "template"),
}
_CONTAINERS: Final = ("initContainers", "containers", "ephemeralContainers")


@dataclass(frozen=True)
class Pod:
    """What an object says of its pods.

    Attributes:
        metadata: Their labels and annotations.
        spec: What runs in them.
    """

    metadata: Field
    spec: Field

    def containers(self) -> Iterator[Field]:
        """Give all containers, also those that run before the others, or for a debugger."""
        for kind in _CONTAINERS:
            yield from self.spec[kind].each()


def pods(resource: Resource) -> Iterator[Pod]:
    """Give the one pod that a resource describes, if it does."""
    template = _TEMPLATES.get(resource.kind)
    if template is not None:
        at = resource.root.at(*template)
        yield Pod(at["metadata"], at["spec"])


def name_of(container: Field) -> str:
    """Name a container for a person."""
    name = container["name"]
    return f"container {name.value}" if name.is_known and name.value else container.path
