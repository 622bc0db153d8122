"""What somebody has to look at: errors, warnings, and policies that are not kept."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass
from enum import IntEnum

from pull_request.events import Diagnostic, Event, Policy

# What the engine says around the one thing that is wrong.
_ENDED = "exited prematurely"
_AROUND = ("preview failed", "update failed", "refresh failed", "before hook", "resource plan")
_PREFIXES = ("Preview failed: ", "error: ")
_URN = "urn:pulumi:"


class Weight(IntEnum):
    """How much it weighs; the heaviest come first."""

    ERROR = 0
    WARNING = 1
    SAID = 2


@dataclass(frozen=True)
class Finding:
    """One thing that was found.

    Attributes:
        who: Who found it: a policy of a pack, or nothing for the program and its providers.
        where: The resource, e.g. `ServiceEntry mysql-external`; empty where it is of all.
        text: What is wrong, and what would be right.
    """

    weight: Weight
    who: str
    where: str
    text: str


def findings(events: Sequence[Event]) -> list[Finding]:
    """Collect what was found, each once, the heaviest first."""
    found = [
        finding
        for event in events
        for finding in (
            _of_policy(event.policy_event) if event.policy_event else None,
            _of_diagnostic(event.diagnostic_event) if event.diagnostic_event else None,
        )
        if finding
    ]
    return sorted(dict.fromkeys(found), key=lambda one: (one.weight, one.where, one.text))


def _of_policy(policy: Policy) -> Finding:
    mandatory = policy.enforcement_level == "mandatory"
    return Finding(
        Weight.ERROR if mandatory else Weight.WARNING,
        f"{policy.policy_pack_name}: {policy.policy_name}",
        where(policy.resource_urn),
        " ".join(_lines(policy.message)),
    )


def _of_diagnostic(said: Diagnostic) -> Finding | None:
    text = said.message.strip()
    for prefix in _PREFIXES:
        text = text.removeprefix(prefix)
    if not text or said.ephemeral:
        return None
    match said.severity:
        case "error":
            # A plugin that the engine lets go at its end may be quicker than it thinks; of one that
            # broke, the step that it was asked for says so too.
            if text.startswith(_AROUND) or _ENDED in text.partition("\n")[0]:
                return None
            return Finding(Weight.ERROR, "", where(said.urn), text)
        case "warning":
            return Finding(Weight.WARNING, "", where(said.urn), _in_one_line(text))
        case "info" if said.urn:
            return Finding(Weight.SAID, "", where(said.urn), text)
        case _:
            return None


def _in_one_line(text: str) -> str:
    """Write what is listed, as the engine does with what is wrong with pods, as a sentence."""
    first, *listed = _lines(text)
    return f"{first} {'; '.join(line.removeprefix('* ') for line in listed)}".strip()


def _lines(text: str) -> list[str]:
    return [line.strip() for line in text.splitlines() if line.strip()]


def where(urn: str) -> str:
    """Name a resource by its kind and its name; nothing for the stack as a whole."""
    if not urn.startswith(_URN):
        return ""
    _, _, types, name = urn.split("::", 3)
    kind = types.rpartition("$")[2].rpartition(":")[2]
    return "" if kind == "Stack" else f"{kind} {name}"
