"""A right in MySQL beyond reading: a service that only reads needs no other."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.field import Field
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_GRANT = "mysql:index/grant:Grant"
_RIGHTS = "mysql-extra:index:Rights"
_READS = re.compile(r"SELECT( \(.*\))?")
"""On a table, or on some of its columns."""


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    if resource.type == _GRANT:
        yield from _of_a_grant(resource.root)
    elif resource.type == _RIGHTS:
        rights = resource.root["rights"]
        if not rights.is_known:
            yield Undecided(rights.path)
        for right in rights.value or {} if rights.is_known else {}:
            if not _READS.fullmatch(right.partition(" ON ")[0]):
                yield Violation(f"the account gets {right}")


def _of_a_grant(grant: Field) -> Iterator[Finding]:
    for privilege in grant["privileges"].each():
        if not privilege.is_known:
            yield Undecided(privilege.path)
        elif not _READS.fullmatch(privilege.text().strip().upper()):
            yield Violation(f"the account gets {privilege.text().upper()}")
    for role in grant["roles"].each():
        yield (
            Violation(f"the account gets the role {role.value}")
            if role.is_known
            else Undecided(role.path)
        )
    may_pass_on = grant["grant"]
    if not may_pass_on.is_known:
        yield Undecided(may_pass_on.path)
    elif may_pass_on.value:
        yield Violation("the account may pass its rights on to others")
    database = grant["database"]
    if not database.is_known:
        yield Undecided(database.path)
    elif database.value == "*":
        yield Violation("the account may read every database, that of the accounts too")


RULE = Rule(
    name="beyond-select",
    says="An account in MySQL may read one database, and do nothing else.",
    remedy="grant SELECT alone, on the database that the service reads",
    check=_check,
)
