"""Pods that count on an object: it goes after the last of them.

A deployer who may not see pods waits for none.
"""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from time import monotonic

from cluster.api import Api, Object, Refused
from cluster.kinds import KINDS, Named
from cluster.references import needs
from provider.api_server import ClusterProblem

_SECONDS_OF_USE = 120
"""More than pods of ours take to end, which may answer until they do."""
_SECONDS_TO_END = 60
"""How long pods that end are waited for: longer than theirs may take."""


def wait_until_unused(api: Api, what: Named) -> None:
    """Wait until no pod needs a Secret or ConfigMap.

    Raises:
        ClusterProblem: One needs it for longer.
    """
    until = monotonic() + _SECONDS_OF_USE
    while users := _users(api, what):
        for pod in users:
            if not _is_gone(api, pod, what.namespace, until):
                account = ", and the account whose password it has" * (what.kind == "Secret")
                raise ClusterProblem(
                    f"{what} stays{account}, for pod {pod['metadata']['name']} uses it for more "
                    f"than {_SECONDS_OF_USE} s; see why it does not end, and run it again"
                )


def wait_for_those_that_end(api: Api, namespace: str, labels: Mapping[str, str]) -> None:
    """Wait for the pods with these labels that end, for a while."""
    selector = ",".join(f"{key}={value}" for key, value in labels.items())
    until = monotonic() + _SECONDS_TO_END
    for pod in _listed(api, namespace, labelSelector=selector):
        if "deletionTimestamp" in pod["metadata"]:
            _is_gone(api, pod, namespace, until)


def _users(api: Api, what: Named) -> Sequence[Object]:
    pods = _listed(api, what.namespace)
    return [pod for pod in pods if needs(pod, what.kind, what.name)]


def _listed(api: Api, namespace: str, **query: str) -> Sequence[Object]:
    try:
        found = api.get(KINDS["Pod"].path(namespace), **query) or {}
    except Refused as refused:
        if not refused.is_forbidden:
            raise
        return []
    pods: Sequence[Object] = found.get("items", [])
    return pods


def _is_gone(api: Api, pod: Object, namespace: str, until: float) -> bool:
    path = KINDS["Pod"].path(namespace, pod["metadata"]["name"])
    return api.is_gone(path, pod, until - monotonic())
