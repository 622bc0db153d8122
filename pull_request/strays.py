"""What others have set in an object, which the Kubernetes provider does not see.

It compares as much of an object as the program says, and so finds nothing that somebody added: a
field, a container, the last one of a list. What holds the object finds it.
"""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import replace

from pull_request.steps import Fate, Step


def with_strays(steps: Iterable[Step]) -> list[Step]:
    """Have each object say what its holder has found in it."""
    seen = list(steps)
    holders = {
        tuple(step.will_be(part) for part in ("kind", "namespace", "named")): step
        for step in seen
        if step.is_a_holder and step.will_be("strays")
    }
    return [
        _with(step, holders[name]) if (name := _name(step)) in holders else step for step in seen
    ]


def _name(step: Step) -> Sequence[str]:
    if not step.is_of_kubernetes:
        return ()
    return step.kind, step.will_be("metadata", "namespace"), step.will_be("metadata", "name")


def _with(step: Step, holder: Step) -> Step:
    before = step.before
    if before and step.after and before.outputs.get("spec") == step.after.outputs.get("spec"):
        # The state has it by now, and what is wanted is in the inputs.
        before = replace(before, outputs={})
    fate = Fate.CHANGED if step.fate is Fate.STAYS else step.fate
    return replace(step, fate=fate, before=before, strays=holder.will_be("strays"))
