"""Resource schemas as the published plugins have them: Terraform schemas behind Pulumi's bridge.

Defaults, refusals and differences are worked out here the way that pulumi-terraform-bridge does
it (``pkg/tfbridge`` of that repository, v3.133), so that a stand-in's states and diffs are those
of the plugin it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

from sandbox.plugins.values import UNKNOWN, Properties, Secret, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Mapping

DEFAULTED: Final = "__defaults"
"""The input that lists which other inputs nobody set; the bridge keeps it there."""


@dataclass(frozen=True)
class Property:
    """One property of a resource.

    Args:
        default: Its value where none is given; None for no default.
        required: Whether it has to be given.
        replaces: Whether a change makes a new resource.
        secret: Whether the engine has to hide it.
        conflicts: Other properties that may not be given beside it.
        a_set: Whether it is a list whose order says nothing.
        kept_as: What of a given value goes into the state; None for the value itself.
    """

    default: Value = None
    required: bool = False
    replaces: bool = False
    secret: bool = False
    conflicts: tuple[str, ...] = ()
    a_set: bool = False
    kept_as: Callable[[str], str] | None = None


Schema = dict[str, Property]


@dataclass(frozen=True)
class Change:
    """One property that differs: ``kind`` is ``add``, ``delete`` or ``update``."""

    property: str
    kind: str
    replaces: bool


def refusals(schema: Schema, resource: str, news: Properties) -> list[str]:
    """What is wrong with given inputs, in the bridge's words.

    Args:
        schema: The resource's.
        resource: Its logical name, for the message.
        news: The inputs as given.
    """
    unknown = [
        f"Invalid or unknown key. Examine values at '{resource}.{name}'."
        for name in news
        if name not in schema and name != DEFAULTED
    ]
    missing = [
        f"Missing required property '{name}'"
        for name, each in schema.items()
        if each.required and name not in news
    ]
    conflicting = [
        f'Conflicting configuration arguments. "{name}": conflicts with {other}. '
        f"Examine values at '{resource}.{name}'."
        for name, each in schema.items()
        if name in news
        for other in each.conflicts
        if other in news
    ]
    return unknown + missing + conflicting


def with_defaults(schema: Schema, olds: Properties, news: Properties) -> Properties:
    """Inputs with the defaults filled in; one that was a default before stays what it was.

    A default that is false, zero or empty is left to the state, as the bridge leaves it.

    Args:
        schema: The resource's.
        olds: Its inputs before, empty for a new one.
        news: Its inputs as given.
    """
    before = {name: olds[name] for name in olds.get(DEFAULTED, olds) if name in olds}
    excluded = {other for name in news if name in schema for other in schema[name].conflicts}
    filled = {
        name: before.get(name, each.default)
        for name, each in schema.items()
        if name not in news and name not in excluded and each.default
    }
    given = {name: value for name, value in news.items() if name != DEFAULTED}
    return {**given, **filled, DEFAULTED: sorted(filled)}


def marked(schema: Schema, properties: Properties) -> Properties:
    """The same properties, those that are secret marked so."""
    return {
        name: Secret(value) if name in schema and schema[name].secret else value
        for name, value in properties.items()
    }


def planned(schema: Schema, inputs: Mapping[str, Value]) -> Properties:
    """The state that inputs lead to: every default is in it, and each value as it is kept."""
    state: Properties = {}
    for name, each in schema.items():
        value = inputs.get(name, each.default)
        if value is None:
            continue
        state[name] = each.kept_as(value) if each.kept_as and value is not UNKNOWN else value
    return state


def changes(schema: Schema, state: Properties, inputs: Properties) -> list[Change]:
    """What would change if a resource in that state were given those inputs."""
    wanted = planned(schema, inputs)
    found = []
    for name, each in schema.items():
        old, new = state.get(name), wanted.get(name)
        if _comparable(each, old) == _comparable(each, new):
            continue
        kind = "add" if old is None else "delete" if new is None else "update"
        found.append(Change(name, kind, each.replaces))
    return found


def refreshed(schema: Schema, inputs: Properties, state: Properties) -> Properties:
    """Inputs after a refresh: those that there were, with the values that were read."""
    return {
        name: value if name not in schema or schema[name].kept_as else state[name]
        for name, value in inputs.items()
        if name in state
    }


def _comparable(each: Property, value: Value) -> Value:
    return sorted(value, key=str) if each.a_set and isinstance(value, list) else value
