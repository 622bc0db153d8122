"""Pods that need a Secret or ConfigMap: it goes after the last of them."""

from __future__ import annotations

from collections.abc import Sequence
from time import monotonic

from cluster.api import Api, Object, Refused
from cluster.kinds import Named
from cluster.references import needs
from provider.api_server import ClusterProblem

SECONDS = 120
"""More than pods of ours take to end, which may answer until they do."""


def wait_until_unused(api: Api, what: Named, seconds: float = SECONDS) -> None:
    """Wait until no pod needs an object; a deployer who may not see pods does not wait.

    Raises:
        ClusterProblem: One needs it for longer.
    """
    until = monotonic() + seconds
    while users := _users(api, what):
        for pod in users:
            path = f"/api/v1/namespaces/{what.namespace}/pods/{pod['metadata']['name']}"
            if not api.is_gone(path, pod, until - monotonic()):
                raise ClusterProblem(
                    f"{what} stays, and the account whose password it has, for pod "
                    f"{pod['metadata']['name']} uses it for more than {seconds:.0f} s; see why it "
                    "does not end, and run it again"
                )


def _users(api: Api, what: Named) -> Sequence[Object]:
    try:
        pods = api.get(f"/api/v1/namespaces/{what.namespace}/pods") or {}
    except Refused as refused:
        if not refused.is_forbidden:
            raise
        return []
    return [pod for pod in pods.get("items", []) if needs(pod, what.kind, what.name)]
