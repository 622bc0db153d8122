"""The rules: one a file, each a judgment over facts that were gathered before.

A rule's file says what it is about, what it needs to know, when it is asked, and each message that
it has; `docs/checks.md` is the table of them all.
"""

from __future__ import annotations

from collections.abc import Iterator, Sequence
from typing import Protocol

from checks.facts.gathering import Facts, Need
from checks.finding import Finding
from checks.rules import (
    account_plugin,
    addresses,
    addresses_in_pods,
    admin_rights,
    admission,
    ambient,
    api_versions,
    authorities,
    bookinfo,
    clock,
    cluster,
    connections_left,
    control_plane,
    database,
    deployer_rights,
    exports,
    injection,
    namespace,
    other_entries,
    other_routes,
    other_rules,
    other_services,
    outbound_policy,
    password_policy,
    quotas,
    read_only,
    sidecar_scope,
    subsets,
    tls,
    version,
)
from checks.rules.when import When


class Rule(Protocol):
    """What a rule's file holds."""

    __name__: str
    __doc__: str | None
    __file__: str | None

    NEEDS: tuple[Need, ...]
    WHEN: When

    def judge(self, facts: Facts) -> Iterator[Finding]:
        """Say what is found; nothing where it is about what is not wanted."""


RULES: Sequence[Rule] = (
    addresses,
    addresses_in_pods,
    database,
    tls,
    authorities,
    version,
    read_only,
    connections_left,
    account_plugin,
    admin_rights,
    password_policy,
    clock,
    cluster,
    namespace,
    api_versions,
    deployer_rights,
    admission,
    quotas,
    control_plane,
    ambient,
    outbound_policy,
    injection,
    bookinfo,
    subsets,
    exports,
    sidecar_scope,
    other_entries,
    other_services,
    other_routes,
    other_rules,
)


def name_of(rule: Rule) -> str:
    """Give the name of a rule, as the table has it."""
    return rule.__name__.rpartition(".")[2].replace("_", " ")
