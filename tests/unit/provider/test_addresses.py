"""The resource that asks DNS in each preview, on a nameserver in this process."""

from __future__ import annotations

from collections.abc import Callable
from datetime import UTC, datetime, timedelta
from typing import Any

import pytest

from provider import addresses
from provider.addresses import Addresses
from provider.protocol.service import Change, RefusedError
from provider.protocol.values import UNKNOWN, Properties
from tests.unit.conftest import HOST
from tests.unit.nameserver import Zone, serving
from tests.unit.provider.fakes import URN, Answers, At, Said

START = datetime(2026, 11, 29, 7, tzinfo=UTC)
KNOWN = Change("known", shown=False)
MOVED = ["198.51.100.8", "2001:db8::7"]


class Run:
    """Runs of the engine, one after the other, with what each was told."""

    def __init__(self, zone: Zone, clock: Callable[[timedelta], None]) -> None:
        self.zone = zone
        self.clock = clock
        self.said = Said()
        self.state: Properties = {}

    def inputs(self, **other: Any) -> Properties:
        at = self.zone.nameserver
        return {
            "hosts": [HOST],
            "nameservers": [f"{at.address}:{at.port}"],
            "merge": False,
            "timeout": 1,
            "public": False,
            "keep": 3600,
            "share": 50,
            "refuse": False,
            "interval": 0,
            **other,
        }

    def new(self) -> Addresses:
        """Give the resource in a process of its own, as each run has."""
        self.said = Said()
        return Addresses(At(Answers()).configuration(), self.said.engine())

    def create(self, **other: Any) -> Properties:
        _, self.state = self.new().create(URN, self.inputs(**other))
        return self.state

    def differs(self, **other: Any) -> list[Change]:
        return list(self.new().diff(URN, self.state, self.inputs(**other)))

    def update(self, **other: Any) -> Properties:
        resource = self.new()
        assert resource.diff(URN, self.state, self.inputs(**other)) != []
        self.state = resource.update(URN, self.state, self.inputs(**other))
        return self.state


@pytest.fixture
def run(zone: Zone, monkeypatch: pytest.MonkeyPatch) -> Run:
    def clock(since_start: timedelta) -> None:
        monkeypatch.setattr(addresses, "now", lambda: START + since_start)

    clock(timedelta())
    return Run(zone, clock)


def test_each_address_is_kept_with_the_time_since_when(run: Run) -> None:
    state = run.create()
    there = {"since": "2026-11-29T07:00:00Z", "left": ""}
    assert state["known"] == {HOST: {"198.51.100.7": there, "2001:db8::7": there}}
    assert state["addresses"] == state["current"] == ["198.51.100.7/32", "2001:db8::7/128"]
    assert (run.said.infos, run.said.warnings) == ([], [])


def test_a_preview_makes_of_nothing_what_the_update_makes(run: Run) -> None:
    resource = run.new()
    planned = resource.plan(URN, None, run.inputs())
    assert planned == resource.create(URN, run.inputs())[1]


def test_an_answer_in_another_order_is_no_difference_and_is_not_written_down(run: Run) -> None:
    run.create()
    run.clock(timedelta(days=3))
    run.zone.records[HOST].reverse()
    assert run.differs() == []
    assert (run.said.infos, run.said.warnings) == ([], [])


def test_a_difference_is_seen_without_a_refresh_and_named_address_by_address(run: Run) -> None:
    run.create()
    run.zone.records[HOST] = MOVED
    run.clock(timedelta(hours=2))
    assert run.differs() == [KNOWN]
    left, come = run.said.infos
    assert left == (
        f"{HOST}: 198.51.100.7 left DNS, where it was since 2026-11-29T07:00:00Z; it stays until "
        "2026-11-29T10:00:00Z"
    )
    assert come == f"{HOST}: 198.51.100.8 comes, for DNS has it now"


def test_an_address_that_left_stays_for_its_time_and_is_not_among_the_current(run: Run) -> None:
    run.create()
    run.zone.records[HOST] = MOVED
    state = run.update()
    assert state["addresses"] == ["198.51.100.7/32", "198.51.100.8/32", "2001:db8::7/128"]
    assert state["current"] == ["198.51.100.8/32", "2001:db8::7/128"]
    run.clock(timedelta(minutes=59))
    assert run.differs() == []
    run.clock(timedelta(hours=1))
    assert run.differs() == [KNOWN]
    assert run.update()["addresses"] == ["198.51.100.8/32", "2001:db8::7/128"]


def test_a_shorter_time_to_stay_acts_at_once(run: Run) -> None:
    run.create()
    run.zone.records[HOST] = MOVED
    run.update()
    assert Change("keep") in run.differs(keep=0)
    assert run.update(keep=0)["addresses"] == ["198.51.100.8/32", "2001:db8::7/128"]


def test_a_run_asks_dns_once_so_that_its_update_does_what_its_preview_said(run: Run) -> None:
    run.create()
    run.zone.records[HOST] = MOVED
    resource, inputs = run.new(), run.inputs()
    resource.diff(URN, run.state, inputs)
    run.zone.records[HOST] = ["198.51.100.9"]
    assert "198.51.100.9/32" not in resource.update(URN, run.state, inputs)["addresses"]
    assert "198.51.100.9/32" in run.update()["addresses"]


def hole_without_name(zone: Zone) -> None:
    del zone.records[HOST]


def hole_without_addresses(zone: Zone) -> None:
    zone.records[HOST] = []


def hole_of_silence(zone: Zone) -> None:
    zone.silent.add(HOST)


def hole_in_a_circle(zone: Zone) -> None:
    del zone.records[HOST]
    zone.aliases |= {HOST: "b.example.com", "b.example.com": HOST}


HOLES = {
    "does not exist": hole_without_name,
    "has no A or AAAA record": hole_without_addresses,
    "did not answer for": hole_of_silence,
    "lead in a circle (": hole_in_a_circle,
}


@pytest.mark.parametrize("said", HOLES)
def test_a_hole_is_a_warning_and_changes_nothing(run: Run, said: str) -> None:
    run.create()
    HOLES[said](run.zone)
    assert run.differs() == []
    (line,) = run.said.warnings
    assert line.startswith("host: ")
    assert said in line
    assert line.endswith("; meanwhile what was known stays: 198.51.100.7, 2001:db8::7")
    assert "\n" not in line
    # Nor does it where something else is changed.
    assert run.update(interval=1)["addresses"] == ["198.51.100.7/32", "2001:db8::7/128"]


@pytest.mark.parametrize("said", HOLES)
def test_a_hole_is_refused_where_that_is_set(run: Run, said: str) -> None:
    run.create(refuse=True)
    HOLES[said](run.zone)
    with pytest.raises(RefusedError) as refused:
        run.differs(refuse=True)
    assert str(refused.value).startswith("host: ")
    assert said in str(refused.value)


@pytest.mark.parametrize("said", HOLES)
def test_nothing_is_made_of_a_hole(run: Run, said: str) -> None:
    HOLES[said](run.zone)
    with pytest.raises(RefusedError, match=r"^host: "):
        run.new().plan(URN, None, run.inputs())


@pytest.mark.parametrize(
    ("address", "line"),
    [
        ("169.254.169.254", "has the address 169.254.169.254, which reaches a cloud's metadata"),
        ("10.0.0.7", "has only private addresses"),
    ],
)
def test_what_no_sidecar_should_be_opened_to_is_refused_whatever_is_known(
    run: Run, address: str, line: str
) -> None:
    run.zone.records[HOST] = ["8.8.4.4"]
    run.create(public=True)
    run.zone.records[HOST] = [address]
    with pytest.raises(RefusedError) as refused:
        run.differs(public=True)
    assert str(refused.value).startswith(f"host: {HOST} {line}")


def test_aliases_are_said_with_what_they_lead_to(run: Run) -> None:
    run.zone.aliases |= {"db.example.com": "b.example.net", "b.example.net": HOST}
    state = run.create(hosts=["db.example.com"])
    chain = f"db.example.com -> b.example.net -> {HOST}"
    assert run.said.infos == [f"aliases: {chain}"]
    assert state["aliases"] == {"db.example.com": chain}
    run.zone.aliases["b.example.net"] = "other.example.net"
    run.zone.records["other.example.net"] = run.zone.records[HOST]
    assert run.differs(hosts=["db.example.com"]) == []  # the same addresses by another way
    run.zone.records["other.example.net"] = ["198.51.100.9"]
    run.differs(hosts=["db.example.com"], share=0)
    assert "aliases: db.example.com -> b.example.net -> other.example.net" in run.said.infos


def test_a_ttl_that_is_shorter_than_the_drift_job_s_interval_is_pointed_out(run: Run) -> None:
    run.create(interval=61)
    (line,) = run.said.infos
    assert line == (
        f"{HOST} may change every 60 s (its TTL), and is looked at every 61s (driftInterval); "
        "with egress mesh-dns, sidecars follow by themselves"
    )
    run.create(interval=60)
    assert run.said.infos == []


def test_several_nameservers_have_to_agree_or_are_merged(run: Run) -> None:
    with serving() as second:
        second.records[HOST] = ["198.51.100.7"]
        both = [f"{each.address}:{each.port}" for each in (run.zone.nameserver, second.nameserver)]
        with pytest.raises(RefusedError, match=rf"^host: the nameservers do not agree on {HOST}: "):
            run.create(nameservers=both)
        state = run.create(nameservers=both, merge=True)
        assert state["addresses"] == ["198.51.100.7/32", "2001:db8::7/128"]
        second.records[HOST] = ["198.51.100.7", "2001:db8::7"]
        assert run.differs(nameservers=both, merge=True) == []
        assert run.create(nameservers=both)["addresses"] == state["addresses"]


def test_a_refresh_leaves_the_memory_to_the_diff(run: Run) -> None:
    run.create()
    run.zone.records[HOST] = MOVED
    found = run.new().read(URN, run.state, run.inputs())
    assert (found.state, found.inputs) == (run.state, run.inputs())


def test_hosts_that_are_not_known_yet_are_not_looked_up(run: Run) -> None:
    planned = run.new().plan(URN, None, run.inputs(hosts=UNKNOWN))
    assert planned["addresses"] is UNKNOWN
    run.create()
    assert run.differs(hosts=UNKNOWN) == [Change("hosts")]


@pytest.mark.parametrize(
    ("name", "value", "reason"),
    [
        ("hosts", [], "it is empty"),
        ("nameservers", ["ns.example.com"], "'ns.example.com' is no nameserver"),
        ("share", 101, "101 is more than 100"),
        ("keep", -1, "-1 is no whole number from 0 on"),
        ("keep", "1h", "'1h' is no whole number from 0 on"),
        ("merge", "yes", "'yes' is neither true nor false"),
    ],
)
def test_bad_input_is_refused_by_its_name(run: Run, name: str, value: object, reason: str) -> None:
    (failure,) = run.new().check(URN, run.inputs(**{name: value})).failures
    assert failure.property == name
    assert failure.reason.startswith(reason)


def test_nothing_is_deleted_for_nothing_was_made(run: Run) -> None:
    run.create()
    asked = len(run.zone.asked)
    run.new().delete(URN, run.state)
    assert len(run.zone.asked) == asked
