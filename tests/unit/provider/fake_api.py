"""An API server in memory: objects by path, versions that count up, refusals as told."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from copy import deepcopy
from typing import Any, cast

from cluster.api import Api, Refused
from cluster.kinds import KINDS, Named
from provider.api_server import ApiServer, Away, ClusterProblem
from provider.configuration import Configuration

CONTEXT = "tests"
CLUSTER = "namespaces/kube-system 4b0f0a5e-6a0e-4d0f-9a53-1f7c3b0d2e61"
NAMESPACE = "default"

Values = dict[str, Any]


class Objects:
    """What the API server holds, and what was done to it.

    Attributes:
        refused: Path -> HTTP's number of the refusal of whoever reads it.
        conflicts: How many more changes are refused, for somebody else was faster.
        stuck: Whether what is deleted stays all the same.
        done: What was done, as `delete VirtualService/ratings`.
    """

    def __init__(self) -> None:
        self.at: dict[str, Values] = {}
        self.refused: dict[str, int] = {}
        self.conflicts = 0
        self.stuck = False
        self.done: list[str] = []
        self._version = 0

    def put(self, kind: str, name: str, spec: Values | None = None, **metadata: Any) -> Values:
        """Have an object there."""
        self._version += 1
        self.at[Named(kind, NAMESPACE, name).path] = {
            "apiVersion": KINDS[kind].api_version,
            "kind": kind,
            "metadata": {
                "name": name,
                "namespace": NAMESPACE,
                "uid": f"uid-{self._version}",
                "resourceVersion": str(self._version),
                **metadata,
            },
            "spec": spec or {},
        }
        return self.of(kind, name)

    def of(self, kind: str, name: str) -> Values:
        """Give an object that is there."""
        return self.at[Named(kind, NAMESPACE, name).path]

    def annotations(self, kind: str, name: str) -> dict[str, str]:
        """Give its annotations."""
        return dict(self.of(kind, name)["metadata"].get("annotations") or {})

    # --- what `cluster.api.Api` has

    def get(self, path: str, **query: str) -> Values | None:
        del query
        if path in self.refused:
            raise Refused(self.refused[path], "you may not")
        if path in self.at:
            return deepcopy(self.at[path])
        inside = [each for where, each in self.at.items() if where.startswith(f"{path}/")]
        kind, everywhere = path.rpartition("/")[2], "/namespaces/" not in path
        if everywhere:
            inside = [each for where, each in self.at.items() if f"/{kind}/" in where]
        return {"items": deepcopy(inside)} if inside else None

    def patch(self, path: str, body: Values, manager: str) -> Values:
        self._change(
            "patch", path, body["metadata"].get("resourceVersion") if "metadata" in body else None
        )
        del manager
        _merge(self.at[path], body)
        return deepcopy(self.at[path])

    def replace(self, path: str, body: Values, manager: str) -> Values:
        self._change("replace", path, body["metadata"]["resourceVersion"])
        del manager
        version = self.at[path]["metadata"]["resourceVersion"]
        self.at[path] = deepcopy(body)
        self.at[path]["metadata"]["resourceVersion"] = version
        return deepcopy(body)

    def delete(self, path: str, found: Values, seconds: int) -> bool:
        assert seconds > 0
        assert found["metadata"]["uid"] == self.at[path]["metadata"]["uid"]
        self._change("delete", path, None)
        if self.stuck:
            return False
        del self.at[path]
        return True

    def is_gone(self, path: str, found: Values, seconds: float) -> bool:
        assert seconds > 0
        self.done.append(f"wait for {found['metadata']['name']}")
        return path not in self.at

    def _change(self, verb: str, path: str, version: str | None) -> None:
        if self.conflicts:
            self.conflicts -= 1
            raise Refused(409, "the object has been modified")
        there = self.at[path]
        if version not in (None, there["metadata"]["resourceVersion"]):
            raise Refused(409, "the object has been modified")
        self._version += 1
        there["metadata"]["resourceVersion"] = str(self._version)
        self.done.append(f"{verb} {there['kind']}/{there['metadata']['name']}")


def _merge(into: Values, patch: Mapping[str, Any]) -> None:
    for key, value in patch.items():
        if key == "resourceVersion":
            continue
        if isinstance(value, dict) and isinstance(into.get(key), dict):
            _merge(into[key], value)
        else:
            into[key] = deepcopy(value)


class InTests:
    """A configuration whose cluster holds these objects.

    Args:
        objects: What it holds.
        away: Why it is not there.
    """

    def __init__(self, objects: Objects, away: Away | None = None) -> None:
        self.objects = objects
        self.away = away
        self.former_owners: set[str] = set()
        self.program_runs = False
        self.expected: list[str] = []
        self.context = CONTEXT
        self.who = CLUSTER
        self.kubeconfig = ""

    @property
    def cluster(self) -> InTests:
        """The cluster."""
        return self

    @contextmanager
    def asked(self, expected: str = "") -> Iterator[Api]:
        self.expected.append(expected)
        if self.away:
            raise self.away
        try:
            yield cast("Api", self.objects)
        except Refused as refused:
            raise ClusterProblem(f"refused: {refused}") from None

    def identity(self, _namespace: str) -> str:
        return self.who

    @staticmethod
    def is_given_up() -> bool:
        return ApiServer.is_given_up()

    def configuration(self) -> Configuration:
        """Give it as what it stands for."""
        return cast("Configuration", self)
