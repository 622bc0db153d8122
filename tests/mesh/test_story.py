"""The article's story, step by step, as `make demo` tells it."""

from __future__ import annotations

from collections.abc import Callable
from ipaddress import ip_address, ip_network
from pathlib import Path

import pytest

from demo.album import Album
from demo.page import UNAVAILABLE
from demo.ratings import NO_CONNECTION, Answer
from demo.sidecar import Connections
from demo.story import OTHERS, RANGE, Look, Mongo, Story, WayOut

FIVE_AND_FOUR = Answer((5, 4))
NOTHING_BLOCKED = Connections(black_hole=0, passthrough=0)


def reads_past_no_obstacle(look: Look) -> bool:
    """Whether the page has its stars and the question behind it reached the database."""
    return (
        look.page.rest_is_there
        and look.page.stars == [5, 4]
        and look.asked.answer == FIVE_AND_FOUR
        and look.asked.left == NOTHING_BLOCKED
        and look.asked.arrived > 0
    )


# --- 1: routes to v2-mysql, and no ServiceEntry


@pytest.fixture(scope="module")
def without_entry(story: Story) -> Look:
    return story.without_entry()


def test_without_a_service_entry_the_page_lacks_the_ratings_and_nothing_else(
    without_entry: Look,
) -> None:
    page = without_entry.page
    assert page.status == 200
    assert page.product == "The Comedy of Errors"
    assert page.details["Publisher"] == "PublisherA"
    assert page.problems == []
    assert [review.reviewer for review in page.reviews] == ["Reviewer1", "Reviewer2"]
    assert all(review.text for review in page.reviews)
    assert [review.complaint for review in page.reviews] == [UNAVAILABLE, UNAVAILABLE]
    assert page.stars == [None, None]


def test_it_fails_for_the_right_reason(without_entry: Look) -> None:
    asked = without_entry.asked
    assert asked.answer == Answer((), NO_CONNECTION)
    assert asked.left.black_hole > 0
    assert asked.left.passthrough == 0
    assert asked.arrived == 0


def test_pictures_show_it_and_no_picture_is_there_twice(story: Story, tmp_path: Path) -> None:
    album = Album(tmp_path)
    story.without_entry()
    without = album.add(story.stage.address, "without")
    assert album.add(story.stage.address, "again") == without
    story.with_entry()
    assert album.add(story.stage.address, "with") != without
    assert {picture.name for picture in tmp_path.iterdir()} == {"without.png", "with.png"}


# --- 2: the ServiceEntry


def test_with_the_service_entry_the_stars_are_there(story: Story) -> None:
    look = story.with_entry()
    assert reads_past_no_obstacle(look)
    assert {review.color for review in look.page.reviews} == {"red"}  # reviews v3


# --- 3: the ratings set to 1


def test_ratings_set_to_1_are_previewed_row_by_row_and_seen_on_the_page(story: Story) -> None:
    seen = story.one_star()
    assert seen.diff == ["ReviewID 1: 5 -> 1", "ReviewID 2: 4 -> 1"]
    assert seen.look.page.rest_is_there
    assert seen.look.page.stars == [1, 1]
    assert seen.look.asked.answer == Answer((1, 1))


# --- 4: off and on again


def test_the_service_entry_acts_while_requests_run(
    story: Story, record_property: Callable[[str, object], None]
) -> None:
    seen = story.switched()
    for effect in seen.off:
        assert effect.before == [FIVE_AND_FOUR]
        assert effect.after == Answer((), NO_CONNECTION)
    for effect in seen.on:
        assert effect.before == [Answer((), NO_CONNECTION)]
        assert effect.after == FIVE_AND_FOUR
    for what, effects in (("deleted", seen.off), ("created", seen.on)):
        times = ", ".join(f"{1000 * effect.seconds:.0f} ms" for effect in effects)
        record_property(f"time to effect of a ServiceEntry that is {what}", times)


def test_the_setting_takes_the_service_entry_away_and_brings_it_back(story: Story) -> None:
    off, on = story.switched_by_setting()
    assert off.page.says_unavailable
    assert off.page.rest_is_there
    assert off.asked.left.black_hole > 0
    assert off.asked.arrived == 0
    assert reads_past_no_obstacle(on)


# --- 5: other ways out


def test_a_range_does_for_the_addresses_in_it(story: Story) -> None:
    seen = story.by_range()
    assert seen.entry
    assert seen.entry["addresses"] == [RANGE]
    assert reads_past_no_obstacle(seen.look)


@pytest.mark.parametrize(
    ("way", "told"),
    [
        pytest.param(
            Story.around_by_range, {"excludeOutboundIPRanges": RANGE}, id="for a known range"
        ),
        pytest.param(
            Story.around_by_port, {"excludeOutboundPorts": "3306"}, id="for the port alone"
        ),
    ],
)
def test_around_the_sidecar_nothing_of_it_passes_the_sidecar(
    story: Story, way: Callable[[Story], WayOut], told: dict[str, str]
) -> None:
    seen = way(story)
    assert seen.entry is None
    assert seen.annotations == {f"traffic.sidecar.istio.io/{name}": to for name, to in told.items()}
    assert seen.before == NOTHING_BLOCKED
    assert reads_past_no_obstacle(seen.look)


def test_off_shuts_the_way_around_the_sidecar_too(story: Story) -> None:
    story.around_by_port()
    look = story.without_entry()
    assert look.asked.answer == Answer((), NO_CONNECTION)
    assert look.asked.left.black_hole > 0
    assert look.asked.arrived == 0


def test_two_databases_on_one_port_are_not_mixed_up(story: Story) -> None:
    ours, theirs = story.two_databases()
    assert ours.answer == FIVE_AND_FOUR
    assert theirs.answer == Answer(tuple(OTHERS.values()))
    # Both sidecars know both databases, by addresses that there are nowhere else.
    assert ours.looked_up != theirs.looked_up
    known = sorted(f"{address}_3306" for each in (ours, theirs) for address in each.looked_up)
    assert ours.listeners == theirs.listeners == known
    for address in (*ours.looked_up, *theirs.looked_up):
        assert ip_address(address) in ip_network("241.0.0.0/8")


# --- 6: another namespace


def test_a_second_namespace_does_not_get_through_what_is_for_the_first(story: Story) -> None:
    seen = story.next_door()
    assert seen.kept_in.answer == Answer((), NO_CONNECTION)
    assert seen.kept_in.left.black_hole > 0
    assert seen.let_through.answer == FIVE_AND_FOUR
    assert seen.let_through.left == NOTHING_BLOCKED


# --- 7: MongoDB's wire protocol


@pytest.fixture(scope="module")
def mongo(story: Story) -> Mongo:
    return story.mongo()


def test_the_protocol_mongo_makes_an_entry_that_istio_takes(mongo: Mongo) -> None:
    assert mongo.entry["ports"] == [{"name": "tcp", "number": 3306, "protocol": "MONGO"}]
    # It looks: what there is not is refused.
    assert 'admission webhook "validation.istio.io" denied the request' in mongo.misspelt
    assert "unsupported protocol: MONGOOSE" in mongo.misspelt


def test_the_protocol_mongo_makes_a_listener_that_reads_it(story: Story, mongo: Mongo) -> None:
    at = story.home.server.at
    assert set(mongo.filters) == {f"{at.ipv4}_3306", f"{at.ipv6}_3306"}
    for filters in mongo.filters.values():
        assert filters == ["envoy.filters.network.mongo_proxy", "envoy.filters.network.tcp_proxy"]


# --- beside it


def test_istios_linter_has_nothing_to_say_of_what_the_stack_made(story: Story) -> None:
    assert story.new_complaints() == []
    # It looks: Bookinfo's own rules name a subset that only another way of set-up has.
    assert any(each.code == "IST0173" for each in story.stage.complaints)
