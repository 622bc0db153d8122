"""The ways out of the mesh: which addresses are let through, and by what."""

from __future__ import annotations

from collections.abc import Sequence

from pull_request.markdown import code
from pull_request.sections.section import NONE, Section, What, changing, counts, mapping, text
from pull_request.steps import Side, Step

_PASSED_BY = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
_PASSED_BY_PORT = "traffic.sidecar.istio.io/excludeOutboundPorts"
_ADDRESS = {What.COMES: "address", What.GOES: "address"}
_OF_ENTRIES = {
    "hosts": ("hosts",),
    "port": ("ports", 0, "number"),
    "protocol": ("ports", 0, "protocol"),
    "resolution": ("resolution",),
    "seen by (exportTo)": ("exportTo",),
}


def section(steps: Sequence[Step]) -> Section:
    """Name each address that comes or goes."""
    lines: list[tuple[str, ...]] = []
    counted: list[What] = []
    for kind, way in (("ServiceEntry", "through"), ("Deployment", "around the sidecars of")):
        for step in changing(steps, kind):
            before, after = _blocks(step.before), _blocks(step.after)
            for block in dict.fromkeys([*before, *after]):
                if block in before and block in after:
                    continue
                what = What.COMES if block in after else What.GOES
                counted.append(what)
                lines.append((what.value, code(block), f"{way} {code(step.name)}"))
    return Section(
        "Addresses", ("", "Address", "The way out"), tuple(lines), counts(_ADDRESS, counted)
    )


def entries(steps: Sequence[Step]) -> Section:
    """Say what else of a ServiceEntry differs."""
    lines = [
        (code(step.name), name, code(was) or NONE, code(will) or NONE)
        for step in changing(steps, "ServiceEntry")
        if step.before is not None and step.after is not None
        for name, path in _OF_ENTRIES.items()
        if (was := text(step.was("spec", *path))) != (will := text(step.will_be("spec", *path)))
    ]
    return Section("The way out", ("ServiceEntry", "What", "Before", "After"), tuple(lines))


def _blocks(side: Side | None) -> list[str]:
    if side is None:
        return []
    annotations = mapping(side.get("spec", "template", "metadata", "annotations"))
    around = str(annotations.get(_PASSED_BY, "")).split(",")
    ports = str(annotations.get(_PASSED_BY_PORT, "")).split(",")
    named = [
        *(side.get("spec", "addresses") or []),
        *around,
        *(f"any, by port {port}" for port in ports if port),
    ]
    return [str(block) for block in named if block]
