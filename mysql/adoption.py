"""What is on a server already: taken over where a setting says so, refused with its name elsewhere.

As with objects of the cluster, that is said by kind and name: `Database/test`.
"""

from __future__ import annotations

#: How a setting names what can be taken over.
DATABASE = "Database"
TABLE = "Table"
ACCOUNT = "Account"
KINDS = (DATABASE, TABLE, ACCOUNT)


def word(kind: str, name: str) -> str:
    """Name something as the setting `adopt` does."""
    return f"{kind}/{name}"


def is_word(text: str) -> bool:
    """Say whether it is something on a server that is named so."""
    kind, _, name = text.partition("/")
    return kind in KINDS and bool(name)


def another_stacks(what: str, endpoint: str, owner: str, unmark: str) -> str:
    """Say of something that is there, and another stack's by its mark, what can be done."""
    return (
        f"external-mysql:adopt: {what} exists already at {endpoint}, and is another stack's, by "
        f"its mark {owner}; destroy that one first, or, if it is lost, {unmark}, and adopt it"
    )


def refusal(what: str, endpoint: str, ways: str) -> str:
    """Say of something that is there, and not this stack's, what can be done about it."""
    return (
        f"external-mysql:adopt: {what} exists already at {endpoint}, and this stack did not make "
        f"it; {ways}"
    )
