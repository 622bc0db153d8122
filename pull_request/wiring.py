"""The wiring before and after, found as in a state, from what the engine says of each resource."""

from __future__ import annotations

import json
from collections.abc import Iterable
from typing import Any

from picture.state import PictureProblem, parse
from picture.wiring import Wiring, wiring
from pull_request.steps import Side, Step


def before(steps: Iterable[Step]) -> Wiring | None:
    """Find the wiring as it is; None where there is none."""
    return _wired((step.urn, step.before) for step in steps)


def after(steps: Iterable[Step]) -> Wiring | None:
    """Find the wiring as it will be, as far as that is known; None where there will be none."""
    return _wired((step.urn, step.after) for step in steps)


def _wired(sides: Iterable[tuple[str, Side | None]]) -> Wiring | None:
    resources = [_resource(urn, side) for urn, side in sides if side is not None]
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
