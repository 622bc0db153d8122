"""Passwords and accounts: by generation, never by value."""

from __future__ import annotations

from collections.abc import Sequence

from pull_request.markdown import code
from pull_request.sections.section import NONE, Count, Section, What, changing, counts
from pull_request.steps import Fate, Side, Step

_WORDS = {
    Fate.MADE: (What.COMES, NONE, "made at random"),
    Fate.REPLACED: (What.CHANGES, "the last one", "a new one, made at random"),
    Fate.DELETED: (What.GOES, "the last one", NONE),
}


def section(steps: Sequence[Step]) -> Section:
    """Say which password is made anew, and which account comes, goes or gets another name."""
    lines: list[tuple[str, ...]] = []
    passwords: list[What] = []
    accounts: list[What] = []
    for step in changing(steps, "RandomPassword"):
        if words := _WORDS.get(step.fate):
            what, before, after = words
            passwords.append(what)
            lines.append((f"password {code(step.name)}", before, after))
    for step in changing(steps, "Account"):
        was, will = _account(step.before), _account(step.after)
        if was != will:
            if will:  # what goes is named first
                accounts.append(What.CHANGES if was else What.COMES)
            lines.append(("account", code(was) or NONE, code(will) or NONE))
    return Section(
        "Password and account",
        ("What", "Before", "After"),
        tuple(lines),
        # Each password has an account of its own, which goes without saying.
        _counted("password", passwords) or _counted("account", accounts),
    )


def _counted(noun: str, counted: Sequence[What]) -> tuple[Count, ...]:
    return counts(dict.fromkeys(What, noun), counted)


def _account(side: Side | None) -> str:
    return f"'{side.get('user')}'@'{side.get('host')}'" if side else ""
