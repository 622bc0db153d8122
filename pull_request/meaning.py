"""What it means that something goes or is replaced: for the part that is read first."""

from __future__ import annotations

from collections.abc import Sequence

from pull_request.markdown import code
from pull_request.sections.section import mapping
from pull_request.steps import Fate, Step


def is_grave(step: Step) -> bool:
    """Whether something in the world goes, for good or for a moment."""
    return step.fate in (Fate.DELETED, Fate.REPLACED) and meaning(step) != ""


def meaning(step: Step, *, found: bool = False) -> str:
    """Say what it means that a resource goes or is replaced; nothing where it means nothing.

    Args:
        step: What becomes of it.
        found: Whether it is gone already, by somebody else's hand.
    """
    if step.is_a_frame or step.kind in _ONLY_LOOK:
        return ""
    if step.fate is Fate.DELETED:
        return _gone(step) if found else _deleted(step)
    return _replaced(step) if step.fate is Fate.REPLACED else ""


# They look at what others made, or keep a name free; nothing goes with them.
_ONLY_LOOK = {"Addresses", "Server", "AccountName", "Rights", "Proof", "RandomUuid"}


def _gone(step: Step) -> str:
    match step.kind:
        case "Schema" if step.was("made"):
            return f"there is no database {code(step.was('name'))}, and no pod can read"
        case "RatingsTable":
            table = code(f"{step.was('database')}.ratings")
            return f"there is no table {table}, and no pod can read"
        case "Account":
            return f"there is no account {_account(step)} of this stack's: no new login as it works"
        case "Deployment":
            return "there are no pods that it made"
        case _:
            return _deleted(step)


def _deleted(step: Step) -> str:
    match step.kind:
        case "Schema":
            return (
                f"the database {code(step.was('name'))} is dropped, unless somebody else has put "
                "something into it"
                if step.was("made") and not step.was("adopted")
                else ""
            )
        case "RatingsTable":
            return _table(step)
        case "Account":
            return f"the account {_account(step)} {_goes(step)}"
        case "RandomPassword":
            return "the password is forgotten"
        case "Secret":
            return "no pod that refers to it can start any more"
        case "Deployment":
            pods = int(step.was("spec", "replicas") or 1)
            return "its pod ends" if pods == 1 else f"its {pods} pods end"
        case "ServiceEntry":
            hosts = ", ".join(map(code, step.was("spec", "hosts") or []))
            return f"sidecars let nothing out to {hosts} any more, where nothing else does"
        case "VirtualService":
            hosts = ", ".join(map(code, step.was("spec", "hosts") or []))
            return f"requests to {hosts} go to any version"
        case "DestinationRule":
            return (
                f"the subsets of {code(step.was('spec', 'host'))} are unknown: "
                "routes to them lead nowhere"
            )
        case _:
            return "it goes"


def _goes(account: Step) -> str:
    if account.was("adopt"):
        return "is given back, or dropped if this stack made it"
    return "is dropped: no new login as it works"


def _table(step: Step) -> str:
    table = f"the table {code(str(step.was('database')) + '.ratings')}"
    rows = _number(len(mapping(step.was("rows"))), "row")
    if step.was("adopted"):
        return f"{table} is given back: {rows} of this stack's go, or are what they were"
    return f"{table} is dropped with its {rows}, unless somebody else has added something to it"


# A thing of a fixed name goes before its successor comes.
_WITH_A_GAP = {
    "ServiceEntry": "a moment without a way out: new connections fail until it is there again",
    "VirtualService": "a moment without a route: requests go to any version",
    "Deployment": "a time without pods: they end before others start",
    "DestinationRule": "a moment without subsets: routes to them lead nowhere",
}


_OF_THE_ACCOUNT_BEFORE = {
    "drop": "goes once no pod is left that uses it",
    "keep": "stays until the next rotation",
    "cut": "is dropped at once, before pods have the new password",
}


def _replaced(step: Step) -> str:
    if step.gap:
        return _WITH_A_GAP.get(step.kind, "it goes before another one comes")
    match step.kind:
        case "RandomPassword":
            return "a new password, for an account of its own"
        case "Secret":
            return "another one under another name; pods that refer to it are rolled"
        case "RatingsTable":
            return "another table is made with its rows, then the last one is dropped"
        case "Account":
            after = code(f"'{step.will_be('user')}'@'{step.will_be('host')}'")
            becomes = _OF_THE_ACCOUNT_BEFORE.get(str(step.will_be("previous")), "goes")
            return f"{after} is made; {_account(step)} {becomes}"
        case "Schema" if step.will_be("made"):
            return f"{code(step.will_be('name'))} is made, then {code(step.was('name'))} is dropped"
        # What stands before and after them says it.
        case "AccountName" | "Schema" | "Database" | "User" | "Grant" | "Rights" | "Proof":
            return ""
        case _:
            return "another one takes its place"


def _account(step: Step) -> str:
    return code(f"'{step.was('user')}'@'{step.was('host')}'")


def _number(number: int, noun: str) -> str:
    return f"{number} {noun}" if number == 1 else f"{number} {noun}s"


def object_name(step: Step) -> str:
    """Name a resource as one would on its own server: `namespace/name` in a cluster."""
    if not step.is_of_kubernetes:
        return step.name
    metadata = mapping(step.was("metadata") or step.will_be("metadata"))
    name = str(metadata.get("name", step.name))
    return f"{metadata['namespace']}/{name}" if metadata.get("namespace") else name


_GRAVEST = (
    *("Schema", "RatingsTable", "Account", "RandomPassword", "Secret"),
    *("Deployment", "ServiceEntry", "VirtualService", "DestinationRule"),
)


def in_order(steps: Sequence[Step]) -> list[Step]:
    """Put the gravest first: what is deleted, then what is replaced with a gap, then the rest."""

    def weight(step: Step) -> tuple[bool, bool, int]:
        rank = _GRAVEST.index(step.kind) if step.kind in _GRAVEST else len(_GRAVEST)
        return step.fate is not Fate.DELETED, not step.gap, rank

    return sorted(steps, key=weight)
