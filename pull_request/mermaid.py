"""The wiring as a Mermaid picture, which GitHub and GitLab draw; what differs is marked.

https://mermaid.js.org/syntax/flowchart.html
"""

from __future__ import annotations

from collections.abc import Mapping

from picture import words
from picture.wiring import Wiring
from picture.words import Card, Row

_GREEN, _RED, _AMBER = (
    "fill:#dafbe1,stroke:#1a7f37,color:#1f2328",
    "fill:#ffebe9,stroke:#cf222e,color:#1f2328,stroke-dasharray:5 4",
    "fill:#fff8c5,stroke:#9a6700,color:#1f2328",
)
_CLASSES = {"comes": _GREEN, "goes": _RED, "changes": _AMBER}
_ARROWS = """\
    page(["productpage"]) --> reviews
    reviews --> pods
    secret -.->|password| pods
    pods --> way
    way --> addresses
    addresses --> account
    account --> table"""


def picture(wiring: Wiring, other: Wiring | None, *, word: str) -> str:
    """Draw a wiring.

    Args:
        wiring: What is drawn.
        other: The same before or after.
        word: What becomes of what the other one has not: `comes` or `goes`.
    """
    mine, theirs = _nodes(wiring), _nodes(other) if other else {}
    lines = ["flowchart LR"]
    marked: dict[str, list[str]] = {}
    for name, label in mine.items():
        lines.append(f'    {name}["{label}"]')
        if label != theirs.get(name):
            absent = theirs.get(name) is None or _absent(other, name)
            marked.setdefault(word if absent else "changes", []).append(name)
    lines.append(_ARROWS)
    for mark, names in marked.items():
        lines += [f"    classDef {mark} {_CLASSES[mark]}", f"    class {','.join(names)} {mark}"]
    return "\n".join(lines)


def _cards(wiring: Wiring) -> Mapping[str, Card]:
    return {
        "secret": words.secret(wiring),
        "way": words.way_out(wiring),
        "addresses": words.addresses(wiring),
        "account": words.account(wiring),
        "table": words.table(wiring),
    }


def _absent(wiring: Wiring | None, name: str) -> bool:
    if wiring is None:
        return True
    if name == "pods":
        return wiring.workload is None
    card = _cards(wiring).get(name)
    return card is not None and not card.there


def _may(wiring: Wiring) -> list[str]:
    """Say what the account may do; what it was refused no preview knows."""
    there = wiring.account
    if there is None:
        return ["not there"]
    where = there.granted_on or "the table"
    return [f"may {', '.join(there.privileges)} on {where}"] if there.privileges else []


def _nodes(wiring: Wiring) -> dict[str, str]:
    there = wiring.workload
    # Not how many of them are ready, which no preview knows.
    pods = [f"{there.pods} of {there.image}"] if there else ["not there"]
    cards = {name: _of(card) for name, card in _cards(wiring).items()}
    account = words.account(wiring)
    return {
        "reviews": _label(words.version_of(wiring, "reviews")),
        "pods": _label(words.version_of(wiring, "ratings"), *pods),
        **cards,
        "account": _label(f"{account.kind} {account.title}", *_may(wiring)),
    }


def _of(card: Card) -> str:
    lines = [_row(line) if isinstance(line, Row) else line.text for line in card.lines]
    return _label(f"{card.kind} {card.title}", *lines)


def _row(row: Row) -> str:
    return f"{row.review}: {'no rating' if row.rating is None else row.rating}"


def _label(*lines: str) -> str:
    return "<br/>".join(_escaped(line) for line in lines)


def _escaped(text: str) -> str:
    """Write a text so that Mermaid reads none of it as its own."""
    return "".join(
        character if character.isalnum() or character in " .,:;/-_@'%()+" else f"#{ord(character)};"
        for character in text
    )
