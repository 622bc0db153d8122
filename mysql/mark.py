"""The mark that says whose something is; it survives a rename of the stack, and a lost state.

It has two parts: the stack's, a UUID that it drew once, and that of the one resource that holds the
thing, drawn when it was made. Where a resource is replaced, the new one puts its own part in, and
the old one, which goes after that, sees that it is no longer the one to drop it. An account that is
kept beside its successor says whose resource drops it one day.

Tables carry the mark in their COMMENT, accounts in their ATTRIBUTE, which MySQL has since 8.0.21. A
database has no place for it: what is in it decides.
"""

from __future__ import annotations

import json
import re
from dataclasses import dataclass
from typing import ClassVar, Self

_KEY = "external-mysql"
_MADE = "made by this stack, and dropped by it unless others add to it"
_ADOPTED = "adopted by this stack, and given back by it as it was: "
_COMMENT = re.compile(
    rf"{_KEY} (?P<owner>\S+)/(?P<holder>\S+)(: ({_ADOPTED}(?P<former>.*)|.*))?", re.DOTALL
)


@dataclass(frozen=True)
class Mark:
    """Whose something is.

    Attributes:
        owner: The stack's part.
        holder: The resource's part.
        kept: The part of the resource that keeps it, of an account that has a successor.
        former: What a thing was before it was adopted; empty where this stack made it.
    """

    owner: str
    holder: str
    kept: str = ""
    former: str = ""

    NO_ATTRIBUTE: ClassVar[str] = json.dumps({_KEY: None})
    """What takes it out of an account's ATTRIBUTE again."""

    @property
    def comment(self) -> str:
        """Write it as a table's COMMENT."""
        said = f"{_ADOPTED}{self.former}" if self.former else _MADE
        return f"{_KEY} {self.owner}/{self.holder}: {said}"

    @property
    def attribute(self) -> str:
        """Write it as an account's ATTRIBUTE, a JSON object into which the server merges it.

        So what an account was before stays there, where it is not said once more.
        """
        said = {"owner": self.owner, "holder": self.holder, "kept": self.kept}
        return json.dumps({_KEY: {**said, **({"former": self.former} if self.former else {})}})

    @classmethod
    def of_comment(cls, comment: str) -> Self | None:
        """Read a table's COMMENT; None where it has no mark."""
        match = _COMMENT.fullmatch(comment)
        if match is None:
            return None
        return cls(match["owner"], match["holder"], former=match["former"] or "")

    @classmethod
    def of_attribute(cls, attribute: object) -> Self | None:
        """Read an account's ATTRIBUTE, as JSON or what that says; None where it has no mark."""
        value = json.loads(attribute) if isinstance(attribute, str | bytes) else attribute
        mark = value.get(_KEY) if isinstance(value, dict) else None
        if not isinstance(mark, dict) or not mark.keys() >= {"owner", "holder"}:
            return None
        kept, former = (str(mark.get(name, "")) for name in ("kept", "former"))
        return cls(str(mark["owner"]), str(mark["holder"]), kept, former)
