"""The picture of the wiring, drawn by its command from the state of a stack that stands."""

from __future__ import annotations

import base64
import re
from collections.abc import Callable

import pytest

from components.external_service import NAME
from demo.stage import Place
from demo.story import RANGE, Story

Draw = Callable[..., str]


def drawn(place: Place) -> str:
    """What `python -m picture` draws of a stack."""
    done = place.stack.module("picture", "--stack", place.stack.name)
    assert done.returncode == 0, done.stderr
    return done.stdout


@pytest.fixture
def draw(story: Story) -> Draw:
    """Have the home's stack up with these settings, and draw it."""

    def with_settings(**settings: object) -> str:
        story.home.settle(**settings)
        return drawn(story.home)

    return with_settings


def test_it_shows_each_part_of_the_way_from_the_page_to_the_rows(story: Story, draw: Draw) -> None:
    picture, at = draw(), story.home.server.at
    for part in (
        *("productpage", "reviews v3", "ratings-v2-mysql", "mysql-external"),
        *(f"{at.ipv4}/32", f"{at.ipv6}/128", "bookinfo", "test.ratings"),
    ):
        assert part in picture


def _in_words(picture: str) -> str:
    """What the picture tells those who cannot see it, whichever of its names the entry has."""
    (words,) = re.findall(r"<desc[^>]*>(.*?)</desc>", picture, re.DOTALL)
    return re.sub(r"mysql-external-[0-9a-f]{8}", NAME, words)


def test_it_changes_when_the_wiring_changes(draw: Draw) -> None:
    ways = [draw(), draw(egress="off"), draw(egress="cidrs", cidrs=[RANGE]), draw(egress="bypass")]
    assert len(set(ways)) == len(ways)
    # A way that is taken again has an entry anew, under the first name or the second.
    again, first = (_in_words(way) for way in (draw(), ways[0]))
    assert again == first


def test_no_password_is_in_it(story: Story, draw: Draw) -> None:
    picture = draw()
    secret = story.home.kubectl.get("secret", story.home.reader().secret)
    (password,) = secret["data"].values()
    assert password not in picture
    assert base64.b64decode(password).decode() not in picture
    assert story.home.server.password() not in picture
