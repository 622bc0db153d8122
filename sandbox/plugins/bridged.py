"""A resource type whose schema decides all but the work itself."""

from __future__ import annotations

from abc import ABC, abstractmethod
from typing import TYPE_CHECKING, ClassVar

from sandbox.plugins.provider import Checked, Found
from sandbox.plugins.schema import (
    Change,
    Schema,
    changes,
    marked,
    planned,
    refusals,
    with_defaults,
)

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.plugins.values import Properties


class Bridged(ABC):
    """Checks, diffs and plans by its schema; what it does to the world is its subclass's."""

    schema: ClassVar[Schema]

    def check(self, name: str, olds: Properties, news: Properties, seed: bytes) -> Checked:  # noqa: ARG002 - only names made up of it need the seed
        """See :meth:`sandbox.plugins.provider.Resource.check`."""
        inputs = with_defaults(self.schema, olds, news)
        return Checked(marked(self.schema, inputs), refusals(self.schema, name, news))

    def diff(self, state: Properties, inputs: Properties) -> Sequence[Change]:
        """See :meth:`sandbox.plugins.provider.Resource.diff`."""
        return changes(self.schema, state, inputs)

    def plan(self, inputs: Properties) -> Properties:
        """See :meth:`sandbox.plugins.provider.Resource.plan`."""
        return marked(self.schema, planned(self.schema, inputs))

    @abstractmethod
    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """See :meth:`sandbox.plugins.provider.Resource.create`."""

    @abstractmethod
    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:
        """See :meth:`sandbox.plugins.provider.Resource.read`."""

    @abstractmethod
    def update(self, state: Properties, inputs: Properties) -> Properties:
        """See :meth:`sandbox.plugins.provider.Resource.update`."""

    @abstractmethod
    def delete(self, state: Properties) -> None:
        """See :meth:`sandbox.plugins.provider.Resource.delete`."""
