"""The wiring before and after, found as in a state, from what the engine says of each resource."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from picture.state import PictureProblem, parse
from picture.wiring import Wiring, wiring
from pull_request.steps import Side, Step

_SECRET = "reader-password"  # noqa: S105 - the resource's name


def before(steps: Iterable[Step]) -> Wiring | None:
    """Find the wiring as it is; None where there is none."""
    return _wired((step.urn, step.before) for step in steps)


def after(steps: Iterable[Step]) -> Wiring | None:
    """Find the wiring as it will be, as far as that is known; None where there will be none."""
    return _wired((step.urn, step.after) for step in steps)


def _wired(sides: Iterable[tuple[str, Side | None]]) -> Wiring | None:
    resources = [_named(_resource(urn, side)) for urn, side in sides if side is not None]
    try:
        return wiring(parse(json.dumps({"version": 3, "deployment": {"resources": resources}})))
    except PictureProblem:  # nothing is there, or it is another program's
        return None


def _resource(urn: str, side: Side) -> dict[str, Any]:
    return {
        "urn": urn,
        "outputs": {**side.inputs, **side.outputs},
        "provider": side.provider,
        "initErrors": list(side.init_errors),
    }


def _named(resource: dict[str, Any]) -> dict[str, Any]:
    """Name a Secret by its resource while its name is not known, for that is made of the password.

    What refers to it then lacks the name too.
    """
    of_program = resource["urn"].rpartition("::")[2]
    outputs = resource["outputs"]
    if "metadata" in outputs:
        outputs["metadata"] = {"name": of_program, **outputs["metadata"]}
    return {**resource, "outputs": _with_secrets_named(outputs)}


def _with_secrets_named(value: Any) -> Any:  # noqa: ANN401 - JSON
    if isinstance(value, list):
        return [_with_secrets_named(each) for each in value]
    if not isinstance(value, dict):
        return value
    return {
        key: {"name": _SECRET, **inner} if key == "secretKeyRef" else _with_secrets_named(inner)
        for key, inner in value.items()
    }
