"""Which pod: the three names that everything about it is filed under."""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, cast

from sandbox import layout

if TYPE_CHECKING:
    from pathlib import Path

    from lightkube.models.core_v1 import Pod, PodSpec
    from lightkube.models.meta_v1 import ObjectMeta


@dataclass(frozen=True)
class PodIdentity:
    """Namespace, name and uid of one pod."""

    namespace: str
    name: str
    uid: str

    def __str__(self) -> str:
        """``namespace/name``, for the agent's own log."""
        return f"{self.namespace}/{self.name}"

    @property
    def network_namespace(self) -> str:
        """``emx-pod-<8 hex>``, the pod's own."""
        return layout.POD_NAMESPACE_PREFIX + self.uid[:8]

    @property
    def full_name(self) -> str:
        """``name_namespace(uid)``, as the kubelet's messages name a pod."""
        return f"{self.name}_{self.namespace}({self.uid})"

    def logs(self, root: Path) -> Path:
        """The folder of its logs, laid out as in ``/var/log/pods``."""
        return root / f"{self.namespace}_{self.name}_{self.uid}"


def metadata(pod: Pod) -> ObjectMeta:
    """The metadata, which every object from the API server has."""
    return cast("ObjectMeta", pod.metadata)


def spec(pod: Pod) -> PodSpec:
    """The spec, which every pod from the API server has."""
    return cast("PodSpec", pod.spec)


def identity(pod: Pod) -> PodIdentity:
    """The names of a pod that came from the API server."""
    meta = metadata(pod)
    return PodIdentity(cast("str", meta.namespace), cast("str", meta.name), cast("str", meta.uid))
