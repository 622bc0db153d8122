"""The line on top, which says it all."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from pull_request.findings import Weight
from pull_request.markdown import listed
from pull_request.meaning import is_grave
from pull_request.report import Outcome, Report
from pull_request.sections import sections
from pull_request.sections.section import Count, What
from pull_request.steps import Fate, Step

_WILL = {
    What.CHANGES: ("changes", "change"),
    What.COMES: ("comes", "come"),
    What.GOES: ("goes", "go"),
    What.ROLL: ("rolls", "roll"),
}
_RIGHTS = {
    What.COMES: ("is granted", "are granted"),
    What.GOES: ("is taken back", "are taken back"),
}
_HAS = {
    What.CHANGES: ("was changed", "were changed"),
    What.COMES: ("was added", "were added"),
    What.GOES: ("is gone", "are gone"),
    What.ROLL: ("was changed", "were changed"),
}
_FATES = {
    Fate.MADE: What.COMES,
    Fate.CHANGED: What.CHANGES,
    Fate.REPLACED: What.CHANGES,
    Fate.DELETED: What.GOES,
}
_NOUNS = {"VirtualService": "route"}
"""What an object is called in the line; others by their kind."""
# What is named where it goes, the gravest first: one, and several.
_GONE = {
    "Schema": ("the database", "databases"),
    "RatingsTable": ("the table", "tables"),
    "Account": ("the account", "accounts"),
    "ServiceEntry": ("the way out", "ways out"),
    "Deployment": ("the workload", "workloads"),
    "VirtualService": ("a route", "routes"),
}
# What is named where it goes though it has a successor.
_OF_THE_ACCOUNT_BEFORE = {
    "drop": "the old account goes after the old pods",
    "cut": "the old account goes before the old pods",
}


def headline(report: Report) -> str:
    """Say in one line what changes, and whether anything is deleted."""
    if report.outcome is Outcome.FAILED:
        return "It could not be found out."
    warnings = len(report.of_weight(Weight.WARNING))
    more = f" {warnings} {'warning' if warnings == 1 else 'warnings'}." if warnings else ""
    return _changes(report) + more


def _changes(report: Report) -> str:
    if not report.changes:
        return "Nothing was changed by hand." if report.found else "Nothing changes."
    deleted = [step for step in report.changes if step.fate is Fate.DELETED and is_grave(step)]
    words = _HAS if report.found else _WILL
    parts = [_said(count, words) for count in _counts(report)] or [_unnamed(report, words)]
    if made := _all_that_is_made(report):
        line = f"everything is made: {listed(made)}"
    elif not report.found and deleted and _is_everything(report, Fate.DELETED, Fate.LET_GO):
        line = f"everything is deleted: {listed(_named(deleted))}"
    elif report.found:
        # Routes and rules are counted; these are not.
        gone = [name for name in _named(deleted) if name.startswith("the ")]
        line = ", ".join([*(f"{name} is gone" for name in gone), *parts])
    elif deleted:
        line = f"{_deletions(deleted)}; {', '.join(parts)}"
    else:
        line = ", ".join([*parts, *_in_the_end(report)])
    line = f"{line[0].upper()}{line[1:]}."
    return f"Refused by a policy. Otherwise: {line}" if report.outcome is Outcome.REFUSED else line


def _all_that_is_made(report: Report) -> list[str]:
    """Name what is made where nothing is there yet, nor adopted."""
    adopts = any(step.will_be("adopt") or step.will_be("adopted") for step in report.steps)
    if adopts or not _is_everything(report, Fate.MADE):
        return []
    # Of the two that stand around a database one only keeps its name free.
    return _named(
        [each for each in report.changes if each.kind != "Schema" or each.will_be("made")]
    )


def _in_the_end(report: Report) -> list[str]:
    """Say whether anything goes, where nothing is deleted that has no successor."""
    going = [
        _OF_THE_ACCOUNT_BEFORE[previous]
        for step in report.changes
        if step.kind == "Account" and step.fate is Fate.REPLACED
        if (previous := str(step.will_be("previous"))) in _OF_THE_ACCOUNT_BEFORE
    ]
    return [*going, "nothing else is deleted"] if going else ["nothing is deleted"]


def _is_everything(report: Report, *fates: Fate) -> bool:
    return not report.stays and all(step.fate in fates for step in report.changes)


def _counts(report: Report) -> Iterator[Count]:
    counts = [count for section in report.sections for count in section.counts]
    roll = [count for count in counts if count.what is What.ROLL]
    yield from (count for count in counts if count.what is not What.ROLL)
    yield from _objects(report, has_password=_has_password(counts))
    yield from roll[:1]


def _objects(report: Report, *, has_password: bool) -> Iterator[Count]:
    """Count the objects of which no table counts anything."""
    steps = [
        step
        for step in report.changes
        if step.is_of_kubernetes and not any(table.counts for table in sections([step]))
    ]
    for kind in sorted({step.kind for step in steps}, key=_rank):
        for what in (What.CHANGES, What.COMES, What.GOES):
            of_kind = [s for s in steps if s.kind == kind and _FATES.get(s.fate) is what]
            named = kind in _GONE and what is What.GOES and kind not in _NOUNS
            if of_kind and not named and not (kind == "Secret" and has_password):
                yield Count(len(of_kind), _NOUNS.get(kind, kind), what)


def _rank(kind: str) -> tuple[int, str]:
    first = ("VirtualService", "DestinationRule", "Secret")
    return first.index(kind) if kind in first else len(first), kind


def _has_password(counts: Sequence[Count]) -> bool:
    return any(count.noun == "password" for count in counts)


def _said(count: Count, words: dict[What, tuple[str, str]]) -> str:
    one, several = words[count.what]
    if words is _WILL and count.noun == "right":
        one, several = _RIGHTS.get(count.what, (one, several))
    if count.what is What.ROLL:
        return f"{count.noun}s {several}"
    noun = count.noun if count.number == 1 else _plural(count.noun)
    return f"{count.number} {noun} {one if count.number == 1 else several}"


def _plural(noun: str) -> str:
    if noun.endswith("y"):
        return f"{noun[:-1]}ies"
    return f"{noun}es" if noun.endswith("s") else f"{noun}s"


def _unnamed(report: Report, words: dict[What, tuple[str, str]]) -> str:
    return _said(Count(len(report.changes), "resource", What.CHANGES), words)


def _deletions(deleted: Sequence[Step]) -> str:
    named = _named(deleted)
    if len(deleted) == 1:
        return f"{named[0] if named else 'a resource'} is deleted"
    return f"{len(deleted)} are deleted" + (f", {listed(named)} among them" if named else "")


def _named(deleted: Sequence[Step]) -> list[str]:
    kinds = [step.kind for step in deleted if not step.was("adopted")]
    return [
        several if kinds.count(kind) > 1 else one
        for kind, (one, several) in _GONE.items()
        if kind in kinds
    ]
