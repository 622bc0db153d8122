"""The cluster: is it the one meant, is Istio there, is Bookinfo's wiring."""

from __future__ import annotations

import os
from collections.abc import Iterator, Mapping
from functools import cache
from pathlib import Path
from typing import TYPE_CHECKING, Any

import yaml

from components.routing import ROUTES
from mesh.egress import Egress
from settings import PROJECT, Settings

# lightkube takes a fifth of a second to import, and a run without changes never needs it.
if TYPE_CHECKING:
    from lightkube import Client
    from lightkube.generic_resource import GenericGlobalResource, GenericNamespacedResource

_ISTIO = "networking.istio.io"
_PLURALS = {
    "Deployment": "deployments",
    "DestinationRule": "destinationrules",
    "ServiceEntry": "serviceentries",
    "VirtualService": "virtualservices",
}
_TIMEOUT = 10
_NOT_FOUND = 404


def context_problem(settings: Settings) -> str | None:
    """Say that no kubeconfig knows the context, if so: no other cluster is ever touched."""
    files = _kubeconfigs(settings)
    try:
        known = [name for file in files for name in _contexts(file)]
    except ValueError as problem:
        return f"{PROJECT}:kubeconfig: {problem}"
    if settings.context in known:
        return None
    if not files:
        looked_at = ", ".join(map(str, _paths(settings)))
        return (
            f"{PROJECT}:context: {settings.context!r} is unknown, for there is no kubeconfig at "
            f"{looked_at}; set KUBECONFIG or {PROJECT}:kubeconfig"
        )
    return (
        f"{PROJECT}:context: {settings.context!r} is no context of {', '.join(map(str, files))}; "
        f"there are: {', '.join(known) or 'none'}"
    )


def problems(settings: Settings) -> Iterator[str]:
    """Say what the cluster lacks: one line each."""
    from httpx2 import HTTPError  # noqa: PLC0415
    from lightkube import ApiError  # noqa: PLC0415
    from lightkube.core.exceptions import ConfigError  # noqa: PLC0415

    try:
        yield from _missing(client_of(settings), settings)
    except ApiError as error:
        said = error.status.message
        yield f"{PROJECT}:context: the API server of {settings.context} refused: {said}"
    except (HTTPError, ConfigError, OSError) as error:
        yield (
            f"{PROJECT}:context: the API server of {settings.context} does not answer: {error}; "
            f"try `kubectl --context {settings.context} get --raw /readyz`"
        )


def _missing(client: Client, settings: Settings) -> Iterator[str]:
    if get(client, "v1", "Namespace", None, settings.namespace) is None:
        yield (
            f"{PROJECT}:namespace: {settings.namespace!r} is not in {settings.context}; "
            f"create it, or give the one that Bookinfo runs in"
        )
        return
    lacking = [kind for kind in _needed(settings) if not _serves(client, kind)]
    if lacking:
        yield (
            f"{PROJECT}:context: {settings.context} does not serve {', '.join(lacking)} of "
            f"{_ISTIO}/v1; install Istio 1.22 or newer there"
        )
        return
    if settings.routing and not settings.destination_rules:
        for service, subset in ROUTES.items():
            rule = get(client, f"{_ISTIO}/v1", "DestinationRule", settings.namespace, service)
            if subset not in _subsets(rule):
                yield (
                    f"{PROJECT}:routing: no DestinationRule {settings.namespace}/{service} names "
                    f"the subset {subset}; apply Bookinfo's default destination rules, or set "
                    f"{PROJECT}:destinationRules to true"
                )


def _needed(settings: Settings) -> list[str]:
    wanted = {
        "ServiceEntry": settings.egress not in (Egress.BYPASS, Egress.OFF),
        "VirtualService": settings.routing,
        "DestinationRule": settings.routing or settings.destination_rules,
    }
    return [kind for kind, is_wanted in wanted.items() if is_wanted]


def _serves(client: Client, kind: str) -> bool:
    crd = get(
        client,
        "apiextensions.k8s.io/v1",
        "CustomResourceDefinition",
        None,
        f"{_PLURALS[kind]}.{_ISTIO}",
    )
    versions = (crd or {}).get("spec", {}).get("versions", [])
    return any(version["name"] == "v1" and version["served"] for version in versions)


def _subsets(rule: Mapping[str, Any] | None) -> list[str]:
    return [subset["name"] for subset in (rule or {}).get("spec", {}).get("subsets", [])]


def get(
    client: Client, api_version: str, kind: str, namespace: str | None, name: str
) -> Mapping[str, Any] | None:
    """Read an object; None where there is none of that name.

    Raises:
        ApiError: The API server refuses.
        HTTPError: It does not answer.
    """
    from lightkube import ApiError  # noqa: PLC0415

    try:
        if namespace:
            return dict(client.get(_namespaced(api_version, kind), name, namespace=namespace))
        return dict(client.get(_global(api_version, kind), name))
    except ApiError as error:
        if error.status.code == _NOT_FOUND:
            return None
        raise


# lightkube refuses to make the class of a core kind a second time.
@cache
def _namespaced(api_version: str, kind: str) -> type[GenericNamespacedResource]:
    from lightkube.generic_resource import create_namespaced_resource  # noqa: PLC0415

    return create_namespaced_resource(*_group_version(api_version), kind, _plural(kind))


@cache
def _global(api_version: str, kind: str) -> type[GenericGlobalResource]:
    from lightkube.generic_resource import create_global_resource  # noqa: PLC0415

    return create_global_resource(*_group_version(api_version), kind, _plural(kind))


def _group_version(api_version: str) -> tuple[str, str]:
    group, _, version = api_version.rpartition("/")
    return group, version


def _plural(kind: str) -> str:
    return _PLURALS.get(kind, f"{kind.lower()}s")


def client_of(settings: Settings) -> Client:
    """Give the client of the context's API server; one for all who ask."""
    return _client_of(settings.context, tuple(_kubeconfigs(settings)))


@cache
def _client_of(context: str, files: tuple[Path, ...]) -> Client:
    from httpx2 import Timeout  # noqa: PLC0415
    from lightkube import Client, KubeConfig  # noqa: PLC0415

    # Of a name in several files the first counts, and here the last one would.
    contents = [yaml.safe_load(file.read_text()) or {} for file in reversed(files)]
    merged = {
        kind: [entry for content in contents for entry in content.get(kind) or []]
        for kind in ("clusters", "contexts", "users")
    }
    # A path in a kubeconfig is relative to its file; across files, to the context's.
    home = next(file for file in files if context in _contexts(file))
    return Client(KubeConfig.from_dict(merged, home).get(context), timeout=Timeout(_TIMEOUT))


def _kubeconfigs(settings: Settings) -> list[Path]:
    return [path for path in _paths(settings) if path.is_file()]


def _paths(settings: Settings) -> list[Path]:
    if settings.kubeconfig:
        return [Path(settings.kubeconfig).expanduser()]
    paths = os.environ.get("KUBECONFIG") or "~/.kube/config"
    return [Path(path).expanduser() for path in paths.split(os.pathsep) if path]


def _contexts(file: Path) -> list[str]:
    try:
        contexts = (yaml.safe_load(file.read_text()) or {}).get("contexts") or []
        return [str(context["name"]) for context in contexts]
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError, KeyError, TypeError):
        raise ValueError(
            f"{file} cannot be read as a kubeconfig; mend it or name another"
        ) from None
