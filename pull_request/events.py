"""The engine's events, as its log has them: one JSON object a line.

https://github.com/pulumi/pulumi/blob/master/sdk/go/common/apitype/events.go
"""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from typing import Any

from pydantic import BaseModel, ConfigDict, Field
from pydantic.alias_generators import to_camel

# The engine's mark on a value that is known after the update alone.
_UNKNOWN = "04da6b54-80e4-46f7-96ec-b56ff0331ba9"


class _Event(BaseModel):
    model_config = ConfigDict(alias_generator=to_camel, frozen=True, extra="ignore")


class Snapshot(_Event):
    """A resource before or after a step; secrets in it are blinded by the engine.

    Attributes:
        retain_on_delete: Whether the engine lets it go without a word to its provider.
    """

    inputs: dict[str, Any] = {}
    outputs: dict[str, Any] = {}
    provider: str = ""
    init_errors: list[str] = []
    retain_on_delete: bool = False


class Metadata(_Event):
    """A step of the engine on one resource.

    Attributes:
        op: `same`, `create`, `update`, `delete`, `refresh`, and what a replacement is made of.
        detailed_diff: Path of a property -> what becomes of it; none where the provider says less.
        diffs: Top-level properties that differ.
        keys: Top-level properties that replace it.
    """

    op: str
    urn: str
    type: str
    old: Snapshot | None = None
    new: Snapshot | None = None
    keys: list[str] | None = None
    diffs: list[str] | None = None
    detailed_diff: dict[str, dict[str, Any]] | None = None


class Step(_Event):
    """A step that begins or ends."""

    metadata: Metadata


class Diagnostic(_Event):
    """What the engine, a provider or the program says.

    Attributes:
        severity: `info`, `info#err`, `warning`, `error` or `debug`.
        ephemeral: Whether it is shown for a moment only.
    """

    urn: str = ""
    message: str
    severity: str
    ephemeral: bool = False


class Policy(_Event):
    """A policy that a resource does not keep.

    Attributes:
        enforcement_level: `warning` or `advisory`, `mandatory`, `remediate`.
    """

    resource_urn: str = ""
    message: str
    policy_name: str
    policy_pack_name: str
    enforcement_level: str


class Prelude(_Event):
    """The settings of the run; those that are secret are blinded."""

    config: dict[str, str] = {}


class Event(_Event):
    """One event: one of these is there, or it is of no interest here."""

    resource_pre_event: Step | None = None
    res_outputs_event: Step | None = None
    diagnostic_event: Diagnostic | None = None
    policy_event: Policy | None = None
    prelude_event: Prelude | None = None
    summary_event: dict[str, Any] | None = Field(default=None)


def read(lines: Iterable[str | bytes]) -> list[Event]:
    """Read a log; a last line that was cut off in the middle is left out."""
    events = []
    for line in lines:
        if line.strip():
            try:
                events.append(Event.model_validate_json(line))
            except ValueError:
                break
    return events


def is_unknown(value: object) -> bool:
    """Whether a value is known after the update alone."""
    return value == _UNKNOWN


def known(value: Any) -> Any:  # noqa: ANN401 - JSON
    """Leave out of a value what is not known yet."""
    if isinstance(value, Mapping):
        return {key: known(inner) for key, inner in value.items() if not is_unknown(inner)}
    if isinstance(value, list):
        return [known(inner) for inner in value if not is_unknown(inner)]
    return value
