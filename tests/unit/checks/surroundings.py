"""What there is around a stack: all as it should be, for a test to change one thing of it."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from typing import Any

from checks.facts.cluster import Admission, Cluster
from checks.facts.gathering import Facts
from checks.facts.pod_dns import PodDns
from checks.facts.server import Certificate, Server
from mysql.admin import Admin
from mysql.driver import ServerFacts
from settings import PROJECT, Settings, load

HOST = "mysql.example.com"
ADDRESS = "198.51.100.7"
NAMESPACE = "default"
Object = dict[str, Any]

ADMIN = Admin(f"{HOST}:3306", "deployer", "typed-nowhere", "true")

CERTIFICATE = Certificate(
    subject=f"CN={HOST}",
    issuer="CN=authority",
    names=(HOST,),
    expires=datetime.now(UTC) + timedelta(days=300, hours=1),
)

SERVER = Server(
    login=ServerFacts("9.7.4", "caching_sha2_password", tls_only=False),
    variables={
        "max_connections": "151",
        "read_only": "OFF",
        "super_read_only": "OFF",
        "time_zone": "SYSTEM",
        "system_time_zone": "UTC",
    },
    connected=3,
    ahead=timedelta(seconds=0.2),
    certificate=CERTIFICATE,
    untrusted="",
    untrusted_by_pods="",
    lacking=(),
)


def thing(name: str, namespace: str = NAMESPACE, **rest: Any) -> Object:
    """Give an object as the API has it."""
    metadata = {"name": name, "namespace": namespace, **rest.pop("metadata", {})}
    metadata.setdefault("creationTimestamp", "2026-01-01T00:00:00Z")
    return {"metadata": metadata, **rest}


def service(name: str, namespace: str = NAMESPACE, **spec: Any) -> Object:
    """Give a Service on port 9080, if nothing else is said."""
    ports = [{"name": "http", "port": 9080}]
    return thing(name, namespace, spec={"clusterIPs": ["10.96.0.9"], "ports": ports, **spec})


def pod(app: str, version: str, *containers: Object) -> Object:
    """Give a pod of a version of a service."""
    labels = {"app": app, "version": version}
    spec = {"containers": [{"name": app, "image": f"bookinfo/{app}:1"}, *containers]}
    return thing(f"{app}-{version}", metadata={"labels": labels}, spec=spec)


def proxy(version: str) -> Object:
    """Give a sidecar."""
    return {"name": "istio-proxy", "image": f"registry.istio.io/release/proxyv2:{version}"}


def destination_rule(name: str, host: str = "", namespace: str = NAMESPACE, **spec: Any) -> Object:
    """Give a DestinationRule."""
    return thing(name, namespace, spec={"host": host or name, **spec})


def route(name: str, *hosts: str, namespace: str = NAMESPACE, **spec: Any) -> Object:
    """Give a VirtualService."""
    return thing(name, namespace, spec={"hosts": list(hosts), **spec})


def entry(name: str, *addresses: str, namespace: str = "shop", **spec: Any) -> Object:
    """Give a ServiceEntry for port 3306, which is older than that of the stack."""
    ports = [{"name": "tcp", "number": 3306, "protocol": "TCP"}]
    return thing(
        name,
        namespace,
        spec={
            "hosts": [f"{name}.example.org"],
            "addresses": list(addresses),
            "ports": ports,
            "resolution": "STATIC",
            **spec,
        },
    )


def mesh_config(text: str = "outboundTrafficPolicy: {mode: REGISTRY_ONLY}") -> Object:
    """Give the ConfigMap of the control plane."""
    return thing("istio", "istio-system", data={"mesh": text})


def istiod(version: str = "1.31.0", revision: str = "default") -> Object:
    """Give a control plane's Deployment."""
    containers = [{"name": "discovery", "image": f"registry.istio.io/release/pilot:{version}"}]
    return thing(
        "istiod",
        "istio-system",
        metadata={"labels": {"istio.io/rev": revision}},
        spec={"template": {"spec": {"containers": containers}}},
    )


def namespace(**labels: str) -> Object:
    """Give the stack's namespace."""
    return thing(NAMESPACE, "", metadata={"labels": labels})


LISTS: Mapping[str, list[Object]] = {
    "services": [service("reviews"), service("ratings")],
    "serviceentries": [],
    "sidecars": [],
    "virtualservices": [],
    "destinationrules": [
        destination_rule("reviews", subsets=[{"name": "v1"}, {"name": "v3"}]),
        destination_rule("ratings", subsets=[{"name": "v1"}, {"name": "v2-mysql"}]),
    ],
    "pods": [pod("reviews", "v3", proxy("1.31.0"))],
    "resourcequotas": [],
}

CLUSTER = Cluster(
    version="v1.37.2",
    identity="deployer",
    kinds=frozenset({"ServiceEntry", "VirtualService", "DestinationRule", "Sidecar"}),
    namespace=namespace(**{"istio-injection": "enabled"}),
    lists=LISTS,
    config_maps=[mesh_config()],
    istiods=[istiod()],
    ztunnels=[],
    injectors=[
        thing("istio-sidecar-injector", "", metadata={"labels": {"istio.io/rev": "default"}})
    ],
    refused=[],
    admission=Admission(
        pod={
            "spec": {
                "initContainers": [{"name": "istio-proxy", "restartPolicy": "Always"}],
                "containers": [
                    {
                        "name": "ratings",
                        "resources": {
                            "requests": {"cpu": "20m", "memory": "64Mi"},
                            "limits": {"cpu": "500m", "memory": "256Mi"},
                        },
                    }
                ],
            }
        }
    ),
)


def settings(**given: object) -> Settings:
    """Give the least settings, and these."""
    needed = {"host": HOST, "context": "tests", "image": "bookinfo-ratings-mysql2:1.20.3"}
    return load({f"{PROJECT}:{name}": value for name, value in {**needed, **given}.items()})


def facts(**changed: Any) -> Facts:
    """Give all that there is, with some of it changed: a fact, or `settings` as a mapping."""
    given = changed.pop("settings", {})
    known = {
        "addresses": [f"{ADDRESS}/32"],
        "server": SERVER,
        "cluster": CLUSTER,
        "pod_dns": PodDns("ratings-1", captured=False, addresses={HOST: [ADDRESS]}),
        "admin": ADMIN,
        **changed,
    }
    return Facts(settings=settings(**given), **known)


def server(**changed: Any) -> Server:
    """Give the server with some of it changed; variables are added."""
    variables = {**SERVER.variables, **changed.pop("variables", {})}
    return replace(SERVER, variables=variables, **changed)


def cluster(**changed: Any) -> Cluster:
    """Give the cluster with some of it changed; lists of kinds are added to."""
    lists = dict(CLUSTER.lists)
    for kind in list(changed):
        if kind in lists:
            lists[kind] = [*LISTS[kind], *changed.pop(kind)]
    return replace(CLUSTER, lists=changed.pop("lists", lists), **changed)
