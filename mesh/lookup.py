"""What is asked of DNS for a database, and how its answers are taken."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TypedDict


class Lookup(TypedDict):
    """The hosts, whom to ask for them, and what to make of the answers."""

    hosts: Sequence[str]
    """Full DNS names."""

    nameservers: Sequence[str]
    """Who is asked, see :class:`mesh.nameserver.Nameserver`; none for this machine's own."""

    merge: bool
    """Whether the answers of several nameservers are put together; else they have to agree."""

    timeout: int
    """Seconds that a lookup may take."""

    public: bool
    """Whether a host whose addresses are all private is refused."""

    keep: int
    """Seconds for which an address that left DNS stays."""

    share: int
    """An answer with fewer addresses than this many in a hundred of those before is a hole."""

    refuse: bool
    """Whether a hole is refused; else the addresses stay, with a warning."""

    interval: int
    """Seconds between two looks of whoever looks again and again: shorter TTLs are pointed out."""
