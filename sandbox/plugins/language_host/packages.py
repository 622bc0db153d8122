"""Lists a Python environment's packages as JSON; run by that environment's own interpreter.

Each entry has ``name``, ``version``, ``required`` (whether another package asks for it) and
``plugin`` (the package's ``pulumi-plugin.json``, or null).
"""

from __future__ import annotations

import json
import re
import sys
from importlib.metadata import Distribution, distributions
from importlib.util import find_spec
from pathlib import Path
from typing import Any


def canonical(name: str) -> str:
    """A distribution's name as the packaging specifications compare it."""
    return re.sub(r"[-_.]+", "-", name).lower()


def requirements(distribution: Distribution) -> list[str]:
    """The canonical names of what a distribution asks for, extras left out."""
    return [
        canonical(re.split(r"[^\w.-]", requirement, maxsplit=1)[0])
        for requirement in distribution.requires or []
        if "extra ==" not in requirement
    ]


def plugin_of(name: str) -> dict[str, Any] | None:
    """What ``pulumi-plugin.json`` says in the package of that distribution, if it has one."""
    if not name.startswith("pulumi-"):
        return None
    spec = find_spec(name.replace("-", "_"))
    for folder in (spec and spec.submodule_search_locations) or []:
        file = Path(folder) / "pulumi-plugin.json"
        if file.is_file():
            plugin: dict[str, Any] = json.loads(file.read_text())
            return plugin
    return None


def installed() -> list[dict[str, Any]]:
    """Every distribution that this interpreter can import, by name."""
    found = {canonical(each.metadata["Name"]): each for each in distributions()}
    required = {name for each in found.values() for name in requirements(each)}
    return [
        {
            "name": name,
            "version": each.version,
            "required": name in required,
            "plugin": plugin_of(name),
        }
        for name, each in sorted(found.items())
    ]


if __name__ == "__main__":
    json.dump(installed(), sys.stdout)
