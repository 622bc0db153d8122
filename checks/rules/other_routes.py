"""VirtualServices of others for the same hosts: of two for one host, sidecars take one.

As `pilot/pkg/model/push_context.go` sorts them: those exported by name to the namespace, then
those for all, and of these the older one. https://istio.io/latest/docs/ops/best-practices/traffic-management/
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import ControlPlane, meshed, visible
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from components.routing import ROUTES
from mesh.egress import Egress
from mesh.visibility import matches, name_of, namespace_of, rank
from settings import PROJECT, Settings

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

_SIDECARS = "mesh"
_CLUSTER = "svc.cluster.local"

FREE = ok("no other VirtualService is for the same hosts")
COMES_FIRST = failure(
    f"{PROJECT}:routing: VirtualService {{who}}{{by}} is for {{service}} too and comes first: "
    "sidecars "
    "in {namespace} take its routes, and those made here have no effect",
    f"take {{service}} out of its hosts, or set {PROJECT}:routing to false",
)
COMES_AFTER = warning(
    f"{PROJECT}:routing: VirtualService {{who}}{{by}} is for {{service}} too and comes after: "
    "sidecars "
    "in {namespace} take the routes made here, and its own have no effect",
    f"take {{service}} out of its hosts, or set {PROJECT}:routing to false",
)
AT_A_GATEWAY = warning(
    f"{PROJECT}:routing: VirtualService {{who}} leads from the gateway {{gateways}} to "
    f"{{service}}: what "
    "comes in there goes past the routes made here",
    "name the subset {subset} there too",
)
LEADS_AWAY = warning(
    f"{PROJECT}:host: VirtualService {{who}} routes connections to {{host}} port {{port}}: they go "
    "to {destinations}",
    "see that the database is behind it, as with an egress gateway",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Look at all that sidecars of the namespace see."""
    settings = facts.settings
    if not settings.routing and settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    cluster, plane = meshed(facts)
    routes = list(visible("VirtualService", "virtualservices", cluster, plane, settings.namespace))
    ours = {
        name_of(each): each
        for each in seen(cluster.lists["virtualservices"])
        if _is_ours(each, settings)
    }
    said = [
        finding
        for route, export_to in routes
        if not _is_ours(route, settings)
        for finding in (
            *(
                _of_routes(route, list(export_to), ours, plane, settings)
                if settings.routing
                else ()
            ),
            *_of_database(route, settings),
        )
    ]
    yield from said
    if not said:
        yield FREE()


def _is_ours(route: Object, settings: Settings) -> bool:
    return namespace_of(route) == settings.namespace and name_of(route) in ROUTES


def _of_routes(
    route: Object,
    export_to: list[str],
    ours: dict[str, Object],
    plane: ControlPlane,
    settings: Settings,
) -> Iterator[Finding]:
    spec, home = route["spec"], namespace_of(route)
    gateways = spec.get("gateways") or [_SIDECARS]
    outer = [gateway for gateway in gateways if gateway != _SIDECARS]
    for service, subset in ROUTES.items():
        wanted = _full(service, settings.namespace)
        found = {
            "who": f"{home}/{name_of(route)}",
            "service": service,
            "namespace": settings.namespace,
        }
        if _SIDECARS in gateways and wanted in {_full(h, home) for h in spec.get("hosts") or ()}:
            standing = ours.get(service)
            mine = standing or {"metadata": {"name": service, "namespace": settings.namespace}}
            is_first = rank(route, export_to) < rank(mine, plane.export_to("VirtualService", mine))
            yield (COMES_FIRST if is_first else COMES_AFTER)(by=_delegates(spec), **found)
        elif outer and any(
            _full(each["host"], home) == wanted and each.get("subset") != subset
            for each in _destinations(spec)
        ):
            yield AT_A_GATEWAY(gateways=" and ".join(outer), subset=subset, **found)


def _of_database(route: Object, settings: Settings) -> Iterator[Finding]:
    if settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    spec = route["spec"]
    if _SIDECARS not in (spec.get("gateways") or [_SIDECARS]):
        return
    for host in (settings.host, *settings.additional_hosts):
        if not any(matches(host, pattern) for pattern in spec.get("hosts") or ()):
            continue
        away = [
            destination["destination"]["host"]
            for tcp in spec.get("tcp") or ()
            if _is_for(tcp, settings.port)
            for destination in tcp.get("route") or ()
            if destination["destination"]["host"] != host
        ]
        if away:
            yield LEADS_AWAY(
                who=f"{namespace_of(route)}/{name_of(route)}",
                host=host,
                port=settings.port,
                destinations=" and ".join(away),
            )


def _is_for(tcp: Object, port: int) -> bool:
    conditions = tcp.get("match") or [{}]
    return any(
        condition.get("port") in (None, port)
        and _SIDECARS in (condition.get("gateways") or [_SIDECARS])
        for condition in conditions
    )


def _destinations(spec: Object) -> Iterator[Object]:
    for kind in ("http", "tcp", "tls"):
        for rule in spec.get(kind) or ():
            for each in rule.get("route") or ():
                yield each["destination"]


def _delegates(spec: Object) -> str:
    """Name whom a root VirtualService leaves its routes to."""
    names = [
        f"{rule['delegate'].get('namespace', '')}/{rule['delegate']['name']}".removeprefix("/")
        for rule in spec.get("http") or ()
        if rule.get("delegate")
    ]
    return f" (which delegates to {' and '.join(names)})" if names else ""


def _full(host: str, namespace: str) -> str:
    """Write a Service's host in full, as istiod reads a short one: in the route's own namespace."""
    if "." not in host and host != "*":
        return f"{host}.{namespace}.{_CLUSTER}"
    return host
