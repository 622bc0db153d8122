"""A pod like those of ratings-v2-mysql, for the API server to say whether it would take it."""

from __future__ import annotations

from collections.abc import Mapping
from typing import Any

from mesh.egress import pod_annotations
from settings import Settings


def would_be_pod(settings: Settings) -> Mapping[str, Any]:
    """Describe it; what no rule of admission looks at is left out."""
    # It loads Pulumi's SDK, which a run of the program has loaded already.
    from components.workload import LABELS, pod_spec  # noqa: PLC0415

    spec = pod_spec(
        {
            "hold": {"cluster": "", "namespace": settings.namespace, "owner": "", "adopt": []},
            "image": settings.image,
            "host": settings.host,
            "port": settings.port,
            "user": settings.reader,
            "secret_name": "of-no-account",
            "secret_key": "password",
        }
    )
    metadata = {
        "generateName": "ratings-v2-mysql-",
        "labels": LABELS,
        "annotations": pod_annotations(settings.egress, settings.blocks(), settings.port),
    }
    return {"apiVersion": "v1", "kind": "Pod", "metadata": metadata, "spec": spec}
