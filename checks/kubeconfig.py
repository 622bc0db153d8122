"""Which cluster is meant: its context has to be in a kubeconfig, or nothing is touched."""

from __future__ import annotations

import os
from pathlib import Path

import yaml

from settings import PROJECT, Settings


def context_problem(settings: Settings) -> str | None:
    """Say that no kubeconfig knows the context, if so: no other cluster is ever touched."""
    files = kubeconfigs(settings)
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


def kubeconfigs(settings: Settings) -> list[Path]:
    """Give the files that are there; of a name in several the first counts."""
    return [path for path in _paths(settings) if path.is_file()]


def _paths(settings: Settings) -> list[Path]:
    if settings.kubeconfig:
        return [Path(settings.kubeconfig).expanduser()]
    paths = os.environ.get("KUBECONFIG") or "~/.kube/config"
    return [Path(path).expanduser() for path in paths.split(os.pathsep) if path]


def _contexts(file: Path) -> list[str]:
    try:
        contexts = (yaml.safe_load(file.read_text()) or {}).get("contexts") or []
        # One without a name is nobody's, and keeps nobody from using another one.
        return [str(context["name"]) for context in contexts if dict(context).get("name")]
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError, TypeError, ValueError):
        raise ValueError(
            f"{file} cannot be read as a kubeconfig; mend it or name another"
        ) from None
