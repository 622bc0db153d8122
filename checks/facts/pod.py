"""A pod like those of ratings-v2-mysql, for the API server to say whether it would take it."""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

from mesh.egress import pod_annotations
from settings import Settings

_UNDERSCORED = re.compile(r"_([a-z])")
_KEYWORDS = {"exec_": "exec"}


def would_be_pod(settings: Settings) -> Mapping[str, Any]:
    """Describe it as the API takes it; what no rule of admission looks at is left out."""
    # It loads Pulumi's SDK, which a run of the program has loaded already.
    from components.workload import LABELS, pod_spec  # noqa: PLC0415

    spec = _as_the_api_has_it(
        pod_spec(
            {
                "hold": {
                    "cluster": "",
                    "namespace": settings.namespace,
                    "owner": "",
                    "adopt": [],
                },
                "image": settings.image,
                "host": settings.host,
                "port": settings.port,
                "user": settings.reader,
                "secret_name": "of-no-account",
                "secret_key": "password",
            }
        )
    )
    metadata = {
        "generateName": "ratings-v2-mysql-",
        "labels": LABELS,
        "annotations": pod_annotations(settings.egress, settings.blocks(), settings.port),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}


def _as_the_api_has_it(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Write what the Kubernetes provider takes in the API's own words; an output is some text."""
    if isinstance(value, Mapping):
        return {
            _KEYWORDS.get(name) or _UNDERSCORED.sub(lambda found: found[1].upper(), name): (
                _as_the_api_has_it(inner)
            )
            for name, inner in value.items()
        }
    if isinstance(value, list):
        return [_as_the_api_has_it(inner) for inner in value]
    return value if isinstance(value, str | int) else ""
