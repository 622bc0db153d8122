"""Resource types that a schema describes: Terraform's, behind Pulumi's bridge.

Defaults, refusals and differences are worked out here the way that pulumi-terraform-bridge does
it (``pkg/tfbridge`` of that repository, v3.133), so that a stand-in's states and diffs are those
of the plugin it stands for.
"""

from __future__ import annotations

from dataclasses import dataclass
from typing import TYPE_CHECKING, ClassVar, Final

from provider.protocol.service import Change, Checked, Failure
from provider.protocol.values import UNKNOWN, Properties, Value

if TYPE_CHECKING:
    from collections.abc import Callable, Collection, Sequence

DEFAULTED: Final = "__defaults"
"""The input that lists which other inputs nobody set; the bridge keeps it there."""


@dataclass(frozen=True)
class Property:
    """One property of a resource.

    Args:
        default: Its value where none is given; None for no default. One that is false, zero or
            empty is no input, as in the bridge.
        required: Whether it has to be given.
        replaces: Whether a change makes a new resource.
        kept_as: What of a given value goes into the state; None for the value itself.
    """

    default: Value = None
    required: bool = False
    replaces: bool = False
    kept_as: Callable[[str], str] | None = None


class Described:
    """Checks, diffs and plans by its schema; what it does to the world is its subclass's."""

    schema: ClassVar[dict[str, Property]]
    secrets: ClassVar[Collection[str]] = ()

    def check(self, urn: str, news: Properties, _olds: Properties | None = None) -> Checked:
        """See :meth:`provider.protocol.service.Resource.check`."""
        name = urn.rpartition("::")[2]
        given = {key: value for key, value in news.items() if key != DEFAULTED}
        filled = {
            key: each.default
            for key, each in self.schema.items()
            if key not in given and each.default
        }
        unknown = [
            f"Invalid or unknown key. Examine values at '{name}.{key}'."
            for key in given
            if key not in self.schema
        ]
        missing = [
            f"Missing required property '{key}'"
            for key, each in self.schema.items()
            if each.required and key not in given
        ]
        failures = [Failure(reason) for reason in unknown + missing]
        return Checked({**given, **filled, DEFAULTED: sorted(filled)}, failures)

    def diff(self, _urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """See :meth:`provider.protocol.service.Resource.diff`."""
        wanted = self.wanted(inputs)
        return [
            Change(key, each.replaces)
            for key, each in self.schema.items()
            if state.get(key) != wanted.get(key)
        ]

    def plan(self, _urn: str, _state: Properties | None, inputs: Properties) -> Properties:
        """See :meth:`provider.protocol.service.Resource.plan`."""
        return self.wanted(inputs)

    def wanted(self, inputs: Properties) -> Properties:
        """The state that inputs lead to: every default is in it, and each value as it is kept."""
        state: Properties = {}
        for key, each in self.schema.items():
            value = inputs.get(key, each.default)
            if value is not None:
                keep = each.kept_as
                state[key] = keep(value) if keep and value is not UNKNOWN else value
        return state

    def update(self, _urn: str, state: Properties, _inputs: Properties) -> Properties:
        """Nothing: the engine never asks for it where every change makes a new resource."""
        return state
