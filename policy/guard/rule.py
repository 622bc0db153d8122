"""What a rule is."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any

from guard.resource import Resource


@dataclass(frozen=True)
class Violation:
    """Something that is not to be; the text names it without its remedy and without secrets."""

    text: str


@dataclass(frozen=True)
class Undecided:
    """Something that a preview cannot know.

    Attributes:
        path: The input that is not known.
    """

    path: str


Finding = Violation | Undecided


@dataclass(frozen=True)
class Around:
    """What a rule may know besides the resource itself.

    Attributes:
        limits: The rule's own settings.
        environment: Variables of the run, from which plugins take what the program leaves out.
        others: The stack's other resources that have been seen by now.
    """

    limits: Mapping[str, Any] = field(default_factory=dict)
    environment: Mapping[str, str] = field(default_factory=dict)
    others: Sequence[Resource] = ()


@dataclass(frozen=True)
class Rule:
    """One rule.

    Attributes:
        name: Its name, by which it is set and exempted.
        says: What is not to be.
        remedy: What to do about it.
        check: Looks at one resource.
        limits: Its settings: name -> JSON schema, with a default.
    """

    name: str
    says: str
    remedy: str
    check: Callable[[Resource, Around], Iterator[Finding]]
    limits: Mapping[str, Mapping[str, Any]] = field(default_factory=dict)

    def look(
        self,
        resource: Resource,
        limits: Mapping[str, Any] | None = None,
        environment: Mapping[str, str] | None = None,
        others: Sequence[Resource] = (),
    ) -> list[Finding]:
        """Look at one resource, with the rule's own limits where no others are given."""
        defaults = {name: schema["default"] for name, schema in self.limits.items()}
        around = Around({**defaults, **(limits or {})}, environment or {}, others)
        return list(dict.fromkeys(self.check(resource, around)))
