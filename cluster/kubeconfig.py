"""Which kubeconfigs count, and which contexts they know."""

from __future__ import annotations

import os
from collections.abc import Sequence
from pathlib import Path

import yaml


def paths(kubeconfig: str) -> list[Path]:
    """Give where kubeconfigs are looked for, as kubectl does: a path, or empty for its default."""
    if kubeconfig:
        return [Path(kubeconfig).expanduser()]
    given = os.environ.get("KUBECONFIG") or "~/.kube/config"
    return [Path(path).expanduser() for path in given.split(os.pathsep) if path]


def files(kubeconfig: str) -> list[Path]:
    """Give those that are there; of a name in several the first counts."""
    return [path for path in paths(kubeconfig) if path.is_file()]


def contexts(kubeconfigs: Sequence[Path]) -> list[str]:
    """Give the names of all contexts.

    Raises:
        ValueError: A file is no kubeconfig.
    """
    return [name for file in kubeconfigs for name in _contexts(file)]


def _contexts(file: Path) -> list[str]:
    try:
        # By libyaml, where PyYAML has it, in a tenth of the time: every run begins with this.
        loader = getattr(yaml, "CSafeLoader", yaml.SafeLoader)
        known = yaml.load(file.read_text(), loader)  # noqa: S506 - both are safe
        found = (known or {}).get("contexts") or []
        # One without a name is nobody's, and keeps nobody from using another one.
        return [str(context["name"]) for context in found if dict(context).get("name")]
    except (OSError, UnicodeError, yaml.YAMLError, AttributeError, TypeError, ValueError):
        raise ValueError(
            f"{file} cannot be read as a kubeconfig; mend it or name another"
        ) from None
