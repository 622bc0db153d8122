"""Each step of the story says what it does and what is seen."""

from __future__ import annotations

from typing import Any

import pytest

from demo.analysis import Complaint
from demo.narration import STEPS, Step
from demo.page import UNAVAILABLE, Page, Review
from demo.ratings import NO_CONNECTION, Answer
from demo.sidecar import Connections
from demo.stage import Asked
from demo.story import Database, Look, Mongo, NextDoor, OneStar, Switched, WayOut
from demo.watch import Effect


def a_page(stars: int | None, complaint: str = "") -> Page:
    review = Review("Reviewer1", "Good.", stars, "red" if stars else "", complaint)
    return Page(200, "The Comedy of Errors", {"Pages": "200"}, [review], [])


REFUSED = Asked(Answer((), NO_CONNECTION), Connections(2, 0), arrived=0)
ANSWERED = Asked(Answer((5, 4)), Connections(0, 0), arrived=1)
WITHOUT = Look(a_page(None, UNAVAILABLE), REFUSED)
WITH = Look(a_page(5), ANSWERED)
EFFECT = Effect(0.1234, [REFUSED.answer], ANSWERED.answer, 7)
ENTRY = {
    "addresses": ["198.18.53.24/29"],
    "ports": [{"name": "tcp", "number": 3306, "protocol": "MONGO"}],
}
SEEN: dict[str, Any] = {
    "1-no-service-entry": WITHOUT,
    "2-service-entry": WITH,
    "3-one-star": OneStar("  ~ rows\n    ReviewID 1: 5 -> 1\n    ReviewID: int", WITH),
    "4-gone-and-back": Switched([EFFECT], [EFFECT]),
    "4-by-setting": (WITHOUT, WITH),
    "5a-range": WayOut(ENTRY, {}, WITH, Connections(0, 0)),
    "5b-around-by-range": WayOut(None, {"exclude": "a range"}, WITH, Connections(0, 0)),
    "5b-around-by-port": WayOut(None, {"exclude": "3306"}, WITH, Connections(0, 0)),
    "5c-mesh-dns": (
        Database("a.test", ["240.240.0.1"], ["240.240.0.1_3306"], Answer((5, 4))),
        Database("b.test", ["240.240.0.2"], ["240.240.0.2_3306"], Answer((2, 3))),
    ),
    "6-next-door": NextDoor(REFUSED, ANSWERED),
    "7-mongo": Mongo(ENTRY, "refused", {"198.18.53.30_3306": ["mongo_proxy", "tcp_proxy"]}),
    "8-at-last": [],
}
TOLD = {
    "1-no-service-entry": [
        f"the page: The Comedy of Errors; Reviewer1: {UNAVAILABLE}",
        f"the ratings pod, asked directly: {NO_CONNECTION}",
        "its sidecar sent 2 connections to BlackHoleCluster; 0 connections came to MySQL",
    ],
    "3-one-star": ["the preview: ReviewID 1: 5 -> 1"],
    "4-gone-and-back": ["123 ms later in the median (123; 7 requests)"],
    "4-by-setting": [f"off: The Comedy of Errors; Reviewer1: {UNAVAILABLE}", "on: "],
    "5a-range": ["the ServiceEntry lets 198.18.53.24/29 through"],
    "5b-around-by-port": ["no ServiceEntry", "the pod tells its sidecar exclude: 3306"],
    "5c-mesh-dns": ["b.test is 240.240.0.2 to its pod, which reads 2 and 3"],
    "6-next-door": [f'exportTo ["."]: {NO_CONNECTION}', 'exportTo ["*"]: 5 and 4'],
    "7-mongo": ["takes the protocol MONGO", "mongo_proxy, tcp_proxy"],
    "8-at-last": ["no message about anything that the stack has made"],
}


@pytest.mark.parametrize("step", STEPS, ids=lambda step: step.picture)
def test_a_step_says_what_is_seen(step: Step) -> None:
    told = "\n".join(step.tell(SEEN[step.picture]))
    for line in TOLD.get(step.picture, []):
        assert line in told


def test_no_two_steps_share_a_picture() -> None:
    assert len({step.picture for step in STEPS}) == len(STEPS)


def test_a_message_of_the_linter_is_told_with_what_it_is_about() -> None:
    said = Complaint("IST0109", "VirtualService bookinfo/ratings", "conflict")
    assert said.namespace == "bookinfo"
    assert Complaint("IST0102", "Namespace default", "not enabled").namespace == "default"
    assert STEPS[-1].tell([said]) == ["IST0109 VirtualService bookinfo/ratings: conflict"]
