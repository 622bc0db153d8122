"""All that a run says, found and put in order, before a word of it is written."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from enum import Enum

from picture.wiring import Wiring
from pull_request import wiring
from pull_request.engine import Run
from pull_request.findings import Finding, Weight, findings
from pull_request.sections import sections
from pull_request.sections.section import Section
from pull_request.steps import Fate, Step, steps
from pull_request.strays import with_strays


class Outcome(Enum):
    """How a run ended."""

    DONE = "done"
    REFUSED = "refused"
    """By a policy alone: all that would change is known."""
    FAILED = "failed"


@dataclass(frozen=True)
class Report:
    """What a preview would change, or what a refresh has found.

    Attributes:
        found: Whether somebody else has changed it already.
        before: The wiring before; None where there is none.
        after: The wiring after; None where there is none.
        printed: What the CLI printed.
    """

    stack: str
    outcome: Outcome
    found: bool
    steps: Sequence[Step]
    sections: Sequence[Section]
    findings: Sequence[Finding]
    before: Wiring | None
    after: Wiring | None
    printed: str

    @property
    def changes(self) -> list[Step]:
        """The resources of which something becomes something else."""
        return [s for s in self.steps if s.fate is not Fate.STAYS and not s.is_a_frame]

    @property
    def stays(self) -> list[Step]:
        """The resources that stay as they are."""
        return [s for s in self.steps if s.fate is Fate.STAYS and not s.is_a_frame]

    def of_weight(self, weight: Weight) -> list[Finding]:
        """The findings of a weight."""
        return [finding for finding in self.findings if finding.weight is weight]


def report(
    run: Run, *, found: bool = False, last_settings: Mapping[str, str] | None = None
) -> Report:
    """Find out what a run says.

    Args:
        run: A preview, or a refresh.
        found: Whether it is a refresh, and asked for what it found.
        last_settings: Those of the last update, where they are known.
    """
    seen = steps(run.events, found=found)
    if found:
        seen = with_strays(seen)
    said = findings(run.events)
    settings = next((e.prelude_event.config for e in run.events if e.prelude_event), None)
    known = settings is not None and last_settings is not None
    return Report(
        stack=run.stack,
        outcome=_outcome(run, said),
        found=found,
        steps=seen,
        sections=sections(seen, (last_settings or {}, settings or {}) if known else None),
        findings=said,
        before=wiring.before(seen),
        after=wiring.after(seen),
        printed=run.text.strip(),
    )


def _outcome(run: Run, said: Sequence[Finding]) -> Outcome:
    if run.code == 0:
        return Outcome.DONE
    errors = [finding for finding in said if finding.weight is Weight.ERROR]
    return Outcome.REFUSED if errors and all(e.who for e in errors) else Outcome.FAILED
