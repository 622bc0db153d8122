"""States to draw: one as Pulumi writes it, shortened, and what the program would make of it.

`picture_state.json` is what `pulumi stack export` writes of a stack in the sandbox, with other
names and ciphertexts, and without what Kubernetes adds to each object. That it has the resources
and the properties of the program's is seen in `test_picture_wiring.py`.
"""

from __future__ import annotations

import json
from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import Any

from mesh.egress import Egress, Entry, pod_annotations, service_entry_spec
from picture.state import parse
from picture.svg import draw
from picture.wiring import Wiring, wiring

HOST = "mysql.example.com"
ADDRESSES = ["198.51.100.7/32", "2001:db8::7/128"]

Exported = dict[str, Any]
Change = Callable[[Exported], None]


@cache
def _written() -> str:
    return (Path(__file__).parent / "picture_state.json").read_text()


def exported(*changes: Change) -> Exported:
    """Give the state with changes."""
    state: Exported = json.loads(_written())
    for change in changes:
        change(state)
    return state


def wired(*changes: Change) -> Wiring:
    """Give the wiring in the state with changes."""
    return wiring(parse(json.dumps(exported(*changes))))


def drawn(*changes: Change) -> str:
    """Draw the state with changes."""
    return draw(wired(*changes))


def outputs(state: Exported, kind: str) -> dict[str, Any]:
    """Give the outputs of the first resource of a kind."""
    return next(r["outputs"] for r in resources(state) if _kind(r) == kind)


def resources(state: Exported) -> list[dict[str, Any]]:
    """Give all resources."""
    found: list[dict[str, Any]] = state["deployment"]["resources"]
    return found


def _kind(resource: dict[str, Any]) -> str:
    return str(resource["type"]).rpartition(":")[2]


def setting(kind: str, *path: str | int, to: object) -> Change:
    """Set one output of the first resource of a kind."""

    def change(state: Exported) -> None:
        inner: Any = outputs(state, kind)
        for key in path[:-1]:
            inner = inner[key]
        inner[path[-1]] = to

    return change


def without(*kinds: str) -> Change:
    """Take all resources of some kinds away."""

    def change(state: Exported) -> None:
        state["deployment"]["resources"] = [r for r in resources(state) if _kind(r) not in kinds]

    return change


def egress(
    way: Egress,
    *addresses: str,
    hosts: tuple[str, ...] = (HOST,),
    port: int = 3306,
    protocol: str = "TCP",
    export_to: tuple[str, ...] = (".",),
) -> Change:
    """Change the way out as the program itself would."""
    entry: Entry = {
        "hosts": hosts,
        "port": port,
        "addresses": addresses,
        "protocol": protocol,
        "export_to": export_to,
    }

    def change(state: Exported) -> None:
        pod = outputs(state, "Deployment")["spec"]["template"]
        pod["metadata"]["annotations"] = pod_annotations(way, addresses, port)
        if way in (Egress.BYPASS, Egress.OFF):
            without("ServiceEntry")(state)
        else:
            outputs(state, "ServiceEntry")["spec"] = service_entry_spec(way, entry)

    return change
