"""An adopted table: whatever is wanted of it, and wherever a run is cut off, it comes back."""

from __future__ import annotations

from hypothesis import given
from hypothesis import strategies as st

from mysql.former import Former, Plan, plan
from mysql.mark import Mark
from mysql.rows import Change, Rows

REVIEWS = st.integers(-3, 3)
RATINGS = st.one_of(st.none(), st.integers(1, 5))
TABLES = st.dictionaries(REVIEWS, RATINGS, max_size=5)
WANTED = st.dictionaries(REVIEWS, st.integers(1, 5), max_size=5)
#: One after the other: what is wanted, and after which of its three writes each run is cut off.
RUNS = st.lists(st.tuples(WANTED, st.sampled_from((0, 1, 2, 3))), max_size=5)


def changed(held: Rows, change: Change) -> dict[int, int | None]:
    """Give the rows after a change, which fails where a row to insert is there."""
    assert not held.keys() & change.insert.keys()
    assert held.keys() >= change.update.keys() | set(change.delete)
    kept = {review: rating for review, rating in held.items() if review not in change.delete}
    return {**kept, **change.insert, **change.update}


class Server:
    """A table and what is in its mark; and what the state knows, which is written last."""

    def __init__(self, held: Rows) -> None:
        self.held = dict(held)
        self.mark = Former("theirs")
        self.known: set[int] = set()

    def planned(self, wanted: Rows) -> Plan:
        return plan(self.held, wanted, self.known, self.mark)

    def run(self, wanted: Rows, writes: int) -> None:
        """Write so many times of first mark, rows, last mark, and then the state."""
        steps = self.planned(wanted)
        if writes > 0:
            self.mark = Former.parse(str(steps.first))
        if writes > 1:
            self.held = changed(self.held, steps.change)
        if writes > 2:
            self.mark = Former.parse(str(steps.then))
            self.known = set(wanted)


@given(TABLES, RUNS)
def test_it_is_given_back_as_it_was_found_wherever_runs_were_cut_off(
    found: Rows, runs: list[tuple[Rows, int]]
) -> None:
    server = Server(found)
    for wanted, writes in runs:
        server.run(wanted, writes)
        if writes > 2:
            assert server.held == {**found, **wanted}
            assert server.planned(wanted).change == Change()
    server.run({}, 3)
    assert server.held == found
    assert server.mark == Former("theirs")


@given(TABLES, RUNS, WANTED)
def test_a_state_that_is_lost_loses_no_row_of_others(
    found: Rows, runs: list[tuple[Rows, int]], last: Rows
) -> None:
    server = Server(found)
    for wanted, writes in [*runs, (last, 2)]:
        server.run(wanted, writes)
    server.known = set()
    server.run({}, 3)
    assert server.held.items() >= found.items()


@given(TABLES, WANTED, st.dictionaries(REVIEWS, st.integers(6, 9), min_size=1, max_size=3))
def test_what_somebody_adds_before_this_stack_does_is_theirs(
    found: Rows, wanted: Rows, theirs: Rows
) -> None:
    server = Server(found)
    server.run(wanted, 1)  # noted, and nothing written yet
    added = {review: rating for review, rating in theirs.items() if review not in found}
    server.held |= added
    server.run(wanted, 3)
    server.run({}, 3)
    assert server.held == {**found, **added}


def test_a_row_that_somebody_deletes_meanwhile_stays_deleted() -> None:
    server = Server({1: 3, 7: 2})
    server.run({1: 5}, 3)
    del server.held[1]
    server.run({}, 3)
    assert server.held == {7: 2}


def test_of_rows_that_are_right_none_is_written_and_what_they_were_is_kept() -> None:
    steps = plan({1: 5, 2: None}, {1: 5, 2: 4}, (), Former("theirs"))
    assert steps.change == Change(update={2: 4})
    assert steps.first == steps.then == Former("theirs", {1: 5, 2: None})


ADDED = st.dictionaries(REVIEWS, st.lists(RATINGS, min_size=1, max_size=2).map(tuple))


@given(st.builds(Former, st.text(max_size=60), TABLES, ADDED))
def test_what_a_table_was_is_read_back_from_its_mark(former: Former) -> None:
    mark = Mark("0f3b", "5f2a", former=str(former))
    read = Mark.of_comment(mark.comment)
    assert read == mark
    assert read is not None
    assert Former.parse(read.former) == former


def test_a_table_of_this_stack_was_nothing_before() -> None:
    made = Mark.of_comment(Mark("0f3b", "5f2a").comment)
    assert made is not None
    assert made.former == ""
