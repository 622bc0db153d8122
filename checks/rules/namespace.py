"""The stack's namespace is there."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

THERE = ok("{namespace} is there")
MISSING = failure(
    f"{PROJECT}:namespace: {{namespace!r}} is not in {{context}}",
    "create it, or give the one that Bookinfo runs in",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Look for it; who has rights in one namespace alone may not be told."""
    settings = facts.settings
    there = seen(seen(facts.cluster).namespace)
    message = MISSING if there is None else THERE
    yield message(namespace=settings.namespace, context=settings.context)
