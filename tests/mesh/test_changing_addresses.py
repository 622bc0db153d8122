"""A database that moves while the page is asked for, and a pod that has no part in it."""

from __future__ import annotations

import subprocess
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass, field
from threading import Event, Thread

import pytest

from demo import page
from demo.page import Page
from demo.pod import Pod
from demo.ratings import NO_CONNECTION, Answer
from demo.stage import Place
from demo.story import OTHERS, Story
from demo.watch import eventually
from mesh.egress import own_address
from sandbox.layout import DNS_ZONE
from tests.moving import HOST, NAME, Moving, moving

NEXT = "next"
"""Where the database will be, by a name of its own."""
_LAST = 39
"""Of the database's second address."""
_ANSWERS = 15
"""On a connection that is held, five a second: for longer than its sidecar drains a listener."""
_DRAINS = {"proxy.istio.io/config": '{"drainDuration": "1s"}'}
"""Istio's default is 45 s."""

_HOLD = """
const connection = require('mysql').createConnection({
  host: process.env.MYSQL_DB_HOST, user: process.env.MYSQL_DB_USER,
  password: process.env.MYSQL_DB_PASSWORD, database: 'test' });
const cut = error => { console.log('cut: ' + error.code); process.exit() };
const ask = () => connection.query('SELECT Rating FROM ratings', error => {
  if (error) return cut(error);
  console.log('answered');
  setTimeout(ask, 200);
});
connection.on('error', cut);
ask();
"""
_GREETING = """
const socket = require('net').connect(3306, process.argv[1]);
const said = what => { console.log(what); process.exit() };
socket.on('data', () => said('a server greets')).on('close', () => said('closed'))
  .on('error', () => {});
setTimeout(() => said('silence'), 5000);
"""


@dataclass
class Held:
    """A connection to the database that a pod keeps open.

    Attributes:
        answers: How many questions were answered on it.
        end: Why it ended; empty while it lives.
    """

    answers: int = 0
    end: str = ""

    def goes_on(self) -> None:
        """Wait for some more answers on it; fail where it is cut."""
        enough = self.answers + _ANSWERS
        eventually(lambda: self, lambda held: bool(held.end) or held.answers >= enough, "answers")
        assert self.end == ""


@contextmanager
def held_by(pod: Pod) -> Iterator[Held]:
    """Have a pod keep a connection open, and ask on it again and again."""
    kubectl = pod.kubectl
    command = ["kubectl", "--namespace", kubectl.namespace, "exec", pod.name, "--container=ratings"]
    held = Held()
    with subprocess.Popen(
        [*command, "--", "node", "--eval", _HOLD],
        env=dict(kubectl.environment),
        stdout=subprocess.PIPE,
        text=True,
    ) as process:

        def listen() -> None:
            for line in process.stdout or ():
                if line.strip() == "answered":
                    held.answers += 1
                else:
                    held.end = line.strip()

        listener = Thread(target=listen, daemon=True)
        listener.start()
        try:
            held.goes_on()
            yield held
        finally:
            process.terminate()
            process.wait()
            listener.join()


@dataclass
class Visits:
    """What somebody saw who asked for the page all the time.

    Attributes:
        whole: How many pages had all their stars.
        broken: Those that had not.
    """

    whole: int = 0
    broken: list[Page] = field(default_factory=list)


@contextmanager
def visited(address: str) -> Iterator[Visits]:
    """Ask for the page for as long as it lasts."""
    visits, enough = Visits(), Event()

    def visit() -> None:
        while not enough.is_set():
            seen = page.fetch(address)
            if seen.stars == [5, 4]:
                visits.whole += 1
            else:
                visits.broken.append(seen)

    visitor = Thread(target=visit, daemon=True)
    visitor.start()
    try:
        eventually(lambda: visits.whole, bool, "a first page")
        yield visits
    finally:
        enough.set()
        visitor.join()


@pytest.fixture(scope="module")
def zone(story: Story) -> Iterator[Moving]:
    with moving(story.home.server, _LAST) as zone:
        yield zone


def at_the_name(story: Story, **settings: object) -> Place:
    """Have the home's stack dial the name that moves, which is in no certificate."""
    story.home.settle(host=HOST, readReplica=True, **settings)
    return story.home


def test_the_page_and_open_connections_live_through_a_moved_address(
    story: Story, zone: Moving
) -> None:
    its_own_name = f"{NEXT} IN A {zone.second}"
    zone.publish(f"{NAME} IN A {zone.first}", its_own_name)
    home = at_the_name(story, additionalHosts=[f"{NEXT}.{DNS_ZONE}"])  # told before it moves
    with (
        story.visitor("holder", home, annotations=_DRAINS) as holder,
        held_by(holder) as held,
        visited(story.stage.address) as visits,
    ):
        zone.publish(f"{NAME} IN A {zone.second}", its_own_name)
        assert f"{HOST}: {zone.first} left DNS" in home.stack.up().text
        eventually(lambda: zone.connections_at(zone.second), bool, "connections at the new address")
        held.goes_on()
        assert visits.broken == []

        # When its time is over it goes, and with it what is still connected: it was in force.
        home.settled = None
        at_the_name(story, keepAddresses="0s")
        eventually(lambda: held.end, bool, "the end of the connection to the address that went")
        assert visits.broken == []


def test_by_the_meshs_dns_the_page_follows_without_a_run(story: Story, zone: Moving) -> None:
    zone.is_at(zone.first)
    home = at_the_name(story, egress="mesh-dns")
    with held_by(home.pod()) as held, visited(story.stage.address) as visits:
        before = zone.connections_at(zone.second)
        zone.is_at(zone.second)
        eventually(
            lambda: zone.connections_at(zone.second),
            lambda now: now > before,
            "connections at the new address",
        )
        held.goes_on()
        zone.is_at()  # no such name any more
        held.goes_on()
        assert visits.broken == []
    assert home.pod().look_up(HOST) == [own_address(HOST)]


def listeners(pod: Pod) -> set[str]:
    return set(pod.filters(3306))


def test_by_the_meshs_dns_no_other_pod_s_connection_changes_its_way(
    story: Story, zone: Moving
) -> None:
    at_the_name(story, egress="mesh-dns")
    theirs = story.elsewhere
    theirs.settle(ratings=OTHERS)
    nowhere = "198.51.100.1"

    def ways(stranger: Pod) -> dict[str, object]:
        """What becomes of connections to that port, of pods that know no entry but their own."""
        asked = theirs.ask()
        return {
            "their own database": (asked.answer, asked.left.black_hole, asked.left.passthrough),
            "nobody": stranger.node(_GREETING, nowhere).strip(),
            "our database by number": stranger.node(_GREETING, zone.first).strip(),
            "our database by name": stranger.ratings(),
        }

    with story.visitor("stranger", theirs) as stranger:
        before = ways(stranger)
        assert before["their own database"] == (Answer(tuple(OTHERS.values())), 0, 0)
        assert before["our database by name"] == Answer((), NO_CONNECTION)
        at_the_name(story, egress="mesh-dns", exportTo=["*"])
        ours = f"{own_address(HOST)}_3306"
        eventually(lambda: listeners(stranger), lambda seen: ours in seen, "the entry there")
        assert "0.0.0.0_3306" not in listeners(stranger)
        assert ways(stranger) == before
    theirs.destroy()
