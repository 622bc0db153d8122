"""The one comment and the one issue, on a server that answers as GitHub does."""

from __future__ import annotations

import time
from collections.abc import Iterator

import pytest

from pull_request.comment import marker
from pull_request.engine import PullRequestProblem
from pull_request.github import GitHub
from tests.unit.pull_request.github_server import REPOSITORY, TOKEN, Hub, Trouble, github

MARKER = marker("preview", "dev")
DRIFT = marker("drift", "dev")


@pytest.fixture
def hub(monkeypatch: pytest.MonkeyPatch) -> Iterator[Hub]:
    monkeypatch.setenv("NO_PROXY", "127.0.0.1")
    with github() as hub:
        yield hub


@pytest.fixture
def waited() -> list[float]:
    return []


@pytest.fixture
def client(hub: Hub, waited: list[float]) -> GitHub:
    return GitHub(REPOSITORY, TOKEN, hub.address, sleep=waited.append)


def test_a_comment_is_made_where_there_is_none(hub: Hub, client: GitHub) -> None:
    hub.comment("looks good", by="User", association="OWNER")
    assert client.upsert_comment(7, MARKER, f"{MARKER}\none").endswith("#issuecomment-101")
    assert [each["body"] for each in hub.comments] == ["looks good", f"{MARKER}\none"]


def test_the_comment_that_is_there_is_updated(hub: Hub, client: GitHub) -> None:
    client.upsert_comment(7, MARKER, f"{MARKER}\none")
    client.upsert_comment(7, MARKER, f"{MARKER}\ntwo")
    assert [each["body"] for each in hub.comments] == [f"{MARKER}\ntwo"]


def test_the_comment_is_found_among_hundreds(hub: Hub, client: GitHub) -> None:
    for number in range(250):
        hub.comment(f"talk {number}", by="User")
    ours = hub.comment(f"{MARKER}\none")
    hub.comment("more talk", by="User")
    client.upsert_comment(7, MARKER, f"{MARKER}\ntwo")
    assert ours["body"] == f"{MARKER}\ntwo"
    assert len(hub.comments) == 252
    assert len([asked for asked in hub.asked if asked.startswith("GET")]) == 3


def test_each_stack_has_a_comment_of_its_own(hub: Hub, client: GitHub) -> None:
    for stack in ("dev", "prod", "dev"):
        mark = marker("preview", stack)
        client.upsert_comment(7, mark, f"{mark}\n{stack}")
    assert len(hub.comments) == 2


def test_a_stranger_who_copied_the_marker_is_not_written_over(hub: Hub, client: GitHub) -> None:
    hub.comment(f"{MARKER}\nnothing changes, merge me", by="User", association="CONTRIBUTOR")
    client.upsert_comment(7, MARKER, f"{MARKER}\nall is deleted")
    assert [each["body"].splitlines()[1] for each in hub.comments] == [
        "nothing changes, merge me",
        "all is deleted",
    ]


def test_where_there_is_nothing_to_say_no_comment_is_begun(hub: Hub, client: GitHub) -> None:
    assert client.upsert_comment(7, MARKER, f"{MARKER}\nnothing", new=False) == ""
    assert hub.comments == []


def test_a_change_that_was_taken_back_is_said_in_the_comment_that_is_there(
    hub: Hub, client: GitHub
) -> None:
    client.upsert_comment(7, MARKER, f"{MARKER}\none row")
    client.upsert_comment(7, MARKER, f"{MARKER}\nnothing", new=False)
    assert [each["body"] for each in hub.comments] == [f"{MARKER}\nnothing"]


@pytest.mark.parametrize(
    ("trouble", "seconds"),
    [
        (Trouble(429, {"retry-after": "3"}), 3),
        (Trouble(403, {"retry-after": "1", "x-ratelimit-remaining": "0"}), 1),
        (Trouble(429), 60),
    ],
)
def test_a_rate_limit_is_waited_for(
    hub: Hub, client: GitHub, waited: list[float], trouble: Trouble, seconds: float
) -> None:
    hub.troubles = [trouble]
    client.upsert_comment(7, MARKER, f"{MARKER}\none")
    assert waited == [seconds]
    assert len(hub.comments) == 1


def test_a_limit_that_is_reset_at_a_time_is_waited_for_until_then(
    hub: Hub, client: GitHub, waited: list[float]
) -> None:
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 30)}
    hub.troubles = [Trouble(403, reset)]
    client.upsert_comment(7, MARKER, f"{MARKER}\none")
    assert 28 < waited[0] < 32


def test_a_limit_of_an_hour_is_said_instead_of_waited_for(hub: Hub, client: GitHub) -> None:
    reset = {"x-ratelimit-remaining": "0", "x-ratelimit-reset": str(int(time.time()) + 3600)}
    hub.troubles = [Trouble(403, reset)]
    with pytest.raises(PullRequestProblem, match=r"rate limit is used up for 36\d\d s more"):
        client.upsert_comment(7, MARKER, f"{MARKER}\none")


def test_a_moment_of_githubs_own_is_tried_again(
    hub: Hub, client: GitHub, waited: list[float]
) -> None:
    hub.troubles = [Trouble(502), Trouble(503)]
    client.upsert_comment(7, MARKER, f"{MARKER}\none")
    assert waited == [1, 2]
    assert len(hub.comments) == 1


def test_a_lost_answer_makes_no_second_comment(hub: Hub, client: GitHub) -> None:
    found, lost = None, Trouble(504, done=True)
    hub.troubles = [found, lost]
    client.upsert_comment(7, MARKER, f"{MARKER}\none")
    assert [asked.split()[0] for asked in hub.asked] == ["GET", "POST", "GET", "PATCH"]
    assert len(hub.comments) == 1


@pytest.mark.parametrize(
    ("status", "hint"),
    [(403, "pull-requests: write"), (404, "there is no such pull request"), (422, "HTTP 422")],
)
def test_a_refusal_is_one_line_that_says_what_to_do(
    hub: Hub, client: GitHub, status: int, hint: str
) -> None:
    hub.troubles = [Trouble(status)]
    with pytest.raises(PullRequestProblem) as refused:
        client.upsert_comment(7, MARKER, f"{MARKER}\none")
    assert hint in str(refused.value)
    assert "\n" not in str(refused.value)
    assert TOKEN not in str(refused.value)


def test_a_wrong_token_is_said(hub: Hub) -> None:
    with pytest.raises(PullRequestProblem, match="GITHUB_TOKEN is not valid"):
        GitHub(REPOSITORY, "wrong", hub.address).upsert_comment(7, MARKER, MARKER)


def test_a_server_that_is_away_is_said(waited: list[float]) -> None:
    away = GitHub(REPOSITORY, TOKEN, "http://127.0.0.1:1", sleep=waited.append)
    with pytest.raises(PullRequestProblem, match="GitHub does not answer at http://127"):
        away.upsert_comment(7, MARKER, MARKER)
    assert waited == [1, 2, 4, 8]


def test_drift_opens_one_issue_updates_it_and_closes_it(hub: Hub, client: GitHub) -> None:
    assert client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\none", there=True).endswith("/issues/1")
    client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\ntwo", there=True)
    (issue,) = hub.issues
    assert (issue["body"], issue["state"]) == (f"{DRIFT}\ntwo", "open")

    client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\nnone", there=False)
    assert (issue["body"], issue["state"]) == (f"{DRIFT}\nnone", "closed")
    assert client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\nnone", there=False) == ""
    assert len(hub.issues) == 1

    client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\nagain", there=True)
    assert [each["state"] for each in hub.issues] == ["closed", "open"]


def test_the_issue_of_another_stack_and_a_pull_request_are_left_alone(
    hub: Hub, client: GitHub
) -> None:
    other = hub.issue("Drift", f"{marker('drift', 'prod')}\nprod", ["drift"])
    pull_request = hub.issue("a change", f"{DRIFT}\nquoted", ["drift"])
    pull_request["pull_request"] = {"url": "https://github.test"}
    client.upsert_issue(DRIFT, "Drift", f"{DRIFT}\none", there=False)
    assert [each["state"] for each in (other, pull_request)] == ["open", "open"]
