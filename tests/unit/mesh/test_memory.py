"""The memory of addresses, for whatever DNS may say one time after the other."""

from __future__ import annotations

from collections.abc import Mapping
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from ipaddress import IPv4Address, ip_address

import pytest
from hypothesis import given, reject
from hypothesis import strategies as st

from mesh.addresses import MOST_ADDRESSES, Address
from mesh.answers import Answer, LookupFailed
from mesh.memory import Memory, Rules, addresses, in_dns, in_words, remember

HOST, OTHER = "mysql.example.com", "replica.example.com"
START = datetime(2026, 11, 29, 7, tzinfo=UTC)
HOUR = timedelta(hours=1)
RULES = Rules(HOUR, share=50)

Said = Mapping[str, Answer]


def at(hours: float) -> datetime:
    return START + hours * HOUR


def says(*found: str, problem: str = "") -> Answer:
    return Answer(frozenset(map(ip_address, found)), problem=problem)


ONE, TWO, THREE, FOUR = (f"198.51.100.{number}" for number in range(1, 5))
ADDRESSES = [*map(ip_address, (ONE, TWO, THREE, FOUR, "2001:db8::1"))]
ANSWER = st.builds(
    Answer,
    addresses=st.frozensets(st.sampled_from(ADDRESSES)),
    problem=st.sampled_from(["", "", "it does not exist"]),
).filter(lambda answer: bool(answer.addresses or answer.problem))
SAID = st.dictionaries(st.sampled_from([HOST, OTHER]), ANSWER, min_size=1)
RULE = st.builds(
    Rules,
    keep=st.sampled_from([timedelta(), HOUR, 3 * HOUR]),
    share=st.sampled_from([0, 50, 100]),
)
LOOKS = st.lists(st.tuples(SAID, st.floats(0, 4)), max_size=6)


@dataclass(frozen=True)
class Lived:
    """A memory that has seen something, and when that was."""

    memory: Memory
    now: datetime


@st.composite
def lived(draw: st.DrawFn) -> Lived:
    """Give a memory as any series of looks leaves it."""
    memory: Memory = {}
    now = START
    for said, hours in draw(LOOKS):
        now += hours * HOUR
        with suppress(LookupFailed):  # a run that is refused remembers nothing
            memory = remember(memory, said, now, draw(RULE)).memory
    return Lived(memory, now)


def after(lived: Lived, said: Said, rules: Rules) -> tuple[Memory, tuple[str, ...]]:
    try:
        found = remember(lived.memory, said, lived.now, rules)
    except LookupFailed:
        reject()
    return found.memory, found.holes


# --- for all there can be


@given(lived(), SAID, RULE)
def test_what_dns_has_is_always_let_through(lived: Lived, said: Said, rules: Rules) -> None:
    memory, _ = after(lived, said, rules)
    assert addresses(memory) >= set().union(*(answer.addresses for answer in said.values()))


@given(lived(), SAID, RULE)
def test_nothing_is_let_through_that_was_never_in_dns(
    lived: Lived, said: Said, rules: Rules
) -> None:
    memory, _ = after(lived, said, rules)
    ever = set().union(addresses(lived.memory), *(answer.addresses for answer in said.values()))
    assert addresses(memory) <= ever


@given(lived(), SAID, RULE)
def test_a_hole_never_shrinks_what_is_known(lived: Lived, said: Said, rules: Rules) -> None:
    memory, holes = after(lived, said, rules)
    for host, answer in said.items():
        if answer.problem:
            assert memory[host].keys() >= lived.memory[host].keys()
            assert any(answer.problem in hole for hole in holes)


@given(lived(), SAID, RULE)
def test_whatever_goes_was_missed_for_as_long_as_it_is_kept(
    lived: Lived, said: Said, rules: Rules
) -> None:
    memory, _ = after(lived, said, rules)
    for host, known in lived.memory.items():
        for address in known.keys() - memory.get(host, {}).keys():
            missed = lived.now - (known[address].left or lived.now)
            assert missed >= rules.keep


@given(lived(), SAID, RULE)
def test_whatever_stays_too_long_is_a_hole(lived: Lived, said: Said, rules: Rules) -> None:
    memory, holes = after(lived, said, rules)
    for host, known in memory.items():
        if not any(host in hole for hole in holes) and not said.get(host, Answer()).problem:
            assert all(
                times.left is None or lived.now < times.left + rules.keep
                for times in known.values()
            )


@given(lived(), SAID, RULE)
def test_a_second_look_at_the_same_time_is_no_difference(
    lived: Lived, said: Said, rules: Rules
) -> None:
    memory, _ = after(lived, said, rules)
    try:
        again = remember(memory, said, lived.now, rules).memory
    except LookupFailed:
        pytest.fail("what was accepted once is refused")
    assert again == memory
    assert list(in_words(memory, again, rules)) == []


@given(lived(), SAID, RULE)
def test_every_difference_is_said_in_a_line(lived: Lived, said: Said, rules: Rules) -> None:
    memory, _ = after(lived, said, rules)
    differ = {
        (host, address)
        for host in {**lived.memory, **memory}
        for address in {**lived.memory.get(host, {}), **memory.get(host, {})}
        if lived.memory.get(host, {}).get(address) != memory.get(host, {}).get(address)
    }
    lines = list(in_words(lived.memory, memory, rules))
    assert {tuple(line.split(" ")[:2]) for line in lines} == {
        (f"{host}:", str(address)) for host, address in differ
    }
    assert len(lines) == len(differ)


@given(lived(), SAID, RULE)
def test_a_refused_hole_is_one_that_would_have_been_a_warning(
    lived: Lived, said: Said, rules: Rules
) -> None:
    _, holes = after(lived, said, rules)
    strict = Rules(rules.keep, rules.share, refuse=True)
    if not holes:
        assert remember(lived.memory, said, lived.now, strict).holes == ()
        return
    with pytest.raises(LookupFailed) as refused:
        remember(lived.memory, said, lived.now, strict)
    assert holes[0].startswith(str(refused.value))


# --- in words


def lines_of(*looks: tuple[float, Answer], rules: Rules = RULES) -> list[list[str]]:
    """Say what each look brings, one after the other."""
    memory: Memory = {}
    said = []
    for hours, answer in looks:
        before = memory
        memory = remember(before, {HOST: answer}, at(hours), rules).memory
        said.append(list(in_words(before, memory, rules)))
    return said


def test_a_moved_address_comes_stays_and_goes() -> None:
    left = (
        f"{HOST}: {ONE} left DNS, where it was since 2026-11-29T07:00:00Z; "
        "it stays until 2026-11-29T13:00:00Z"
    )
    assert lines_of((0, says(ONE)), (5, says(TWO)), (5.5, says(TWO)), (6, says(TWO))) == [
        [f"{HOST}: {ONE} comes, for DNS has it now"],
        [left, f"{HOST}: {TWO} comes, for DNS has it now"],
        [],
        [f"{HOST}: {ONE} goes: it is not in DNS since 2026-11-29T12:00:00Z"],
    ]


def test_without_a_time_to_stay_it_goes_at_once() -> None:
    _, moved = lines_of((0, says(ONE)), (5, says(TWO)), rules=Rules(timedelta()))
    assert moved[0] == f"{HOST}: {ONE} goes: it left DNS, where it was since 2026-11-29T07:00:00Z"


def test_an_address_that_is_back_stays_as_if_it_had_never_been_missed() -> None:
    *_, back, later = lines_of(
        (0, says(ONE)), (5, says(TWO)), (5.5, says(ONE, TWO)), (9, says(ONE, TWO))
    )
    assert back == [f"{HOST}: {ONE} is back in DNS, where it was missed since 2026-11-29T12:00:00Z"]
    assert later == []


def test_a_hole_stops_no_clock_but_lets_nothing_go() -> None:
    memory = remember({}, {HOST: says(ONE)}, at(0), RULES).memory
    memory = remember(memory, {HOST: says(TWO)}, at(1), RULES).memory
    found = remember(memory, {HOST: says(problem="why; what to do")}, at(9), RULES)
    assert found.memory == memory
    assert found.holes == (f"why; what to do; meanwhile what was known stays: {ONE}, {TWO}",)
    assert addresses(remember(memory, {HOST: says(TWO)}, at(9), RULES).memory) == {ip_address(TWO)}


def test_what_is_new_in_a_hole_comes_all_the_same() -> None:
    memory = remember({}, {HOST: says(ONE)}, at(0), RULES).memory
    found = remember(memory, {HOST: says(TWO, problem="no AAAA")}, at(1), RULES)
    assert addresses(found.memory) == {ip_address(ONE), ip_address(TWO)}
    assert in_dns(found.memory) == {ip_address(ONE), ip_address(TWO)}


@pytest.mark.parametrize(
    ("left", "share", "stay"), [(2, 50, 2), (1, 50, 4), (1, 25, 1), (3, 100, 4), (1, 0, 1)]
)
def test_too_few_of_those_before_are_a_hole(left: int, share: int, stay: int) -> None:
    four = (ONE, TWO, THREE, FOUR)
    memory = remember({}, {HOST: says(*four)}, at(0), RULES).memory
    found = remember(memory, {HOST: says(*four[:left])}, at(1), Rules(timedelta(), share))
    assert len(addresses(found.memory)) == stay
    assert [hole.partition(";")[0] for hole in found.holes] == (
        [f"{HOST} has {left} of 4 addresses left, less than {share} percent"] if stay > left else []
    )


def test_another_host_keeps_the_addresses_of_the_one_before_for_their_time() -> None:
    memory = remember({}, {HOST: says(ONE)}, at(0), RULES).memory
    memory = remember(memory, {OTHER: says(TWO)}, at(1), RULES).memory
    assert addresses(memory) == {ip_address(ONE), ip_address(TWO)}
    assert addresses(remember(memory, {OTHER: says(TWO)}, at(2), RULES).memory) == {ip_address(TWO)}


def test_a_host_of_which_nothing_is_known_is_refused_with_a_hole() -> None:
    memory = remember({}, {HOST: says(ONE)}, at(0), RULES).memory
    with pytest.raises(LookupFailed, match=r"^why$"):
        remember(memory, {HOST: says(ONE), OTHER: says(problem="why")}, at(1), RULES)


def many(first: int, count: int) -> frozenset[Address]:
    return frozenset(IPv4Address("198.18.0.0") + number for number in range(first, first + count))


def test_where_one_entry_cannot_hold_all_those_go_first_that_left_first() -> None:
    memory = remember({}, {HOST: Answer(many(0, 100))}, at(0), RULES).memory
    memory = remember(memory, {HOST: Answer(many(100, 100))}, at(0.2), RULES).memory
    memory = remember(memory, {HOST: Answer(many(200, 100))}, at(0.4), RULES).memory
    assert len(addresses(memory)) == MOST_ADDRESSES
    assert addresses(memory) >= many(100, 200)


def test_more_in_dns_than_one_entry_takes_are_refused() -> None:
    with pytest.raises(LookupFailed, match=rf"^{HOST} has 257 addresses, and one ServiceEntry"):
        remember({}, {HOST: Answer(many(0, 257))}, at(0), RULES)
