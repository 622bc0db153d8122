"""A place in a resource's inputs, with what is there: a value, nothing, or nothing known yet."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any, Final


class _Unknown:
    """Stands for a value that is known once something else has been made."""

    def __repr__(self) -> str:
        return "UNKNOWN"

    def __bool__(self) -> bool:
        raise TypeError("a rule took a value for known that is not")


UNKNOWN: Final = _Unknown()


@dataclass(frozen=True)
class Field:
    """A place in a resource's inputs.

    Attributes:
        value: What is there; None for nothing, `UNKNOWN` in a preview.
        path: Where it is, e.g. `spec.template.spec.containers[0].image`. Within something that is
            not known, that one's.
    """

    value: Any
    path: str = ""

    def __getitem__(self, key: str) -> Field:
        """Give what is there under a key; nothing where this is no object."""
        if not self.is_known:
            return self
        value = self.value.get(key) if isinstance(self.value, dict) else None
        return Field(value, f"{self.path}.{key}".lstrip("."))

    def at(self, *keys: str) -> Field:
        """Give what is there under a key of a key of ..."""
        field = self
        for key in keys:
            field = field[key]
        return field

    @property
    def is_known(self) -> bool:
        """Whether it can be decided upon by now."""
        return self.value is not UNKNOWN

    def each(self) -> Iterator[Field]:
        """Give the elements of a list; one that is not known is its own only element."""
        if not self.is_known:
            yield self
        elif isinstance(self.value, list):
            for place, value in enumerate(self.value):
                yield Field(value, f"{self.path}[{place}]")

    def text(self) -> str:
        """Give it as text; empty where there is nothing."""
        return "" if self.value is None else str(self.value)
