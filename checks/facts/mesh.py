"""What a cluster's objects say of the mesh, and of what its sidecars see."""

from __future__ import annotations

import re
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from functools import cache
from typing import Any

import yaml

from checks.facts.cluster import CONTROL_PLANE, Cluster, Objects
from checks.facts.gathering import Facts
from checks.facts.seen import NotSeen, Unseen, seen
from cluster.api import Object
from mesh.visibility import is_seen, name_of
from settings import Settings

_REVISION, _TAG = "istio.io/rev", "istio.io/tag"
_DEFAULT = "default"
_VERSION = re.compile(r"\d+\.\d+(\.\d+)?")
_DEFAULTS = {
    "ServiceEntry": "defaultServiceExportTo",
    "Service": "defaultServiceExportTo",
    "VirtualService": "defaultVirtualServiceExportTo",
    "DestinationRule": "defaultDestinationRuleExportTo",
}
_OF_SERVICE = "networking.istio.io/exportTo"


@dataclass(frozen=True)
class ControlPlane:
    """Istio's control plane, as it is in force in a namespace.

    Attributes:
        revision: Its revision.
        version: Its version; empty where its image does not tell.
        config: Its mesh configuration.
    """

    revision: str
    version: str
    config: Mapping[str, Any]

    @property
    def root(self) -> str:
        """The namespace whose configuration is for all."""
        return str(self.config.get("rootNamespace") or CONTROL_PLANE)

    @property
    def minor(self) -> tuple[int, int] | None:
        """Its version as two numbers, where it is known."""
        found = _VERSION.match(self.version)
        return _two(found[0]) if found else None

    def export_to(self, kind: str, thing: Object) -> Sequence[str]:
        """Say who sees an object: what it says itself, or else the mesh."""
        if kind == "Service":
            given = annotations_of(thing).get(_OF_SERVICE, "")
            own = [each.strip() for each in given.split(",") if each.strip()]
        else:
            own = list((thing.get("spec") or {}).get("exportTo") or ())
        return own or list(self.config.get(_DEFAULTS[kind]) or ("*",))


def control_plane(cluster: Cluster, settings: Settings) -> ControlPlane:
    """Find the control plane that is in force in the stack's namespace.

    Raises:
        NotSeen: There is none, or it may not be looked at.
    """
    config_maps = {name_of(each): each for each in seen(cluster.config_maps)}
    revision = _revision(cluster)
    found = config_maps.get(f"istio-{revision}") or config_maps.get("istio")
    if found is None:
        raise NotSeen(
            Unseen(
                f"no Istio control plane was found in {settings.context} (ConfigMap "
                f"{CONTROL_PLANE}/istio): nothing may act on ServiceEntry and routes"
            )
        )
    config = _read((found.get("data") or {}).get("mesh") or "")
    return ControlPlane(revision, _version(cluster, revision), config)


@cache  # each rule asks for it
def _read(config: str) -> Mapping[str, Any]:
    return yaml.safe_load(config) or {}


def inside(facts: Facts) -> Cluster:
    """Give the cluster, where the stack's namespace is there, or may be for all that is seen.

    Raises:
        NotSeen: The cluster was not seen, or the namespace is not there.
    """
    cluster = seen(facts.cluster)
    if cluster.namespace is None:
        raise NotSeen(Unseen(f"there is no namespace {facts.settings.namespace}"))
    return cluster


def meshed(facts: Facts) -> tuple[Cluster, ControlPlane]:
    """Give the cluster and the control plane that is in force in the stack's namespace.

    Raises:
        NotSeen: One of them was not seen.
    """
    cluster = inside(facts)
    return cluster, control_plane(cluster, facts.settings)


def tags(cluster: Cluster) -> Mapping[str, str]:
    """Give each name by which a namespace may ask for a sidecar, and the revision it stands for."""
    found: dict[str, str] = {}
    for each in seen(cluster.injectors):
        carried = labels(each)
        revision = carried.get(_REVISION, _DEFAULT)
        found |= {revision: revision, carried.get(_TAG, revision): revision}
    return found


def visible(
    kind: str, plural: str, cluster: Cluster, plane: ControlPlane, viewer: str
) -> Iterator[tuple[Object, Sequence[str]]]:
    """Give the objects of a kind that sidecars of a namespace see, and whom each is exported to."""
    for thing in seen(cluster.lists.get(plural, ())):
        export_to = plane.export_to(kind, thing)
        if is_seen(thing, export_to, viewer):
            yield thing, export_to


def labels(thing: Object | None) -> Mapping[str, str]:
    """Give an object's labels."""
    return (thing or {}).get("metadata", {}).get("labels") or {}


def annotations_of(thing: Object | None) -> Mapping[str, str]:
    """Give an object's annotations."""
    return (thing or {}).get("metadata", {}).get("annotations") or {}


def image_version(image: str) -> str:
    """Read the version in an image's tag; empty where there is none."""
    found = _VERSION.search(image.rpartition("/")[2].partition(":")[2])
    return found[0] if found else ""


def _revision(cluster: Cluster) -> str:
    namespace = cluster.namespace
    wanted = labels(None if isinstance(namespace, Unseen) else namespace).get(_REVISION, _DEFAULT)
    known = {} if isinstance(cluster.injectors, Unseen) else tags(cluster)
    return known.get(wanted, wanted)


def _version(cluster: Cluster, revision: str) -> str:
    istiods: Objects = () if isinstance(cluster.istiods, Unseen) else cluster.istiods
    for istiod in istiods:
        if labels(istiod).get(_REVISION, _DEFAULT) == revision:
            containers = istiod["spec"]["template"]["spec"]["containers"]
            return next(filter(None, (image_version(str(c.get("image"))) for c in containers)), "")
    return ""


def _two(version: str) -> tuple[int, int]:
    major, minor = version.split(".")[:2]
    return int(major), int(minor)
