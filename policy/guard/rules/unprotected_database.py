"""A database that one command drops, outside the stacks where that is meant."""

from __future__ import annotations

from collections.abc import Iterator

from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Violation

_KEPT = (
    "mysql:index/database:Database",
    "mysql-extra:index:Schema",
    "mysql-extra:index:RatingsTable",
)


def _check(resource: Resource, around: Around) -> Iterator[Finding]:
    if resource.type not in _KEPT or resource.protect or resource.stack in around.limits["dev"]:
        return
    # Alike for each part of a database, so that it reads as the one finding that it is.
    yield Violation(f"this one is not protected in the stack {resource.stack}")


RULE = Rule(
    name="unprotected-database",
    says="A database is protected, but in stacks for development.",
    remedy="set the option protect (here: pulumi config set external-mysql:protect true), or name "
    "the stack in the limit dev of this rule",
    check=_check,
    limits={"dev": {"type": "array", "items": {"type": "string"}, "default": ["dev"]}},
)
