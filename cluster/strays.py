"""What others have set in an object of this program's: the fields that are theirs alone.

The API server knows of each field who has set it. Who changes one by hand takes it over, and who
adds one owns it. What applies a part of an object leaves what others have added alone, and a list
that somebody took over looks to the Kubernetes provider as it should as far as it goes.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

from __future__ import annotations

import json
import re
from collections.abc import Iterator, Mapping
from typing import Any

from cluster.former import merge
from cluster.mark import HAND, MANAGER

_NOT_OURS_TO_SAY = ("f:metadata", "f:status")
"""Labels and annotations of others stay theirs, and a status is the cluster's."""

_RESTARTED = 'spec.template.metadata.annotations["kubectl.kubernetes.io/restartedAt"]'
"""`kubectl rollout restart` changes nothing but the time at which pods were made."""

_PLAIN = re.compile(r"\w+", re.ASCII)


def strays(found: Mapping[str, Any]) -> dict[str, str]:
    """Name what others have set in an object that this program applies: path -> who.

    Args:
        found: The object; a field that this program has set to the same value is no stray.
    """
    ours: dict[str, Any] = {}
    theirs: list[tuple[str, Mapping[str, Any]]] = []
    for entry in found["metadata"].get("managedFields") or []:
        fields = entry.get("fieldsV1", {})
        if entry["manager"] in (MANAGER, HAND):
            merge(ours, fields)
        else:
            theirs.append((entry["manager"], fields))
    return {
        path: manager
        for manager, fields in theirs
        for path in _alone(_of_content(fields), ours, "")
        if path != _RESTARTED
    }


def _of_content(fields: Mapping[str, Any]) -> Mapping[str, Any]:
    return {key: inner for key, inner in fields.items() if key not in _NOT_OURS_TO_SAY}


def _alone(theirs: Mapping[str, Any], ours: Mapping[str, Any], within: str) -> Iterator[str]:
    """Give the paths in the one that are not in the other; an item of a list is one."""
    for key, inner in theirs.items():
        if key == ".":
            continue
        path = _joined(within, key)
        if key in ours:
            yield from _alone(inner, ours[key], path)
        elif inner.keys() <= {"."} or not key.startswith("f:"):
            yield path
        else:
            yield from _alone(inner, {}, path)


def _joined(within: str, key: str) -> str:
    """Write one step of a path: `f:` is a field, `k:` an item by its key, `v:` one by its value."""
    kind, _, name = key.partition(":")
    if kind == "k":
        return f"{within}[{' '.join(map(str, json.loads(name).values()))}]"
    if kind != "f":
        return f"{within}[{name}]"
    if not _PLAIN.fullmatch(name):
        return f'{within}["{name}"]'
    return f"{within}.{name}" if within else name
