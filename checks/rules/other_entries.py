"""Other ServiceEntries and Services that ask sidecars to listen for the same connections.

What comes of it is in `mesh/collisions.py`, as istiod builds Envoy's listeners.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import Any

from checks.facts.cluster import Cluster
from checks.facts.gathering import Facts, Need
from checks.facts.mesh import ControlPlane, meshed, visible
from checks.facts.seen import seen
from checks.finding import Finding, Message, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from cluster.mark import PURPOSE, annotations_of
from components.external_service import NAME
from mesh.collisions import Clash, Collision, Listening, blocks_of, collisions
from mesh.egress import Egress, Entry, service_entry_spec
from mesh.visibility import name_of, namespace_of, rank
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("addresses", "cluster")
WHEN = BEFORE_A_CHANGE

_WELL_KNOWN = {25: "TCP", 53: "TCP", 3306: "TCP", 27017: "TCP"}
"""Ports of a Service whose protocol Envoy does not find out, where the Service does not say."""
_MAKE_WAY = "have it make way: another port, other addresses, or an exportTo without {namespace}"

FREE = ok("nothing else listens for {addresses} port {port}")
TAKEN = failure(
    f"{PROJECT}:host: {{who}} has {{where}} port {{port}} too and comes first: Envoy takes the "
    "pods' "
    "connections to its endpoints, credentials included, and not to {host}",
    _MAKE_WAY,
)
MUTE = failure(
    f"{PROJECT}:port: {{who}} has Envoy look at what a client sends first on {{where}} port "
    f"{{port}}, "
    "and MySQL's server is the one that begins: connections to {host} hang",
    "have it name the protocol TCP, or make way: another port, or an exportTo without {namespace}",
)
READ = failure(
    f"{PROJECT}:protocol: {{who}} has {{where}} port {{port}} too, comes first, and is of another "
    "protocol: Envoy leaves this stack's ServiceEntry out",
    _MAKE_WAY,
)
COUNTED = warning(
    f"{PROJECT}:host: {{who}} has {{where}} port {{port}} too and comes first: connections reach "
    "{host}, but under its name and with its rules",
    _MAKE_WAY,
)
LEFT_OUT = warning(
    f"{PROJECT}:host: {{who}} has {{where}} port {{port}} too and comes after this stack's: "
    "connections that pods in {namespace} make to it go where they dial",
    "see whether somebody there needs it",
)
WITHIN = warning(
    f"{PROJECT}:cidrs: {{who}} has {{where}} port {{port}}, within this stack's blocks: Envoy "
    "takes "
    "connections to it to its endpoints",
    "give narrower blocks if the database has an address there",
)
REST = warning(
    f"{PROJECT}:port: {{who}} has no address, and Envoy takes to it every connection to port "
    f"{{port}} "
    "that is to no address of a ServiceEntry: those to {host} too, credentials included, once it "
    "has a new address or this entry is away",
    "give it addresses, or another port",
)

_MESSAGES: dict[Clash, Message] = {
    Clash.TAKEN: TAKEN,
    Clash.MUTE: MUTE,
    Clash.READ: READ,
    Clash.COUNTED: COUNTED,
    Clash.LEFT_OUT: LEFT_OUT,
    Clash.WITHIN: WITHIN,
    Clash.REST: REST,
}


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare with all that sidecars of the namespace see."""
    settings = facts.settings
    if settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    cluster, plane = meshed(facts)
    ours = _ours(facts, cluster)
    found = [
        collision
        for theirs in (
            *_entries(cluster, plane, settings.namespace),
            *_services(cluster, plane, settings.namespace),
        )
        for collision in collisions(ours, theirs)
        if not _is_past(settings.egress, collision)
    ]
    for collision in found:
        yield _MESSAGES[collision.clash](
            who=collision.who,
            where=collision.where,
            port=settings.port,
            host=settings.host,
            namespace=settings.namespace,
        )
    if not found:
        addresses = ", ".join(map(str, ours.blocks)) or settings.host
        yield FREE(addresses=addresses, port=settings.port)


def _is_past(egress: Egress, collision: Collision) -> bool:
    """Say whether it is about the shared listener, where pods dial an address of the mesh's own."""
    return egress is Egress.MESH_DNS and collision.clash in (Clash.MUTE, Clash.READ, Clash.WITHIN)


def _ours(facts: Facts, cluster: Cluster) -> Listening:
    settings = facts.settings
    standing = next(
        (
            each
            for each in seen(cluster.lists["serviceentries"])
            if _is_ours(each, settings.namespace)
        ),
        None,
    )
    thing: Object = standing or {
        "metadata": {"name": NAME, "namespace": settings.namespace, "creationTimestamp": ""}
    }
    hosts = [settings.host, *settings.additional_hosts]
    said: Entry = {
        "hosts": hosts,
        "port": settings.port,
        "addresses": facts.blocks(),
        "protocol": settings.protocol,
        "export_to": settings.export_to,
    }
    spec: Mapping[str, Any] = service_entry_spec(settings.egress, said)
    return Listening(
        what=f"ServiceEntry {settings.namespace}/{NAME}",
        hosts=frozenset(hosts),
        blocks=blocks_of(spec.get("addresses", ())),
        port=settings.port,
        protocol=settings.protocol,
        resolution=spec["resolution"],
        rank=rank(thing, settings.export_to, settings.host),
    )


def _is_ours(entry: Object, namespace: str) -> bool:
    """Say whether it is the stack's: while the database moves, there is one of a longer name."""
    name = name_of(entry)
    moved = name.startswith(f"{NAME}-") and PURPOSE in annotations_of(entry)
    return (name == NAME or moved) and namespace_of(entry) == namespace


def _entries(cluster: Cluster, plane: ControlPlane, viewer: str) -> Iterator[Listening]:
    for entry, export_to in visible("ServiceEntry", "serviceentries", cluster, plane, viewer):
        spec = entry["spec"]
        if _is_ours(entry, viewer):
            continue
        if (
            spec.get("workloadSelector")
            and not spec.get("addresses")
            and not spec.get("resolution")
        ):
            continue  # it listens for its own workloads alone
        for port in spec["ports"]:
            yield Listening(
                what=f"ServiceEntry {namespace_of(entry)}/{name_of(entry)}",
                hosts=frozenset(spec["hosts"]),
                blocks=blocks_of(spec.get("addresses") or ()),
                port=int(port["number"]),
                protocol=str(port.get("protocol", "")).upper(),
                resolution=spec.get("resolution") or "NONE",
                rank=rank(entry, export_to, min(spec["hosts"])),
            )


def _services(cluster: Cluster, plane: ControlPlane, viewer: str) -> Iterator[Listening]:
    for service, export_to in visible("Service", "services", cluster, plane, viewer):
        spec = service["spec"]
        addresses = [each for each in spec.get("clusterIPs") or () if each != "None"]
        for port in spec.get("ports") or () if spec.get("type") != "ExternalName" else ():
            protocol = _protocol(port)
            # A headless one listens for each of its pods, but for HTTP.
            if addresses or protocol == "HTTP":
                yield Listening(
                    what=f"Service {namespace_of(service)}/{name_of(service)}",
                    hosts=frozenset({f"{name_of(service)}.{namespace_of(service)}.svc"}),
                    blocks=blocks_of(addresses),
                    port=int(port["port"]),
                    protocol=protocol,
                    resolution="STATIC",
                    rank=rank(service, export_to),
                )


def _protocol(port: Object) -> str:
    """Read the protocol of a Service's port, as Istio does.

    https://istio.io/latest/docs/ops/configuration/traffic-management/protocol-selection/
    """
    if port.get("protocol") == "UDP":
        return "UDP"
    said = port.get("appProtocol") or str(port.get("name", "")).partition("-")[0]
    known = {"http": "HTTP", "http2": "HTTP2", "grpc": "GRPC", "kubernetes.io/h2c": "HTTP2"}
    known |= {name: name.upper() for name in ("tcp", "tls", "https", "mongo", "mysql", "redis")}
    return known.get(str(said).lower()) or _WELL_KNOWN.get(int(port["port"]), "")
