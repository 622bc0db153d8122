"""The parts of a comment: a report in Markdown, the gravest first."""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass

from pull_request import mermaid
from pull_request.findings import Finding, Weight
from pull_request.markdown import block, code, fold, plain, table
from pull_request.meaning import in_order, is_grave, meaning, object_name
from pull_request.report import Outcome, Report
from pull_request.steps import Fate, Step

_MOST_PATHS = 6
_MOST_ERRORS = 10
_LAST_ITEM = re.compile(r"(.*)\[(\d+)\]")
_WEIGHTS = {Weight.ERROR: "**error**", Weight.WARNING: "warning", Weight.SAID: ""}


@dataclass(frozen=True)
class Part:
    """A part of the comment.

    Attributes:
        body: In Markdown; text as it is, where it may be cut.
        folded: Whether its title is all that is seen of it at first.
        cut: Whether it may be cut where there is no room for all of it.
        level: Of its title.
    """

    title: str
    body: str
    folded: bool = False
    cut: bool = False
    level: int = 4

    def shown(self, body: str | None = None) -> str:
        """Write it, with another body where one is given."""
        body = (block(self.body) if self.cut else self.body) if body is None else body
        if self.folded:
            return f"\n\n{fold(self.title, body)}"
        heading = f"\n\n{'#' * self.level} {self.title}" if self.title else ""
        return heading + (f"\n\n{body}" if body else "")


def parts(report: Report) -> Iterator[Part]:
    """Give the parts of a report, the gravest first."""
    printed = Part("What Pulumi printed", report.printed, folded=True, cut=True)
    if report.outcome is Outcome.FAILED:
        yield Part("", _errors(report.of_weight(Weight.ERROR)))
        yield printed
        return
    yield from _first(report)
    yield from (
        Part(section.title, table(section.heads, section.lines))
        for section in report.sections
        if section.lines
    )
    yield from _resources(report)
    if report.changes:
        yield from _picture(report)
        yield printed


def _first(report: Report) -> Iterator[Part]:
    """Give what is to be seen before all else."""
    if grave := in_order([step for step in report.changes if is_grave(step)]):
        title = "What is gone" if report.found else "What goes, or is replaced"
        yield Part(title, _goes(grave, found=report.found))
    if found := [f for f in report.findings if f.weight is not Weight.SAID]:
        yield Part("Findings", _findings(found))


def _resources(report: Report) -> Iterator[Part]:
    """Give the resources one by one, those of Kubernetes before the others."""
    for title, of_kubernetes in (("Kubernetes objects", True), ("All else that changes", False)):
        steps = [
            step
            for step in report.changes
            # What is said first with what it means is not said again.
            if step.is_of_kubernetes is of_kubernetes and not is_grave(step)
        ]
        if steps:
            yield Part(title, _one_by_one(steps), folded=not of_kubernetes)
    if said := report.of_weight(Weight.SAID):
        yield Part("What the providers say", _findings(said), folded=True)
    if report.stays:
        yield Part(f"{len(report.stays)} unchanged", _unchanged(report.stays), folded=True)


def _errors(errors: Sequence[Finding]) -> str:
    texts = list(dict.fromkeys(error.text for error in errors))
    if not texts:
        return "Pulumi said nothing about why; what it printed is below."
    more = [f"… and {len(texts) - _MOST_ERRORS} more"] if len(texts) > _MOST_ERRORS else []
    return block("\n".join([*texts[:_MOST_ERRORS], *more]))


def _goes(steps: Sequence[Step], *, found: bool) -> str:
    return table(
        ("", "What", "What it means"),
        [
            (
                f"**{'gone' if found else step.fate}**",
                f"{step.kind} {code(object_name(step))}",
                meaning(step, found=found),
            )
            for step in steps
        ],
    )


def _findings(found: Sequence[Finding]) -> str:
    """Write each once, with all the resources that it is found of."""
    where: dict[tuple[Weight, str, str], list[str]] = {}
    for one in found:
        where.setdefault((one.weight, one.who, one.text), []).append(code(one.where))
    return table(
        ("", "Where", "What"),
        [
            (_WEIGHTS[weight], ", ".join(places), (f"{code(who)} " if who else "") + plain(text))
            for (weight, who, text), places in where.items()
        ],
    )


def _one_by_one(steps: Sequence[Step]) -> str:
    return table(
        ("", "Kind", "Name", "What differs"),
        [(step.fate.value, step.kind, code(object_name(step)), _paths(step)) for step in steps],
    )


def _paths(step: Step) -> str:
    if step.fate in (Fate.MADE, Fate.DELETED, Fate.LET_GO):
        return ""
    by_others = {_of_fields(path) for path in step.strays}
    others = [f"{code(path)} by {code(who)}" for path, who in step.strays.items()]
    ours = _short([path for path in step.paths if _of_fields(path) not in by_others])
    paths = [*others, *map(code, ours)]
    more = [f"{len(paths) - _MOST_PATHS} more"] if len(paths) > _MOST_PATHS else []
    return ", ".join([*paths[:_MOST_PATHS], *more])


def _short(paths: Sequence[str]) -> list[str]:
    """Name a list of which several items differ: one that goes moves all that come after it."""
    lists = [(found[1], found[2]) if (found := _LAST_ITEM.match(path)) else None for path in paths]
    items = Counter(place for place, _ in dict.fromkeys(filter(None, lists)))
    return list(
        dict.fromkeys(
            at[0] if at and items[at[0]] > 1 else path
            for path, at in zip(paths, lists, strict=True)
        )
    )


def _of_fields(path: str) -> str:
    """Give a path without its places in lists, which one names by number, another by key."""
    return re.sub(r'\[[^]"]*\]', "", path)


def _unchanged(steps: Sequence[Step]) -> str:
    return ", ".join(f"{step.kind} {code(object_name(step))}" for step in steps)


def _picture(report: Report) -> Iterator[Part]:
    before, after = report.before, report.after
    drawn = []
    if before:
        drawn.append(("Before", mermaid.picture(before, after, word="goes")))
    if after:
        drawn.append(("After", mermaid.picture(after, before, word="comes")))
    if drawn:
        body = "\n\n".join(f"**{title}**\n\n{block(text, 'mermaid')}" for title, text in drawn)
        title = "The wiring before and after" if len(drawn) > 1 else f"The wiring: {drawn[0][0]}"
        yield Part(title, body, folded=True)
