"""One resource of a stack, as the engine shows it to a policy: the same for every language."""

from __future__ import annotations

from dataclasses import dataclass
from typing import Any

from guard.field import UNKNOWN, Field

_CUSTOM = ("CustomResource", "CustomResourcePatch")


@dataclass(frozen=True)
class Resource:
    """One resource.

    Attributes:
        urn: Its URN, `urn:pulumi:<stack>::<project>::<types>::<name>`.
        type: Its type, e.g. `kubernetes:apps/v1:Deployment`.
        inputs: What the program gives it, with `UNKNOWN` for what is not known yet.
        protect: Whether it is protected.
    """

    urn: str
    type: str
    inputs: dict[str, Any]
    protect: bool = False

    @property
    def name(self) -> str:
        """Its name in the program."""
        return self.urn.split("::", 3)[3]

    @property
    def stack(self) -> str:
        """The name of its stack."""
        return self.urn.removeprefix("urn:pulumi:").split("::", 1)[0]

    @property
    def kind(self) -> str:
        """The kind of a Kubernetes object, also of one without a type of its own; else empty."""
        if not self.type.startswith("kubernetes:"):
            return ""
        kind = self.type.rpartition(":")[2]
        if kind in _CUSTOM and self.inputs.get("kind") is not UNKNOWN:
            return str(self.inputs.get("kind", ""))
        return kind.removesuffix("Patch")

    @property
    def root(self) -> Field:
        """All of its inputs."""
        return Field(self.inputs)
