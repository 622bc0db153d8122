"""An object in the cluster: whose it is; how it is taken over, left and given back."""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

from cluster.api import Api, Object, Refused
from cluster.former import given_back, taken_over, without_subsets_of
from cluster.kinds import KINDS, Named
from cluster.mark import FORMER, HAND, OWNER, Mark, annotations_of
from cluster.strays import strays
from cluster.subsets import users
from provider.api_server import ClusterProblem

_TURNS = 5
"""How often an object may change under our hands: the status of a Deployment does."""
_SECONDS_TO_GO = 180

_ELSE = {
    "DestinationRule": "set external-mysql:destinationRules to false",
    "ServiceEntry": "set external-mysql:egress to off",
    "VirtualService": "set external-mysql:routing to false, and keep your own routes",
}
"""How to do without an object of ours."""


@dataclass(frozen=True)
class Claim:
    """A claim to an object's name.

    Attributes:
        what: Its name.
        owners: The marks of this stack.
        adopt: Whether somebody wants it taken over, should it be there.
        fixed: What of its spec can never be changed, and has to be so.
    """

    what: Named
    owners: Collection[str]
    adopt: bool = False
    fixed: Mapping[str, Any] | None = None

    def is_ours(self, found: Object) -> bool:
        """Say whether this stack holds it already."""
        mark = Mark.of(found)
        return mark is not None and mark.owner in self.owners

    def refusal(self, found: Object, context: str) -> str | None:
        """Say why the object that is there cannot be had, in one line; None where it can."""
        if self.is_ours(found):
            return None
        what, mark = self.what, Mark.of(found)
        if mark:
            return (
                f"external-mysql:adopt: {what} exists already, and is another stack's, by its mark "
                f"{mark.owner}; "
                "destroy that one first, or, if it is lost, "
                f"`{what.kubectl('annotate', context)} {OWNER}-`, and adopt it"
            )
        if not self.adopt:
            other = _ELSE.get(what.kind)
            return (
                f"external-mysql:adopt: {what} exists already, and this stack did not make it; "
                f"add {what.short} there to take it over until `destroy` gives it back, or remove "
                f"it (`{what.kubectl('delete', context)}`)" + (f", or {other}" if other else "")
            )
        for part, wanted in (self.fixed or {}).items():
            there = found.get("spec", {}).get(part)
            if there != wanted:
                return (
                    f"external-mysql:adopt: {what} cannot be adopted, for its {part} is "
                    f"{json.dumps(there)}, has to be {json.dumps(wanted)}, and cannot be changed; "
                    f"remove it (`{what.kubectl('delete', context)}`)"
                )
        return None


def claimed(api: Api, claims: Sequence[Claim], context: str) -> None:
    """See that all names can be had; nothing is changed.

    Raises:
        ClusterProblem: They cannot; a line for each.
    """
    found = [(claim, api.get(claim.what.path)) for claim in claims]
    said = [claim.refusal(there, context) for claim, there in found if there is not None]
    if lines := [line for line in said if line]:
        raise ClusterProblem("\n".join(lines))


def keep(api: Api, claim: Claim, mark: Mark, context: str) -> str:
    """See that an object is still ours, and has the mark; one in its place is taken like a new one.

    So is one that others have set something in: what this program applies next takes that away.

    Returns:
        What it was before it was adopted, empty where it was not.

    Raises:
        ClusterProblem: It cannot be had any more.
    """
    found = api.get(claim.what.path)
    if found is None or not claim.is_ours(found) or strays(found):
        return take(api, claim, mark, context)[0]
    if Mark.of(found) != mark:
        api.patch(claim.what.path, {"metadata": {"annotations": mark.annotations}}, HAND)
    return annotations_of(found).get(FORMER, "")


def take(api: Api, claim: Claim, mark: Mark, context: str) -> tuple[str, bool]:
    """Put the mark on an object, if it is there.

    Returns:
        What it was before it was adopted, empty where it was not; and whether it was ours already.

    Raises:
        ClusterProblem: It cannot be had.
    """
    what = claim.what
    for turn in range(_TURNS):
        found = api.get(what.path)
        if found is None:
            return "", False
        if line := claim.refusal(found, context):
            raise ClusterProblem(line)
        ours = claim.is_ours(found)
        try:
            taken = api.patch(what.path, taken_over(found, mark, ours=ours), HAND)
        except Refused as refused:
            if not refused.is_conflict or turn == _TURNS - 1:
                raise
            continue
        return annotations_of(taken).get(FORMER, ""), ours
    raise AssertionError("the last turn ends it")


def let_go(api: Api, what: Named, found: Object, was: str) -> str | None:
    """Give an object back as it was, or delete it; nothing that uses it is left without.

    Args:
        api: Where it is.
        what: Its name.
        found: The object, which is this stack's.
        was: What it was before it was adopted; empty where this stack made it.

    Returns:
        Why it stays, if it does.
    """
    if what.kind == "DestinationRule":
        services = virtual_services(api, what)
        if using := users(without_subsets_of(was, found) if was else found, services):
            return f"it names subsets that are routed to by {', '.join(using)}"
    if was:
        _give_back(api, what, was)
        return None
    if not api.delete(what.path, found, _SECONDS_TO_GO):
        waits = ", ".join(found["metadata"].get("finalizers") or []) or "what belongs to it"
        raise ClusterProblem(
            f"{what} is being deleted, and still there after {_SECONDS_TO_GO} s: it waits for "
            f"{waits}; look at its pods, and run it again"
        )
    return None


def _give_back(api: Api, what: Named, was: str) -> None:
    for turn in range(_TURNS):
        found = api.get(what.path)
        if found is None:
            return
        back = given_back(found, was)
        try:
            api.replace(what.path, back, HAND)
            # Who had set what is known only once nothing else changes with it.
            managed = {"managedFields": back["metadata"]["managedFields"]}
            api.patch(what.path, {"metadata": managed}, HAND)
        except Refused as refused:
            if not refused.is_conflict or turn == _TURNS - 1:
                raise
            continue
        return


def virtual_services(api: Api, rule: Named) -> Sequence[Object]:
    """Give all that may route to a rule's host: of its own namespace where others are hidden."""
    kind = KINDS["VirtualService"]
    try:
        everywhere = api.get(kind.path(""))
    except Refused as refused:
        if not refused.is_forbidden:
            raise
        everywhere = api.get(kind.path(rule.namespace))
    items: Sequence[Object] = (everywhere or {}).get("items", [])
    return items


def renamed(claim: Claim, name: str) -> Claim:
    """Give the same claim to another name."""
    return replace(claim, what=replace(claim.what, name=name))
