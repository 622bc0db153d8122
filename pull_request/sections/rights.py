"""What the reader may do, and how it logs in."""

from __future__ import annotations

from collections.abc import Sequence

from pull_request.markdown import code
from pull_request.sections.section import NONE, Section, What, changing, counts, mapping
from pull_request.steps import Fate, Step

_NOUNS = {What.CHANGES: "login", What.COMES: "right", What.GOES: "right"}
_AS_MEANT = "as it should be"


def section(steps: Sequence[Step]) -> Section:
    """Name each right that comes or goes."""
    lines: list[tuple[str, ...]] = []
    counted: list[What] = []
    for step in changing(steps, "Rights"):
        before, after = mapping(step.was("rights")), mapping(step.will_be("rights"))
        accounts = [
            f"'{side.get('user')}'@'{side.get('host')}'" if side else ""
            for side in (step.before, step.after)
        ]
        if step.fate is Fate.REPLACED and accounts[0] != accounts[1]:
            # Another account holds what the last one held.
            lines += [(code(accounts[0]), code(right), "held", NONE) for right in sorted(before)]
            lines += [(code(accounts[1]), code(right), NONE, "held") for right in sorted(after)]
            continue
        account = code(accounts[0] or accounts[1])
        if step.fate is Fate.MADE and not after:
            lines.append((account, "known once the table is there", NONE, "held"))
        for right in sorted(before.keys() ^ after.keys()):
            what = What.COMES if right in after else What.GOES
            counted.append(what)
            held = (NONE, "held") if what is What.COMES else ("held", NONE)
            lines.append((account, code(right), *held))
        was, will = mapping(step.was("changed")), mapping(step.will_be("changed"))
        differ = sorted(was.keys() ^ will.keys())
        counted += [What.CHANGES] * bool(differ)
        for name in differ:
            words = (code(was[name]), _AS_MEANT) if name in was else (_AS_MEANT, code(will[name]))
            lines.append((account, f"login: {name}", *words))
    return Section(
        "Rights of the reader",
        ("Account", "Right", "Before", "After"),
        tuple(lines),
        counts(_NOUNS, counted),
    )
