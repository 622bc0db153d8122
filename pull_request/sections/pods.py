"""The pods: how many, of which image, told what; and whether they roll."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from typing import Any

from pull_request.markdown import code
from pull_request.sections.section import NONE, Count, Section, What, changing, mapping, text
from pull_request.steps import Fate, Side, Step


def section(steps: Sequence[Step]) -> Section:
    """Say what becomes of the pods of each Deployment."""
    lines: list[tuple[str, ...]] = []
    counts: list[Count] = []
    for step in changing(steps, "Deployment"):
        lines += [(code(step.name), *line) for line in _lines(step, _new_secrets(steps))]
        counts += _counts(step)
    return Section("Pods", ("Deployment", "What", "Before", "After"), tuple(lines), tuple(counts))


def _new_secrets(steps: Sequence[Step]) -> set[str]:
    """Give names that a preview has made up: an update makes up others."""
    made = (s for s in changing(steps, "Secret") if s.fate in (Fate.MADE, Fate.REPLACED))
    return {text(step.will_be("metadata", "name")) for step in made}


def _lines(step: Step, new_secrets: set[str]) -> Iterator[tuple[str, str, str]]:
    before, after = _told(step.before, set()), _told(step.after, new_secrets)
    for name in dict.fromkeys([*before, *after]):
        was, will = before.get(name, ""), after.get(name, "")
        # Of what comes or goes as a whole, the variables go without saying.
        if was != will and (name in _SHORT or (before and after)):
            shown = name if name in _SHORT else code(name)
            yield shown, code(was) or NONE, code(will) or NONE


def _counts(step: Step) -> Iterator[Count]:
    before, after = step.before, step.after
    was, will = (_pods(side) for side in (before, after))
    if was != will:
        what = What.COMES if will > was else What.GOES
        yield Count(abs(will - was), "pod", what)
    if before is None or after is None:
        return
    if _image(before) != _image(after):
        yield Count(1, "image", What.CHANGES)
    if step.fate is Fate.REPLACED or _template(before) != _template(after):
        yield Count(2, "pod", What.ROLL)


_SHORT = ("pods", "image")


def _told(side: Side | None, new_secrets: set[str]) -> dict[str, str]:
    if side is None:
        return {}
    variables = side.get("spec", "template", "spec", "containers", 0, "env") or []
    return {
        "pods": str(_pods(side)),
        "image": _image(side),
        **{each["name"]: _value(each, new_secrets) for each in variables if "name" in each},
    }


def _pods(side: Side | None) -> int:
    if side is None:
        return 0
    replicas = side.get("spec", "replicas")
    return 1 if replicas is None else int(replicas)


def _image(side: Side) -> str:
    return text(side.get("spec", "template", "spec", "containers", 0, "image"))


def _template(side: Side) -> Any:  # noqa: ANN401 - JSON
    """Give what pods are made from as it is wanted; the cluster fills in more."""
    return mapping(side.inputs.get("spec")).get("template")


def _value(variable: Mapping[str, Any], new_secrets: set[str]) -> str:
    if "value" in variable:
        return str(variable["value"])
    reference = mapping(mapping(variable.get("valueFrom")).get("secretKeyRef"))
    if not reference:
        return ""
    name = text(reference.get("name"))
    return "a new Secret" if not name or name in new_secrets else f"Secret {name}"
