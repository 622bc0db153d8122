"""Events as the engine writes them, made by hand: what a run says of each resource."""

from __future__ import annotations

import json
from collections.abc import Mapping, Sequence
from typing import Any

from pull_request.engine import Run
from pull_request.events import Event, read

UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"
SECRET = {"4dabf18193072939515e22adb298388d": "1b47061264138c4ac30d75fd1eb44270"}
_TYPES = {
    "RatingsTable": "external-mysql:index:MysqlDatabase$mysql-extra:index:RatingsTable",
    "Schema": "external-mysql:index:MysqlDatabase$mysql-extra:index:Schema",
    "Database": "external-mysql:index:MysqlDatabase$mysql:index/database:Database",
    "Object": "external-mysql:index:BookinfoRouting$mysql-extra:index:Object",
    "Account": "external-mysql:index:MysqlReader$mysql-extra:index:Account",
    "AccountName": "external-mysql:index:MysqlReader$mysql-extra:index:AccountName",
    "Rights": "external-mysql:index:MysqlReader$mysql-extra:index:Rights",
    "RandomPassword": "external-mysql:index:MysqlReader$random:index/randomPassword:RandomPassword",
    "Secret": "external-mysql:index:MysqlReader$kubernetes:core/v1:Secret",
    "ServiceEntry": "external-mysql:index:ExternalMysql$kubernetes:networking/v1:ServiceEntry",
    "Deployment": "external-mysql:index:RatingsWorkload$kubernetes:apps/v1:Deployment",
    "VirtualService": "external-mysql:index:BookinfoRouting$kubernetes:networking:VirtualService",
    "ConfigMap": "kubernetes:core/v1:ConfigMap",
}

Properties = Mapping[str, Any]


def urn(kind: str, name: str) -> str:
    """Give the URN of a resource of this program."""
    return f"urn:pulumi:dev::external-mysql::{_TYPES[kind]}::{name}"


def step(  # noqa: PLR0913 - what a step is made of
    op: str,
    kind: str,
    name: str,
    old: Properties | None = None,
    new: Properties | None = None,
    *,
    paths: Sequence[str] = (),
    retain: bool = False,
    ends_as: str = "",
) -> list[dict[str, Any]]:
    """Give both events of a step; of a refresh the last one has what it found."""

    def side(properties: Properties | None) -> dict[str, Any] | None:
        if properties is None:
            return None
        return {"inputs": properties, "outputs": properties, "retainOnDelete": retain}

    def event(name_of: str, op: str) -> dict[str, Any]:
        metadata = {
            "op": op,
            "urn": urn(kind, name),
            "type": _TYPES[kind].rpartition("$")[2],
            "old": side(old),
            "new": side(new),
            "detailedDiff": {path: {"diffKind": "update", "inputDiff": True} for path in paths},
        }
        return {name_of: {"metadata": metadata}}

    return [event("resourcePreEvent", op), event("resOutputsEvent", ends_as or op)]


def said(severity: str, message: str, at: str = "") -> dict[str, Any]:
    """Give what somebody says."""
    return {"diagnosticEvent": {"severity": severity, "message": f"{message}\n", "urn": at}}


def policy(level: str, name: str, message: str, at: str) -> dict[str, Any]:
    """Give a policy that a resource does not keep."""
    return {
        "policyEvent": {
            "resourceUrn": at,
            "message": message,
            "color": "raw",
            "policyName": name,
            "policyPackName": "external-mysql",
            "policyPackVersion": "1.0.0",
            "policyPackVersionTag": "1.0.0",
            "enforcementLevel": level,
        }
    }


def configured(**settings: str) -> dict[str, Any]:
    """Give the beginning of a run, with its settings."""
    config = {f"external-mysql:{name}": value for name, value in settings.items()}
    return {"preludeEvent": {"config": config}}


def events(*parts: dict[str, Any] | list[dict[str, Any]]) -> list[Event]:
    """Read events back from the lines of a log."""
    flat = [event for part in parts for event in (part if isinstance(part, list) else [part])]
    return read(
        json.dumps({"sequence": number, "timestamp": 0, **event})
        for number, event in enumerate(flat)
    )


def run(
    *parts: dict[str, Any] | list[dict[str, Any]], code: int = 0, text: str = "Previewing:"
) -> Run:
    """Give a run that said all this."""
    return Run("dev", code, text, events(*parts))


def rows(**ratings: int) -> Properties:
    """Give the properties of a table with rows: `_1=5` is ReviewID 1."""
    return {
        "database": "test",
        "rows": {review.removeprefix("_"): rating for review, rating in ratings.items()},
        "columns": {"ReviewID": "int not null", "Rating": "int"},
        "key": ["ReviewID"],
    }
