"""The mesh: what about it would make a ServiceEntry or a route of no effect.

Nothing here keeps anybody from going on: it can all be put right later, in any order.
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from typing import TYPE_CHECKING, Any

import yaml

from checks import cluster
from components.routing import ROUTES
from mesh.egress import Egress
from settings import PROJECT, Settings

if TYPE_CHECKING:
    from lightkube import Client

_CONTROL_PLANE = "istio-system"
_CONFIGURATION = "istio"
_REGISTRY_ONLY = "REGISTRY_ONLY"
_INJECTED_BY = {"istio-injection": "enabled", "istio.io/rev": None}


def warnings(settings: Settings) -> Iterator[str]:
    """Say what in the mesh is not as the article has it: one line each.

    https://istio.io/latest/blog/2018/egress-tcp/#before-you-begin
    """
    from httpx2 import HTTPError  # noqa: PLC0415 - as in checks.cluster
    from lightkube import ApiError  # noqa: PLC0415

    try:
        yield from _unlike_the_article(cluster.client_of(settings), settings)
    except ApiError as error:
        yield f"the mesh was not looked at: the API server refused: {error.status.message}"
    except HTTPError as error:
        yield f"the mesh was not looked at: the API server does not answer: {error}"


def _unlike_the_article(client: Client, settings: Settings) -> Iterator[str]:
    config = cluster.get(client, "v1", "ConfigMap", _CONTROL_PLANE, _CONFIGURATION)
    if config is None:
        yield (
            f"no Istio control plane was found in {settings.context} (ConfigMap "
            f"{_CONTROL_PLANE}/{_CONFIGURATION}): nothing may act on ServiceEntry and routes"
        )
        return
    policy = _outbound_policy(config)
    if policy != _REGISTRY_ONLY and settings.egress is not Egress.OFF:
        yield (
            f"{PROJECT}:egress: this mesh lets out what it does not know (outboundTrafficPolicy "
            f"{policy}): pods reach {settings.host} without a ServiceEntry too; for it to count, "
            f"set meshConfig.outboundTrafficPolicy.mode to {_REGISTRY_ONLY}"
        )
    namespace = cluster.get(client, "v1", "Namespace", None, settings.namespace) or {}
    if not _is_injected(namespace):
        yield (
            f"{PROJECT}:namespace: pods in {settings.namespace} get no sidecar; "
            f"`kubectl --context {settings.context} label namespace {settings.namespace} "
            f"istio-injection=enabled`, before the pods start"
        )
    if settings.routing:
        lacking = [
            service
            for service in ROUTES
            if cluster.get(client, "v1", "Service", settings.namespace, service) is None
        ]
        if lacking:
            yield (
                f"{PROJECT}:routing: {settings.namespace} has no Service {' and no '.join(lacking)}"
                f"; apply Bookinfo there, or set {PROJECT}:routing to false"
            )


def _outbound_policy(config: Mapping[str, Any]) -> str:
    mesh = yaml.safe_load((config.get("data") or {}).get("mesh") or "") or {}
    mode: str = (mesh.get("outboundTrafficPolicy") or {}).get("mode", "ALLOW_ANY")
    return mode


def _is_injected(namespace: Mapping[str, Any]) -> bool:
    labels = (namespace.get("metadata") or {}).get("labels") or {}
    return any(
        label in labels and wanted in (None, labels[label])
        for label, wanted in _INJECTED_BY.items()
    )
