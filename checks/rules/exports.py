"""What the mesh exports where an object says nothing: routes and Services may be seen by nobody."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import meshed
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from components.routing import ROUTES
from mesh.visibility import is_seen, name_of, namespace_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

_OURS = {
    "VirtualService": ("routing", "defaultVirtualServiceExportTo"),
    "DestinationRule": ("destination_rules", "defaultDestinationRuleExportTo"),
}

SEEN = ok("what is made here is seen in {namespace}")
HIDDEN = failure(
    f"{PROJECT}:namespace: this mesh exports a {{kind}} to {{export_to}} where it does not say "
    "itself "
    "(meshConfig.{default}), so no sidecar in {namespace} will see those made here",
    "have . added to that setting of the mesh",
)
SERVICES_HIDDEN = warning(
    f"{PROJECT}:routing: no sidecar in {{namespace}} sees the Service {{services}} "
    "(meshConfig.defaultServiceExportTo is {export_to}): routes for it have no effect",
    "annotate it with networking.istio.io/exportTo: {namespace}",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge what says nothing itself: the ServiceEntry does, by `exportTo`."""
    settings = facts.settings
    cluster, plane = meshed(facts)
    ours: Mapping[str, object] = {
        "metadata": {"name": "ours", "namespace": settings.namespace},
        "spec": {},
    }
    fine = True
    for kind, (setting, default) in _OURS.items():
        export_to = plane.export_to(kind, ours)
        if getattr(settings, setting) and not is_seen(ours, export_to, settings.namespace):
            fine = False
            yield HIDDEN(
                kind=kind,
                default=default,
                export_to=_words(export_to),
                namespace=settings.namespace,
            )
    hidden = [
        name_of(service)
        for service in seen(cluster.lists["services"])
        if namespace_of(service) == settings.namespace
        and name_of(service) in ROUTES
        and not is_seen(service, plane.export_to("Service", service), settings.namespace)
    ]
    if settings.routing and hidden:
        fine = False
        yield SERVICES_HIDDEN(
            services=" and ".join(hidden),
            namespace=settings.namespace,
            export_to=_words(plane.export_to("Service", ours)),
        )
    if fine:
        yield SEEN(namespace=settings.namespace)


def _words(export_to: Sequence[str]) -> str:
    return ", ".join(export_to)
