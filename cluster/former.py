"""What an adopted object was before, and how it is taken over and given back.

The API server knows of each field who set it, and what applies a part of an object leaves the rest
alone. So the fields of its spec are handed to this program first: then that it does not set them is
to remove them, as with an object that it made. Labels and annotations of others stay theirs.
https://kubernetes.io/docs/reference/using-api/server-side-apply/#transferring-ownership
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Mapping
from copy import deepcopy
from typing import Any

from cluster.mark import FORMER, MANAGER, PREFIX, Mark, annotations_of

Object = Mapping[str, Any]
Fields = dict[str, Any]

_METADATA = "f:metadata"
_PLUGIN = "pulumi.com/"


def former(found: Object) -> str:
    """Write down what an object is before it is taken over."""
    metadata = found["metadata"]
    return json.dumps(
        {
            "spec": found.get("spec", {}),
            "labels": metadata.get("labels") or {},
            "annotations": dict(annotations_of(found)),
            "managedFields": _without_status(metadata.get("managedFields") or []),
        },
        sort_keys=True,
        separators=(",", ":"),
    )


def taken_over(found: Object, mark: Mark, *, ours: bool) -> Object:
    """Give the merge patch that takes an object over, as it is now.

    Args:
        found: The object.
        mark: The mark that it is to have.
        ours: Whether it has been this stack's before: then what it was is known already.
    """
    metadata = found["metadata"]
    was = {} if ours else {FORMER: former(found)}
    return {
        "metadata": {
            "resourceVersion": metadata["resourceVersion"],
            "annotations": {**mark.annotations, **was},
            "managedFields": _handed_over(metadata.get("managedFields") or [], found["apiVersion"]),
        }
    }


def given_back(found: Object, was: str) -> dict[str, Any]:
    """Give an object as it was before; what others have changed beside it since stays."""
    before = json.loads(was)
    managed = found["metadata"].get("managedFields") or []
    back = deepcopy(dict(found))
    back["spec"] = before["spec"]
    for part in ("labels", "annotations"):
        ours = _keys(managed, part)
        now = found["metadata"].get(part) or {}
        kept = {key: value for key, value in now.items() if not _is_ours(key, ours)}
        # The plugin takes over what `kubectl apply` has set, and drops it: it is put back.
        back["metadata"][part] = {**before[part], **kept}
    back["metadata"]["managedFields"] = _as_before(before["managedFields"], managed)
    return back


def without_subsets_of(was: str, rule: Object) -> dict[str, Any]:
    """Give a DestinationRule with only the subsets that it did not have before."""
    named = {subset["name"] for subset in json.loads(was)["spec"].get("subsets") or []}
    subsets = rule.get("spec", {}).get("subsets") or []
    ours = [subset for subset in subsets if subset["name"] not in named]
    return {**rule, "spec": {**rule.get("spec", {}), "subsets": ours}}


def _is_ours(key: str, ours: set[str]) -> bool:
    return key in ours or key.startswith((PREFIX, _PLUGIN))


def _keys(managed: Iterable[Object], part: str) -> set[str]:
    """Give the labels or annotations that this program sets."""
    return {
        key.removeprefix("f:")
        for entry in managed
        if entry["manager"] == MANAGER
        for key in entry.get("fieldsV1", {}).get(_METADATA, {}).get(f"f:{part}", {})
    }


def _without_status(managed: Iterable[Object]) -> list[Object]:
    return [entry for entry in managed if not entry.get("subresource")]


def _as_before(before: list[Object], managed: Iterable[Object]) -> list[Object]:
    return [*before, *(entry for entry in managed if entry.get("subresource"))]


def _handed_over(managed: Iterable[Object], api_version: str) -> list[Object]:
    """Make this program the owner of all fields but labels, annotations and status."""
    kept: list[Object] = []
    ours: Fields = {}
    for entry in managed:
        if entry.get("subresource"):
            kept.append(entry)
            continue
        fields = dict(entry.get("fieldsV1", {}))
        metadata = fields.pop(_METADATA, None)
        merge(ours, fields)
        if metadata:
            kept.append({**entry, "fieldsV1": {_METADATA: metadata}})
    if not ours:
        return kept
    mine = {
        "manager": MANAGER,
        "operation": "Apply",
        "apiVersion": api_version,
        "fieldsType": "FieldsV1",
        "fieldsV1": ours,
    }
    return [*kept, mine]


def merge(into: Fields, fields: Mapping[str, Any]) -> None:
    """Add fields to others, as the API server writes them down."""
    for key, inner in fields.items():
        merge(into.setdefault(key, {}), inner)
