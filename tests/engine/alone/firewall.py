"""Has NetworkPolicies enforced: by kube-router, of which no more than its firewall runs."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from functools import partial
from typing import Any

from sandbox import images, layout, toolchain
from sandbox.images.catalog import FIREWALL
from sandbox.kubectl import Kubectl
from sandbox.node import Node

_NAME = "kube-router"
_LABELS = {"k8s-app": _NAME}
_COMMAND = (
    _NAME,
    "--run-firewall=true",
    *("--run-router=false", "--run-service-proxy=false", "--run-loadbalancer=false"),
    *("--enable-ipv6=false", "--health-port=0", "--metrics-port=0"),
    f"--service-cluster-ip-range={layout.SERVICES_V4}",
)
_IMPORT = ("ctr", "--namespace=k8s.io", "images", "import", "-")
# Its own --cleanup-config wants IPVS, which not every kernel has.
_TAKE_BACK = (
    "iptables-save | grep -v -e KUBE-ROUTER -e KUBE-POD-FW -e KUBE-NWPLCY | iptables-restore"
)


@contextmanager
def enforced(environment: Mapping[str, str]) -> Iterator[None]:
    """Enforce the cluster's NetworkPolicies for as long as it lasts, from a moment later on."""
    system = Kubectl(environment, "kube-system")
    references = [FIREWALL.reference]
    tools = toolchain.ensure(sorted(images.tools(references)))
    built = images.ensure(references, tools)
    node = Node(layout.HERE, tools)
    node.run(*_IMPORT, feed=partial(images.export, built))
    manifests = _manifests()
    system.apply(*manifests)
    try:
        system("rollout", "status", f"daemonset/{_NAME}", "--timeout=60s")
        yield
    finally:
        for each in manifests:
            name = each["metadata"]["name"]
            system("delete", each["kind"], name, "--cascade=foreground")
        node.run("sh", "-c", _TAKE_BACK)


def _manifests() -> list[dict[str, Any]]:
    rbac = "rbac.authorization.k8s.io"
    pod = {
        "serviceAccountName": _NAME,
        "hostNetwork": True,
        "terminationGracePeriodSeconds": 1,
        "tolerations": [{"operator": "Exists"}],
        "containers": [
            {
                "name": _NAME,
                "image": FIREWALL.reference,
                "command": _COMMAND,
                "env": [
                    {
                        "name": "NODE_NAME",
                        "valueFrom": {"fieldRef": {"fieldPath": "spec.nodeName"}},
                    }
                ],
                "securityContext": {"privileged": True},
            }
        ],
    }
    return [
        {"apiVersion": "v1", "kind": "ServiceAccount", "metadata": {"name": _NAME}},
        {
            "apiVersion": f"{rbac}/v1",
            "kind": "ClusterRoleBinding",
            "metadata": {"name": _NAME},
            "roleRef": {"apiGroup": rbac, "kind": "ClusterRole", "name": "cluster-admin"},
            "subjects": [{"kind": "ServiceAccount", "name": _NAME, "namespace": "kube-system"}],
        },
        {
            "apiVersion": "apps/v1",
            "kind": "DaemonSet",
            "metadata": {"name": _NAME},
            "spec": {
                "selector": {"matchLabels": _LABELS},
                "template": {"metadata": {"labels": _LABELS}, "spec": pod},
            },
        },
    ]
