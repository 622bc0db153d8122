"""Resources as the engine shows them to a policy, each right in every way until it is changed."""

from __future__ import annotations

import copy
from typing import Any

from guard.resource import Resource

STACK = "prod"


def resource(kind: str, name: str, inputs: dict[str, Any], *, protect: bool = False) -> Resource:
    return Resource(f"urn:pulumi:{STACK}::project::{kind}::{name}", kind, inputs, protect)


CONTAINER: dict[str, Any] = {
    "name": "ratings",
    "image": "registry.example.com/ratings:1.20.3",
    "env": [
        {"name": "MYSQL_DB_HOST", "value": "mysql.example.com"},
        {"name": "MYSQL_DB_PASSWORD", "valueFrom": {"secretKeyRef": {"name": "s", "key": "p"}}},
        {"name": "MYSQL_PASSWORD_FILE", "value": "/run/secrets/password"},
        {"name": "EMPTY_TOKEN", "value": ""},
    ],
    "securityContext": {
        "allowPrivilegeEscalation": False,
        "capabilities": {"drop": ["ALL"]},
    },
}
POD_SPEC: dict[str, Any] = {
    "securityContext": {
        "runAsNonRoot": True,
        "runAsUser": 1000.0,
        "seccompProfile": {"type": "RuntimeDefault"},
    },
    "containers": [CONTAINER],
    "volumes": [{"name": "tmp", "emptyDir": {}}],
}
DEPLOYMENT = "kubernetes:apps/v1:Deployment"


def deployment(spec: dict[str, Any] | None = None, **metadata: Any) -> Resource:
    """Give a Deployment; with parts of its pod's spec in the place of those above."""
    pod = {**copy.deepcopy(POD_SPEC), **(spec or {})}
    return resource(
        DEPLOYMENT, "ratings", {"spec": {"template": {"metadata": metadata, "spec": pod}}}
    )


def container(**changes: Any) -> Resource:
    """Give a Deployment whose one container is otherwise."""
    return deployment({"containers": [{**copy.deepcopy(CONTAINER), **changes}]})


ENTRY = "kubernetes:networking.istio.io/v1:ServiceEntry"


def entry(name: str = "mysql-external", namespace: str = "default", **spec: Any) -> Resource:
    """Give a ServiceEntry."""
    right = {
        "hosts": ["mysql.example.com"],
        "addresses": ["203.0.113.10/32"],
        "ports": [{"number": 3306.0, "name": "tcp", "protocol": "TCP"}],
        "exportTo": ["."],
    }
    inputs = {"metadata": {"namespace": namespace}, "spec": {**right, **spec}}
    return resource(ENTRY, name, inputs)


def grant(**changes: Any) -> Resource:
    right = {"user": "bookinfo", "database": "test", "privileges": ["SELECT"], "table": "ratings"}
    return resource("mysql:index/grant:Grant", "grant", {**right, **changes})


def provider(package: str = "mysql", **changes: Any) -> Resource:
    right = {"endpoint": "mysql.example.com:3306", "tls": "true"}
    return resource(f"pulumi:providers:{package}", "server", {**right, **changes})
