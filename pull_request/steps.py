"""What becomes of each resource: the engine's steps, put together, one a resource."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from enum import StrEnum
from typing import Any

from picture.state import hide
from pull_request.events import Event, Metadata, Snapshot, known

_REPLACES = {"replace", "create-replacement", "delete-replaced", "discard-replaced"}
_OURS = "external-mysql:index:"
_HOLDERS = {f"mysql-extra:index:{kind}" for kind in ("Cluster", "Entry", "Object")}
"""The engine lets go of an object without a word to its provider; what holds it deletes it."""


class Fate(StrEnum):
    """What becomes of a resource, in the words of the comment."""

    STAYS = "stays"
    MADE = "made"
    CHANGED = "changed"
    REPLACED = "replaced"
    DELETED = "deleted"
    LET_GO = "let go"


@dataclass(frozen=True)
class Side:
    """A resource before or after; a secret in it is hidden, and what is not known is left out.

    Attributes:
        inputs: As it is wanted.
        outputs: As it is: what its provider says of it.
    """

    inputs: Mapping[str, Any] = field(default_factory=dict)
    outputs: Mapping[str, Any] = field(default_factory=dict)
    provider: str = ""
    init_errors: tuple[str, ...] = ()

    def get(self, *path: str | int) -> Any:  # noqa: ANN401 - JSON
        """Give a property as it is; as it is wanted, where nobody has said; None where neither."""
        found = _at(self.outputs, path)
        return _at(self.inputs, path) if found is None else found


@dataclass(frozen=True)
class Step:
    """One resource, and what becomes of it.

    Attributes:
        types: Its type, behind those of the components that it is a part of.
        before: As last seen; None where it is new.
        after: As it will be; None where it goes.
        paths: Properties that differ.
        gap: Whether it goes before its successor comes.
        strays: What others have set in an object, path -> who.
    """

    urn: str
    fate: Fate
    types: tuple[str, ...]
    before: Side | None
    after: Side | None
    paths: tuple[str, ...] = ()
    gap: bool = False
    strays: Mapping[str, str] = field(default_factory=dict)

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.rpartition("::")[2]

    @property
    def kind(self) -> str:
        """The last word of its type, e.g. `Deployment`."""
        return self.types[-1].rpartition(":")[2]

    @property
    def is_of_kubernetes(self) -> bool:
        """Whether it is an object in the cluster."""
        return self.types[-1].startswith("kubernetes:")

    @property
    def is_a_holder(self) -> bool:
        """Whether it is what stands before an object in the cluster."""
        return self.types[-1] in _HOLDERS

    @property
    def is_a_frame(self) -> bool:
        """Whether it only holds others: a component, a provider, what stands before an object."""
        return self.types[-1].startswith((_OURS, "pulumi:")) or self.is_a_holder

    def was(self, *path: str | int) -> Any:  # noqa: ANN401 - JSON
        """Give a property as it was."""
        return self.before.get(*path) if self.before else None

    def will_be(self, *path: str | int) -> Any:  # noqa: ANN401 - JSON
        """Give a property as it will be."""
        return self.after.get(*path) if self.after else None


@dataclass
class _Seen:
    ops: list[str] = field(default_factory=list)
    old: Snapshot | None = None
    new: Snapshot | None = None
    paths: dict[str, None] = field(default_factory=dict)


def steps(events: Iterable[Event], *, found: bool = False) -> list[Step]:
    """Put the steps of a run together, in the order of their types and names.

    They begin in another order in each run, for the engine works at several at once.

    Args:
        events: The run's events.
        found: Whether to give what a refresh found: before is the state then, after is what is
            there. Otherwise before is what a refresh found, if there was one.
    """
    seen: dict[str, _Seen] = {}
    refreshing: set[str] = set()
    for event in events:
        if event.resource_pre_event:
            metadata = event.resource_pre_event.metadata
            if metadata.op == "refresh":
                refreshing.add(metadata.urn)
            elif not found:
                _take(seen, metadata)
        elif event.res_outputs_event:
            # The end of a refresh has what it found for an operation.
            metadata = event.res_outputs_event.metadata
            is_refresh = metadata.urn in refreshing
            refreshing.discard(metadata.urn)
            if is_refresh == found:
                _take(seen, metadata)
    return [_step(urn, seen[urn]) for urn in sorted(seen)]


def _take(seen: dict[str, _Seen], metadata: Metadata) -> None:
    there = seen.setdefault(metadata.urn, _Seen())
    there.ops.append(metadata.op)
    if there.old is None:
        there.old = metadata.old
    if metadata.new is not None and metadata.op not in ("delete-replaced", "delete"):
        there.new = metadata.new
    for path in (metadata.detailed_diff or {}).keys() or metadata.diffs or ():
        there.paths[path] = None


def _step(urn: str, seen: _Seen) -> Step:
    fate, types = _fate(seen), tuple(urn.split("::")[2].split("$"))
    if fate is Fate.LET_GO and types[-1].startswith("kubernetes:"):
        fate = Fate.DELETED
    return Step(
        urn=urn,
        fate=fate,
        types=types,
        before=_side(seen.old),
        after=None if fate in (Fate.DELETED, Fate.LET_GO) else _side(seen.new),
        paths=tuple(seen.paths),
        gap=_has_gap(seen.ops),
    )


def _fate(seen: _Seen) -> Fate:
    ops = set(seen.ops)
    if ops & _REPLACES:
        return Fate.REPLACED
    if ops & {"create", "import"}:
        return Fate.MADE
    if "update" in ops:
        return Fate.CHANGED
    if ops & {"delete", "discard"}:
        retained = seen.old is not None and seen.old.retain_on_delete
        return Fate.LET_GO if retained else Fate.DELETED
    return Fate.STAYS


def _has_gap(ops: list[str]) -> bool:
    made = ops.index("create-replacement") if "create-replacement" in ops else len(ops)
    return "delete-replaced" in ops[:made]


def _side(snapshot: Snapshot | None) -> Side | None:
    if snapshot is None:
        return None
    return Side(
        inputs=hide(known(snapshot.inputs)),
        outputs=hide(known(snapshot.outputs)),
        provider=snapshot.provider,
        init_errors=tuple(snapshot.init_errors),
    )


def _at(value: Any, path: Iterable[str | int]) -> Any:  # noqa: ANN401 - JSON
    for key in path:
        if isinstance(key, int):
            value = value[key] if isinstance(value, list) and len(value) > key else None
        else:
            value = value.get(key) if isinstance(value, Mapping) else None
    return value
