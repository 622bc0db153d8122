"""The addresses that the database's hosts have, as this machine is told."""

from __future__ import annotations

from checks.facts.seen import Seen, Unseen
from mesh.addresses import host_blocks
from mesh.answers import LookupFailed
from mesh.resolver import ask
from settings import Settings


def look_at(settings: Settings) -> Seen[list[str]]:
    """Ask DNS; gives the blocks of single addresses, in order."""
    try:
        answers = ask(settings.dns()).values()
    except LookupFailed as problem:
        return _unseen(str(problem))
    if problems := [answer.problem for answer in answers if answer.problem]:
        return _unseen(problems[0])
    return host_blocks(address for answer in answers for address in answer.addresses)


def _unseen(problem: str) -> Unseen:
    says, _, todo = problem.rpartition("; ")
    return Unseen(says or todo, todo if says else "")
