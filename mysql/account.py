"""A MySQL account: who, and from where."""

from __future__ import annotations

from dataclasses import dataclass

_TWIN = "_twin_"
_OF_NAME = 18
"""How much of a user name is in its twin's, which may have 32 characters too."""


@dataclass(frozen=True, order=True)
class Account:
    """A MySQL account, or a role, which is one.

    https://dev.mysql.com/doc/refman/9.7/en/account-names.html

    Attributes:
        user: Its user name; empty for the anonymous one.
        host: From where it may log in, e.g. `%`.
    """

    user: str
    host: str = "%"

    def __str__(self) -> str:
        """Write it as SQL does, with what needs it escaped."""
        return "@".join(_literal(part) for part in (self.user, self.host))


def twin_of(user: str, which: str) -> str:
    """Name an account that stands in for another one for a moment."""
    return f"{user[:_OF_NAME]}{_TWIN}{which}"


def _literal(text: str) -> str:
    return "'" + text.replace("\\", "\\\\").replace("'", "''") + "'"
