"""The pod that the API server is asked about is the one that the component makes."""

from __future__ import annotations

import json

from checks.facts.pod import would_be_pod
from components.workload import LABELS
from tests.unit.checks.surroundings import settings


def test_it_is_written_as_the_api_has_it() -> None:
    pod = would_be_pod(settings(image="books/ratings:1"))
    json.dumps(pod)  # no output is left in it
    assert pod["metadata"]["labels"] == LABELS
    assert pod["spec"]["securityContext"]["runAsNonRoot"] is True
    (container,) = pod["spec"]["containers"]
    assert container["image"] == "books/ratings:1"
    assert container["readinessProbe"]["exec"]["command"][0] == "node"
    assert container["resources"]["requests"] == {"cpu": "20m", "memory": "64Mi"}
    assert {"name": "MYSQL_DB_PORT", "value": "3306"} in container["env"]


def test_it_tells_its_sidecar_what_the_pods_do() -> None:
    pod = would_be_pod(settings(egress="bypass"))
    assert pod["metadata"]["annotations"] == {
        "traffic.sidecar.istio.io/excludeOutboundPorts": "3306"
    }
