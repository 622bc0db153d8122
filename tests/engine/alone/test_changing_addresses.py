"""A database that moves, on a real nameserver: what each preview says, and what each up does."""

from __future__ import annotations

from collections.abc import Iterator
from functools import partial
from typing import Any

import pytest

from demo.watch import eventually
from sandbox import layout
from sandbox.database import Server
from sandbox.kubectl import Kubectl
from sandbox.stack import Stack
from tests.engine.alone.firewall import enforced
from tests.moving import HOST, NAME, Moving, moving
from tests.unit.nameserver import serving

_LAST = 29
"""Of the database's second address."""
_THERE = "there.external.test"
_FROM_A_POD = ("exec", "deployment/ratings-v2-mysql", "--container=ratings", "--", "node", "--eval")
_DIAL = """
const socket = require('net').connect(process.argv[2], process.argv[1]);
const is = what => { console.log(what); process.exit() };
socket.on('data', () => is('greeted')).on('error', error => is(error.code));
setTimeout(() => is('no word'), 3000);
"""
_REFUSED = "ECONNREFUSED"


@pytest.fixture(scope="module")
def zone(server: Server) -> Iterator[Moving]:
    with moving(server, _LAST) as zone:
        yield zone


@pytest.fixture(scope="module")
def settings(settings: dict[str, Any], zone: Moving) -> dict[str, Any]:
    """The stack dials the name that moves, which is in no certificate; its routes are no matter."""
    more = {"host": HOST, "readReplica": True, "routing": False, "destinationRules": False}
    return {**settings, **more, "networkPolicy": True}


@pytest.fixture
def firewall(cluster: Kubectl) -> Iterator[None]:
    with enforced(cluster.environment):
        yield


def let_through(cluster: Kubectl) -> tuple[list[str], list[str]]:
    """Give the addresses in the ServiceEntry, and those in the NetworkPolicy."""
    entry = cluster.get("serviceentry", "mysql-external")["spec"]
    rules = cluster.get("networkpolicy", "ratings-v2-mysql")["spec"]["egress"]
    return entry["addresses"], [to["ipBlock"]["cidr"] for to in rules[-1]["to"]]


def test_a_moved_address_is_named_in_the_preview_and_stays_for_open_connections(
    stack: Stack, cluster: Kubectl, zone: Moving
) -> None:
    first, second = f"{zone.first}/32", f"{zone.second}/32"
    assert let_through(cluster) == ([first], [first])
    zone.publish(f"{NAME} IN CNAME there", f"there IN A {zone.second}")
    said = stack.preview("--diff").text
    for line in (
        f"{HOST}: {zone.second} comes, for DNS has it now",
        f"{HOST}: {zone.first} left DNS, where it was since 20",
        f"aliases: {HOST} -> {_THERE}",
        "~ mysql-extra:index:Addresses: (update)",
    ):
        assert line in said
    assert "- known" not in said  # nothing looks as if it were to go

    stack.up()
    assert let_through(cluster) == ([first, second], [first, second])
    stack.preview("--expect-no-changes")

    zone.is_at(zone.second)  # the same address by another way
    stack.set(keepAddresses="0s")
    assert f"{HOST}: {zone.first} goes: it is not in DNS since 20" in stack.up().text
    assert let_through(cluster) == ([second], [second])


def test_a_hole_is_a_warning_or_is_refused_and_changes_nothing(
    stack: Stack, cluster: Kubectl, zone: Moving
) -> None:
    known = let_through(cluster)
    zone.publish(f"{NAME} IN CNAME there", f"there IN CNAME {NAME}")
    circle = f"lead in a circle ({HOST} -> {_THERE} -> {HOST}); mend its DNS"
    assert circle in stack.preview("--expect-no-changes").text

    zone.is_at()
    missing = f"host: {HOST} does not exist, says nameserver 198.18.53.1; check the name"
    said = stack.up("--expect-no-changes").text
    assert f"warning: {missing}; meanwhile what was known stays: {zone.second}\n" in said

    stack.set(onHole="refuse")
    assert any(missing in error for error in stack.preview(ok=False).errors)
    stack.set(onHole=None)
    assert let_through(cluster) == known


def test_nameservers_that_do_not_agree_are_a_hole_or_are_merged(stack: Stack, zone: Moving) -> None:
    zone.is_at(zone.second)
    with serving() as other:
        other.records[HOST] = [zone.first]
        stack.set(additionalNameservers=[f"{other.nameserver.address}:{other.nameserver.port}"])
        said = stack.preview().text
        assert f"the nameservers do not agree on {HOST}: " in said
        assert f"127.0.0.1 says {zone.first}" in said
        stack.set(nameserverAnswers="merge")
        said = stack.preview().text
        assert f"{HOST}: {zone.first} comes, for DNS has it now" in said
        assert f"{HOST}: {zone.second}" not in said
    stack.set(additionalNameservers=None, nameserverAnswers=None)


def test_a_pod_gets_to_the_database_and_no_further(
    stack: Stack, cluster: Kubectl, zone: Moving, firewall: None
) -> None:
    known, _ = let_through(cluster)
    (address,) = {zone.first, zone.second} & {block.partition("/")[0] for block in known}
    (elsewhere,) = {zone.first, zone.second} - {address}

    def becomes_of(host: str, port: int = 3306) -> str:
        return cluster(*_FROM_A_POD, _DIAL, host, str(port)).strip()

    eventually(partial(becomes_of, str(layout.HOST_V4), 53), _REFUSED.__eq__, "a firewall")
    assert becomes_of(elsewhere) == becomes_of(str(layout.DATABASE.ipv4)) == _REFUSED
    assert becomes_of(str(layout.NODE_V4), layout.APISERVER_PORT) == _REFUSED
    # By its name: the cluster's DNS is within reach.
    assert becomes_of(HOST) == becomes_of(address) == "greeted"
