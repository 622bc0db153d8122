"""A ServiceEntry that every namespace sees: others get a way out that they did not ask for."""

from __future__ import annotations

from collections.abc import Iterator

from guard.entry import specs
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    for spec in specs(resource):
        export_to = spec["exportTo"]
        if export_to.is_known and not export_to.value:
            yield Violation(f"{resource.name} has no exportTo, which means every namespace")
        for namespace in export_to.each():
            if not namespace.is_known:
                yield Undecided(namespace.path)
            elif namespace.value == "*":
                yield Violation(f"{resource.name} is exported to *, every namespace")


RULE = Rule(
    name="exported-everywhere",
    says="A ServiceEntry is seen by the namespaces that need it alone.",
    remedy='set spec.exportTo to ["."], its own namespace, or name the namespaces',
    check=_check,
)
