"""Which address each pod has: one of the node's network, its own for as long as it lives."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass, field
from ipaddress import IPv4Address, IPv4Network


@dataclass
class Addresses:
    """The addresses of one network, handed out in turn so that one freed rests for long."""

    network: IPv4Network
    reserved: Iterable[IPv4Address]
    _held: dict[str, IPv4Address] = field(default_factory=dict)
    _last: int = 0

    def take(self, owner: str, wished: str | None = None) -> IPv4Address:
        """The owner's address: the one it has, else the one it had once, else the next free one.

        Raises:
            LookupError: none is free.
        """
        if owner not in self._held:
            again = IPv4Address(wished) if wished else None
            kept = again if again and self._is_free(again) else None
            self._held[owner] = kept or self._next()
        return self._held[owner]

    def give_back(self, owner: str) -> None:
        """The owner needs no address any more."""
        self._held.pop(owner, None)

    def _is_free(self, address: IPv4Address) -> bool:
        return (
            address in self.network
            and address not in {self.network.network_address, self.network.broadcast_address}
            and address not in self.reserved
            and address not in self._held.values()
        )

    def _next(self) -> IPv4Address:
        size = self.network.num_addresses
        for step in range(1, size + 1):
            candidate = self.network[(self._last + step) % size]
            if self._is_free(candidate):
                self._last = (self._last + step) % size
                return candidate
        raise LookupError(f"no free address left in {self.network}")
