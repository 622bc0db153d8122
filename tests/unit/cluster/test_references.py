"""Which pods need a Secret or a ConfigMap."""

from __future__ import annotations

from typing import Any

import pytest

from cluster.references import needs

OF_SECRET: dict[str, dict[str, Any]] = {
    "one variable": {
        "containers": [
            {"env": [{"name": "A", "value": "b"}, {"valueFrom": {"secretKeyRef": {"name": "it"}}}]}
        ]
    },
    "all variables": {"initContainers": [{"envFrom": [{"secretRef": {"name": "it"}}]}]},
    "a volume": {"containers": [], "volumes": [{"secret": {"secretName": "it"}}]},
    "a part of a volume": {"volumes": [{"projected": {"sources": [{"secret": {"name": "it"}}]}}]},
}
OF_CONFIG_MAP: dict[str, dict[str, Any]] = {
    "one variable": {"containers": [{"env": [{"valueFrom": {"configMapKeyRef": {"name": "it"}}}]}]},
    "all variables": {"containers": [{"envFrom": [{"configMapRef": {"name": "it"}}]}]},
    "a volume": {"volumes": [{"configMap": {"name": "it"}}]},
    "a part of a volume": {
        "volumes": [{"projected": {"sources": [{"configMap": {"name": "it"}}]}}]
    },
}


def pod(spec: dict[str, Any], phase: str = "Running") -> dict[str, Any]:
    return {"metadata": {"name": "pod"}, "spec": spec, "status": {"phase": phase}}


@pytest.mark.parametrize("spec", OF_SECRET.values(), ids=OF_SECRET.keys())
def test_a_pod_that_refers_to_a_secret_needs_it(spec: dict[str, Any]) -> None:
    assert needs(pod(spec), "Secret", "it")
    assert not needs(pod(spec), "Secret", "other")
    assert not needs(pod(spec), "ConfigMap", "it")


@pytest.mark.parametrize("spec", OF_CONFIG_MAP.values(), ids=OF_CONFIG_MAP.keys())
def test_a_pod_that_refers_to_a_config_map_needs_it(spec: dict[str, Any]) -> None:
    assert needs(pod(spec), "ConfigMap", "it")
    assert not needs(pod(spec), "Secret", "it")


@pytest.mark.parametrize("phase", ["Succeeded", "Failed"])
def test_a_pod_that_has_ended_needs_nothing(phase: str) -> None:
    assert not needs(pod(OF_SECRET["one variable"], phase), "Secret", "it")
