"""What the sidecars of a namespace see of Istio's objects, and in which order.

As istiod's `pilot/pkg/model/push_context.go` and `sidecar.go` have it, Istio 1.22 to 1.31.
https://istio.io/latest/docs/reference/config/networking/sidecar/
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from typing import Any, NamedTuple

#: Seen by all namespaces, where nothing else is said.
PUBLIC = "*"
_PRIVATE = "."
_NONE = "~"

Object = Mapping[str, Any]


class Rank(NamedTuple):
    """What decides which of two that ask for the same is served: the lower one.

    What is exported to a namespace by name comes before what is for all, and then the older one.
    """

    is_public: bool
    created: str
    name: str
    namespace: str


def namespace_of(thing: Object) -> str:
    """Give the namespace of an object."""
    return str(thing["metadata"].get("namespace", ""))


def name_of(thing: Object) -> str:
    """Give the name of an object."""
    return str(thing["metadata"]["name"])


def is_seen(thing: Object, export_to: Sequence[str], viewer: str) -> bool:
    """Say whether sidecars of a namespace see an object.

    Args:
        thing: The object.
        export_to: What it, or else the mesh, says about who sees it.
        viewer: The namespace.
    """
    if PUBLIC in export_to:
        return True
    if _NONE in export_to:
        return False
    home = namespace_of(thing)
    return viewer in export_to or (_PRIVATE in export_to and home == viewer)


def rank(thing: Object, export_to: Sequence[str], name: str = "") -> Rank:
    """Give an object's rank; one that is not there yet is the youngest of all.

    Args:
        thing: The object.
        export_to: Who sees it.
        name: What decides between two of one second, where that is not its own name.
    """
    created = str(thing["metadata"].get("creationTimestamp") or "9999")
    return Rank(PUBLIC in export_to, created, name or name_of(thing), namespace_of(thing))


def matches(host: str, pattern: str) -> bool:
    """Say whether a host is one of a pattern's: `*`, `*.example.com`, or itself."""
    if pattern == "*":
        return True
    if pattern.startswith("*."):
        return host.endswith(pattern[1:])
    return host == pattern


def sidecar_of(
    sidecars: Iterable[Object], namespace: str, labels: Mapping[str, str], root: str
) -> Object | None:
    """Find the `Sidecar` that is in force for pods with these labels; None where there is none.

    Args:
        sidecars: Those of all namespaces.
        namespace: The pods' own.
        labels: Theirs.
        root: The mesh's root namespace, whose `Sidecar` is for all who have none.
    """
    own = sorted(
        (each for each in sidecars if namespace_of(each) == namespace),
        key=lambda each: (not _selector(each), rank(each, [])),
    )
    for each in own:
        if _selector(each).items() <= labels.items():
            return each
    everybody = (each for each in sidecars if namespace_of(each) == root and not _selector(each))
    return min(everybody, key=lambda each: rank(each, []), default=None)


def imports(sidecar: Object, host: str, port: int, home: str) -> bool:
    """Say whether a `Sidecar` takes in an entry for this host.

    Args:
        sidecar: The `Sidecar`.
        host: The entry's host.
        port: Its port.
        home: The namespace of the entry and of the pods.
    """
    listeners = sidecar["spec"].get("egress")
    if listeners is None:  # it is about other things
        return True
    for listener in listeners:
        number = (listener.get("port") or {}).get("number")
        if number in (None, port) and _takes_in(listener.get("hosts") or (), host, home):
            return True
    return False


def _takes_in(patterns: Iterable[str], host: str, home: str) -> bool:
    taken = False
    for pattern in patterns:
        namespace, _, name = pattern.partition("/")
        excluded = namespace.startswith(_NONE)
        namespace = namespace.removeprefix(_NONE) or (PUBLIC if excluded else namespace)
        if namespace in (PUBLIC, _PRIVATE, home) and matches(host, name):
            if excluded:
                return False
            taken = True
    return taken


def _selector(sidecar: Object) -> Mapping[str, str]:
    selector: Mapping[str, str] = (sidecar["spec"].get("workloadSelector") or {}).get(
        "labels"
    ) or {}
    return selector
