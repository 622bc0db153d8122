"""The addresses that the database's hosts have, as this machine is told."""

from __future__ import annotations

from checks.facts.seen import Seen, Unseen
from mesh.resolver import LookupFailed, Nameserver, look_up
from settings import Settings


def look_at(settings: Settings) -> Seen[list[str]]:
    """Ask DNS; gives the blocks of single addresses, in order."""
    try:
        return look_up(
            [settings.host, *settings.additional_hosts],
            nameserver=Nameserver.parse(settings.nameserver) if settings.nameserver else None,
            timeout=settings.dns_timeout,
            public=settings.public_only,
        )
    except LookupFailed as problem:
        says, _, todo = str(problem).rpartition("; ")
        return Unseen(says or todo, todo if says else "")
