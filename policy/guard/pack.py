"""The rules as a policy pack: what the engine shows is given to them, what they find is reported.

https://www.pulumi.com/docs/insights/policy/
"""

from __future__ import annotations

import os
from collections import defaultdict
from collections.abc import Mapping, Sequence
from threading import Lock
from typing import Any

from pulumi_policy import (
    EnforcementLevel,
    Policy,
    PolicyConfigSchema,
    PolicyPack,
    ReportViolation,
    ResourceValidationArgs,
    ResourceValidationPolicy,
)
from pulumi_policy.proxy import UnknownValueError

from guard.field import UNKNOWN
from guard.resource import Resource
from guard.rule import Rule, Undecided, Violation
from guard.rules import RULES

NAME = "external-mysql"
_EXEMPT = "exempt"
_EXEMPTIONS = {
    "type": "object",
    "additionalProperties": {"type": "string", "pattern": r"\S"},
    "default": {},
}
"""Name or URN of a resource -> why the rule is not asked of it."""


class Notes:
    """What the rules have to say of a resource besides violations, by the resource's URN.

    A violation has its rule's level and stops the run. What is let pass is to be seen too, so it is
    reported by a rule of its own, whose level is advisory.
    """

    def __init__(self) -> None:
        self._said: defaultdict[str, list[str]] = defaultdict(list)

    def add(self, urn: str, text: str) -> None:
        """Keep something to say."""
        self._said[urn].append(text)

    def policy(self, name: str, says: str) -> ResourceValidationPolicy:
        """Give the rule that says it; it comes after those that add to it."""

        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            for text in self._said.pop(args.urn, ()):
                report(text, None)

        return ResourceValidationPolicy(
            name, says, validate, enforcement_level=EnforcementLevel.ADVISORY
        )


class Pack:
    """The rules, with what they remember of a run."""

    def __init__(self, environment: Mapping[str, str]) -> None:
        self._environment = environment
        self._seen: dict[str, Resource] = {}
        self._seeing = Lock()
        self._exempt = Notes()
        self._undecided = Notes()

    def policies(self) -> list[Policy]:
        """Give all rules, and the two that say what these let pass."""
        return [
            *map(self._policy, RULES),
            self._exempt.policy("exempt", "What a rule lets pass, for the reason that is given."),
            self._undecided.policy("undecided", "What a rule cannot know before `pulumi up`."),
        ]

    def _policy(self, rule: Rule) -> ResourceValidationPolicy:
        def validate(args: ResourceValidationArgs, report: ReportViolation) -> None:
            self._look(rule, args, report)

        return ResourceValidationPolicy(
            rule.name,
            rule.says,
            validate,
            enforcement_level=EnforcementLevel.MANDATORY,
            config_schema=PolicyConfigSchema(
                {_EXEMPT: _EXEMPTIONS, **{name: dict(of) for name, of in rule.limits.items()}}
            ),
            remediation_steps=rule.remedy,
        )

    def _look(self, rule: Rule, args: ResourceValidationArgs, report: ReportViolation) -> None:
        resource = Resource(args.urn, args.resource_type, plain(args.props), args.opts.protect)
        config = dict(args.get_config())
        exempt: Mapping[str, str] = config.pop(_EXEMPT, {})
        for name in config.keys() - rule.limits.keys():
            known = ", ".join(("enforcementLevel", _EXEMPT, *rule.limits))
            report(f"{name} is no setting of {rule.name}; there are: {known}", None)
            del config[name]
        found = rule.look(resource, config, self._environment, self._others(resource))
        violations = [each.text for each in found if isinstance(each, Violation)]
        reason = exempt.get(resource.name) or exempt.get(resource.urn)
        if violations and reason:
            self._exempt.add(args.urn, f"{rule.name}: {'; '.join(violations)}: {reason}")
            args.not_applicable(reason)
        for text in violations:
            report(f"{text}; {rule.remedy}", None)
        unknown = [each.path for each in found if isinstance(each, Undecided)]
        if unknown:
            said = f"{', '.join(unknown)} is not known yet; `pulumi up` decides it"
            self._undecided.add(args.urn, f"{rule.name}: {said}")
            if not violations:
                args.not_applicable(said)

    def _others(self, resource: Resource) -> Sequence[Resource]:
        """Give what was seen before; of two that are seen at once, the second sees the first."""
        with self._seeing:
            self._seen[resource.urn] = resource
            return [seen for urn, seen in self._seen.items() if urn != resource.urn]


def plain(value: Any) -> Any:  # noqa: ANN401 - an input is what JSON can say
    """Give inputs as plain objects and lists, with `UNKNOWN` for what the SDK refuses to give."""
    if isinstance(value, Mapping):
        return {key: _known(value, key) for key in value}
    if isinstance(value, Sequence) and not isinstance(value, str):
        return [_known(value, place) for place in range(len(value))]
    return value


def _known(holder: Any, key: Any) -> Any:  # noqa: ANN401
    try:
        return plain(holder[key])
    except UnknownValueError:
        return UNKNOWN


def serve() -> None:
    """Run until the engine has no more questions."""
    PolicyPack(NAME, Pack(os.environ).policies())
