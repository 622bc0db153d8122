"""Pods of the namespace get a sidecar, from an injector that is there."""

from __future__ import annotations

from collections.abc import Iterator, Mapping

from checks.facts.cluster import Cluster
from checks.facts.gathering import Facts, Need
from checks.facts.mesh import labels, meshed, tags
from checks.facts.seen import Unseen, seen
from checks.finding import Finding, ok, warning
from checks.rules.ambient import is_ambient
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

_PROXY = "istio-proxy"
_ENABLED, _REVISION = "istio-injection", "istio.io/rev"

INJECTED = ok("pods in {namespace} get a sidecar")
NO_SIDECAR = warning(
    f"{PROJECT}:namespace: pods in {{namespace}} get no sidecar",
    "`kubectl --context {context} label namespace {namespace} istio-injection=enabled`, before the "
    "pods start",
)
NOT_GIVEN = warning(
    f"{PROJECT}:namespace: pods in {{namespace}} are to get a sidecar by its labels, and one that "
    "was tried got none",
    "see with `istioctl analyze` why the injector leaves it out",
)
UNKNOWN_REVISION = warning(
    f"{PROJECT}:namespace: {{namespace}} asks for sidecars of the revision {{revision}}, which no "
    "injector is for (there are: {known})",
    "mend its label istio.io/rev",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by the pod that was tried; why it got none is to be read from labels and injectors."""
    cluster, _ = meshed(facts)
    settings, namespace = facts.settings, seen(cluster.namespace)
    if is_ambient(namespace):
        return
    where = {"namespace": settings.namespace, "context": settings.context}
    tried = {} if isinstance(cluster.admission, Unseen) else cluster.admission.pod
    has, known = labels(namespace), _known(cluster)
    # Of the two labels the older one decides.
    is_asked = has.get(_ENABLED, "enabled") == "enabled" and bool(
        {_ENABLED, _REVISION} & has.keys()
    )
    if _has_sidecar(tried):
        yield INJECTED(**where)
    elif not is_asked:
        yield NO_SIDECAR(**where)
    elif _ENABLED not in has and known and has[_REVISION] not in known:
        known_ones = ", ".join(sorted(known))
        yield UNKNOWN_REVISION(revision=has[_REVISION], known=known_ones, **where)
    else:
        yield (NOT_GIVEN if tried else INJECTED)(**where)


def _known(cluster: Cluster) -> Mapping[str, str]:
    return {} if isinstance(cluster.injectors, Unseen) else tags(cluster)


def _has_sidecar(pod: Object) -> bool:
    spec = pod.get("spec") or {}
    containers = (*(spec.get("containers") or ()), *(spec.get("initContainers") or ()))
    return any(each["name"] == _PROXY for each in containers)
