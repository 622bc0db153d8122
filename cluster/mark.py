"""The mark that says whose an object is, as `mysql.mark` has it for tables and accounts.

It is in annotations, so that whoever looks at an object sees it. It has the stack's part, a UUID
that outlives a rename of the stack, and the part of the one resource that holds the object: where
that is replaced, the new one puts its own part in, and the old one leaves the object to it.
"""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass
from typing import Any, Self

PREFIX = "external-mysql/"
OWNER = f"{PREFIX}owner"
HOLDER = f"{PREFIX}holder"
FORMER = f"{PREFIX}former"
"""What an adopted object was before, as JSON."""
MENDED = f"{PREFIX}mended"
"""How often an object was put right that others had set something in."""
PURPOSE = f"{PREFIX}for"
"""What an object is for that has a second one beside it while it is exchanged."""

MANAGER = "external-mysql"
"""Who owns the fields that the program sets; the same from one update to the next.

https://kubernetes.io/docs/reference/using-api/server-side-apply/#field-management
"""

HAND = "external-mysql-holder"
"""Sets what is not the program's to set: the mark on what is there already."""

PLUGIN = {
    # Not a name of its own for each resource: one in another one's place would own what that does.
    "pulumi.com/patchFieldManager": MANAGER,
    # What somebody changed by hand is put right, not argued about.
    "pulumi.com/patchForce": "true",
}
"""What pulumi-kubernetes is to do.

https://www.pulumi.com/registry/packages/kubernetes/how-to-guides/managing-resources-with-server-side-apply/
"""


@dataclass(frozen=True)
class Mark:
    """Whose an object is.

    Attributes:
        owner: The stack's part.
        holder: The resource's part.
    """

    owner: str
    holder: str

    @property
    def annotations(self) -> dict[str, str]:
        """Write it as annotations."""
        return {OWNER: self.owner, HOLDER: self.holder}

    @classmethod
    def of(cls, found: Mapping[str, Any]) -> Self | None:
        """Read it; None where an object has none."""
        annotations = annotations_of(found)
        if OWNER not in annotations:
            return None
        return cls(annotations[OWNER], annotations.get(HOLDER, ""))


def annotations_of(found: Mapping[str, Any]) -> Mapping[str, str]:
    """Give an object's annotations."""
    return found["metadata"].get("annotations") or {}
