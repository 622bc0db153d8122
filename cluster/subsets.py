"""Which routes use the subsets that a DestinationRule names.

https://istio.io/latest/docs/reference/config/networking/virtual-service/#Destination
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator, Mapping
from typing import Any

Object = Mapping[str, Any]


def users(rule: Object, services: Iterable[Object]) -> list[str]:
    """Name the VirtualServices that route to a subset of a rule, each with the subset."""
    spec = rule.get("spec", {})
    named = {subset["name"] for subset in spec.get("subsets") or []}
    host = _resolved(spec.get("host", ""), rule["metadata"]["namespace"])
    found = {
        f"VirtualService {service['metadata']['namespace']}/{service['metadata']['name']} "
        f"(subset {destination['subset']})"
        for service in services
        for destination in _destinations(service.get("spec", {}))
        if destination.get("subset") in named
        and _resolved(destination.get("host", ""), service["metadata"]["namespace"]) == host
    }
    return sorted(found)


def _destinations(spec: Object) -> Iterator[Object]:
    for protocol in ("http", "tcp", "tls"):
        for rule in spec.get(protocol) or []:
            for route in [*(rule.get("route") or []), *(rule.get("mirrors") or [])]:
                yield route.get("destination") or {}
            yield rule.get("mirror") or {}


def _resolved(host: str, namespace: str) -> str:
    """Give a Service's name without the cluster's domain; a short one is of its own namespace."""
    if "." not in host:
        return f"{host}.{namespace}.svc"
    name, dot, _ = host.partition(".svc.")
    return f"{name}.svc" if dot else host
