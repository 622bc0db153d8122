"""Which cluster is meant: its context has to be in a kubeconfig, or nothing is touched."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from cluster import kubeconfig
from cluster.api import Api
from settings import PROJECT, Settings


def context_problem(settings: Settings) -> str | None:
    """Say that no kubeconfig knows the context, if so: no other cluster is ever touched."""
    files = kubeconfig.files(settings.kubeconfig)
    try:
        known = kubeconfig.contexts(files)
    except ValueError as problem:
        return f"{PROJECT}:kubeconfig: {problem}"
    if settings.context in known:
        return None
    if not files:
        looked_at = ", ".join(map(str, kubeconfig.paths(settings.kubeconfig)))
        return (
            f"{PROJECT}:context: {settings.context!r} is unknown, for there is no kubeconfig at "
            f"{looked_at}; set KUBECONFIG or {PROJECT}:kubeconfig"
        )
    return (
        f"{PROJECT}:context: {settings.context!r} is no context of {', '.join(map(str, files))}; "
        f"there are: {', '.join(known) or 'none'}"
    )


def api_of(settings: Settings) -> Api:
    """Give the API server of a stack; one for all who ask.

    Raises:
        NotReached: This client cannot use the kubeconfig.
    """
    return _api_of(settings.context, tuple(kubeconfig.files(settings.kubeconfig)))


@cache
def _api_of(context: str, files: tuple[Path, ...]) -> Api:
    return Api(context, files)
