"""Facts, each gathered once, side by side with the others that are needed."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass
from typing import Any, Literal

from checks.facts import addresses, cluster, pod_dns, server
from checks.facts.cluster import Cluster
from checks.facts.pod_dns import PodDns
from checks.facts.seen import Seen, Unseen
from checks.facts.server import Server
from mesh.egress import Egress
from mysql.admin import Admin
from settings import Settings

Need = Literal["addresses", "server", "cluster", "pod_dns"]
"""Something that a rule may need to know."""

_NOBODY_ASKED = Unseen("nobody asked for it")


@dataclass(frozen=True)
class Facts:
    """All that is known of a stack's surroundings.

    Attributes:
        settings: The stack's settings.
        admin: The admin account of the MySQL server.
        addresses: What DNS gives for the database's hosts, as blocks.
        server: The MySQL server.
        cluster: The cluster.
        pod_dns: What DNS gives a pod.
    """

    settings: Settings
    admin: Admin
    addresses: Seen[list[str]] = _NOBODY_ASKED
    server: Seen[Server] = _NOBODY_ASKED
    cluster: Seen[Cluster] = _NOBODY_ASKED
    pod_dns: Seen[PodDns] = _NOBODY_ASKED

    def blocks(self) -> list[str]:
        """Give what the ServiceEntry opens, as far as it is known."""
        if self.settings.egress is not Egress.LOOKUP:
            return self.settings.blocks()
        return [] if isinstance(self.addresses, Unseen) else self.addresses


class Gathering:
    """Gathers each fact once, when it is first needed.

    Args:
        settings: The stack's settings.
        admin: The admin account of the MySQL server.
    """

    def __init__(self, settings: Settings, admin: Admin) -> None:
        self._settings, self._admin = settings, admin
        self._known: dict[Need, Any] = {}

    def facts(self, needs: Iterable[Need]) -> Facts:
        """Give the facts, with all that is needed among them."""
        looks: dict[Need, Callable[[], object]] = {
            "addresses": lambda: addresses.look_at(self._settings),
            "server": lambda: server.look_at(self._admin, self._settings),
            "cluster": lambda: cluster.look_at(self._settings),
            "pod_dns": lambda: pod_dns.look_at(self._settings),
        }
        with ThreadPoolExecutor(len(looks)) as pool:
            under_way: dict[Need, Future[object]] = {
                need: pool.submit(looks[need]) for need in set(needs) if need not in self._known
            }
            self._known |= {need: future.result() for need, future in under_way.items()}
        return Facts(self._settings, self._admin, **self._known)
