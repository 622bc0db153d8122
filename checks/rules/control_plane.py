"""Istio's control plane: its version and revision, and the data plane that goes with it."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import control_plane, image_version, inside
from checks.facts.seen import NotSeen, seen
from checks.finding import Finding, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from mesh.egress import Egress

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

_PROXY = "istio-proxy"
_BEHIND = 1
"""Minor versions: https://istio.io/latest/docs/releases/supported-releases"""

MISSING = warning("{reason}", "install Istio there")
THERE = ok("Istio {version}, revision {revision}; sidecars here: {sidecars}")
SKEWED = warning(
    "sidecars in {namespace} are of Istio {sidecars}, and the control plane is {version}",
    "`kubectl --context {context} -n {namespace} rollout restart deployment`, for no more than one "
    "minor version apart is supported",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Say what there is; without any, that is why nothing of the mesh was seen."""
    settings = facts.settings
    if settings.egress is Egress.OFF and not settings.routing:
        return
    cluster = inside(facts)
    seen(cluster.config_maps)
    try:
        plane = control_plane(cluster, settings)
    except NotSeen as not_seen:
        yield MISSING(reason=not_seen.unseen.reason)
        return
    versions = {
        image_version(str(container.get("image")))
        for pod in seen(cluster.lists["pods"])
        for kind in ("containers", "initContainers")
        for container in pod["spec"].get(kind) or ()
        if container["name"] == _PROXY
    } - {""}
    found = {
        "version": plane.version or "of an unknown version",
        "revision": plane.revision,
        "sidecars": ", ".join(sorted(versions)) or "none",
        "namespace": settings.namespace,
        "context": settings.context,
    }
    yield (SKEWED if any(_apart(v, plane.minor) for v in versions) else THERE)(**found)


def _apart(version: str, minor: tuple[int, int] | None) -> bool:
    if minor is None:
        return False
    major, other = (int(number) for number in version.split(".")[:2])
    return major != minor[0] or not 0 <= minor[1] - other <= _BEHIND
