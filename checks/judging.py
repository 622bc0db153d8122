"""Rules and facts brought together."""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from typing import NamedTuple

from checks.facts.gathering import Facts, Need
from checks.facts.seen import NotSeen
from checks.finding import Finding, Severity
from checks.rules import RULES, Rule, name_of
from checks.rules.when import When


class Judged(NamedTuple):
    """A finding, and the rule that it is of."""

    rule: str
    finding: Finding


def rules(when: When | None = None, *, about: Iterable[Need] | None = None) -> list[Rule]:
    """Give the rules that are asked at some time, all of them by default.

    Args:
        when: The time.
        about: What they may need to know; anything by default.
    """
    known = None if about is None else set(about)
    return [
        rule
        for rule in RULES
        if when in (None, rule.WHEN) and (known is None or known.issuperset(rule.NEEDS))
    ]


def needs(asked: Iterable[Rule]) -> set[Need]:
    """Give all that these rules need to know."""
    return {need for rule in asked for need in rule.NEEDS}


def judge(asked: Iterable[Rule], facts: Facts) -> Iterator[Judged]:
    """Ask rules, in order."""
    for rule in asked:
        try:
            for finding in rule.judge(facts):
                yield Judged(name_of(rule), finding)
        except NotSeen as not_seen:
            unseen = not_seen.unseen
            yield Judged(name_of(rule), Finding(Severity.UNSEEN, unseen.reason, unseen.todo))


def lines(findings: Iterable[Finding], *severities: Severity) -> list[str]:
    """Write the findings of some severities, each line once.

    What was not seen is left out where a graver finding says why, in the same words.
    """
    found = list(findings)
    said = {each.says for each in found if each.severity in (Severity.WARNING, Severity.FAILURE)}
    return list(
        dict.fromkeys(
            str(each)
            for each in found
            if each.severity in severities
            and not (each.severity is Severity.UNSEEN and each.says in said)
        )
    )
