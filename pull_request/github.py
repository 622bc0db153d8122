"""GitHub's API, as far as a comment and an issue need it.

https://docs.github.com/en/rest/using-the-rest-api
"""

from __future__ import annotations

import time
from collections.abc import Callable, Iterator, Mapping
from typing import Any

import httpx2

from pull_request.engine import PullRequestProblem

_VERSION = "2022-11-28"
_TIMEOUT = 20.0
_A_PAGE = 100
_MOST_TRIES = 5
_LONGEST_WAIT = 120
"""Seconds: a job that is paid by the minute waits no longer."""
_LIMITED = {403, 429}
_PASSING = {500, 502, 503, 504}
_OURS = {"OWNER", "MEMBER", "COLLABORATOR"}
_LABEL = "drift"


class GitHub:
    """One repository on GitHub, or on a GitHub of one's own."""

    def __init__(
        self,
        repository: str,
        token: str,
        api: str = "https://api.github.com",
        sleep: Callable[[float], None] = time.sleep,
    ) -> None:
        """Open a client.

        Args:
            repository: `owner/name`.
            token: One that may write issues, or comments of pull requests.
            api: URL of the API.
            sleep: Waits for some seconds.
        """
        self._repository = repository
        self._sleep = sleep
        self._client = httpx2.Client(
            base_url=api,
            timeout=_TIMEOUT,
            headers={
                "Accept": "application/vnd.github+json",
                "Authorization": f"Bearer {token}",
                "X-GitHub-Api-Version": _VERSION,
                "User-Agent": "external-mysql",
            },
        )

    def upsert_comment(self, pull_request: int, marker: str, body: str, *, new: bool = True) -> str:
        """Write the one comment with a marker: update it where it is there, make it where not.

        Args:
            pull_request: Number of the pull request.
            marker: The hidden line with which it begins.
            body: The comment, marker included.
            new: Whether to make one where there is none.

        Returns:
            Its address; nothing where none was made.

        Raises:
            PullRequestProblem: GitHub refuses, or does not answer.
        """

        def write() -> str:
            comments = f"/repos/{self._repository}/issues/{pull_request}/comments"
            for comment in self._pages(comments):
                if _is_ours(comment, marker):
                    path = f"/repos/{self._repository}/issues/comments/{comment['id']}"
                    return str(self._ask("PATCH", path, {"body": body})["html_url"])
            return str(self._ask("POST", comments, {"body": body})["html_url"]) if new else ""

        return self._again(write)

    def upsert_issue(self, marker: str, title: str, body: str, *, there: bool) -> str:
        """Keep the one open issue with a marker as things are.

        Args:
            marker: The hidden line with which it begins.
            title: Of a new one.
            body: The issue, marker included.
            there: Whether there is anything to say; if not, an open one is closed.

        Returns:
            Its address; nothing where there is none, and none is needed.

        Raises:
            PullRequestProblem: GitHub refuses, or does not answer.
        """

        def write() -> str:
            issues = f"/repos/{self._repository}/issues"
            for issue in self._pages(issues, {"state": "open", "labels": _LABEL}):
                if "pull_request" not in issue and _is_ours(issue, marker):
                    change = {"body": body}
                    if not there:
                        change |= {"state": "closed", "state_reason": "completed"}
                    path = f"{issues}/{issue['number']}"
                    return str(self._ask("PATCH", path, change)["html_url"])
            if not there:
                return ""
            new = {"title": title, "body": body, "labels": [_LABEL]}
            return str(self._ask("POST", issues, new)["html_url"])

        return self._again(write)

    def _again(self, write: Callable[[], str]) -> str:
        """Do it, from the look-up on where GitHub lost an answer: so nothing is written twice."""
        for attempt in range(_MOST_TRIES):
            try:
                return write()
            except (_PassingError, httpx2.TransportError) as error:
                if attempt == _MOST_TRIES - 1:
                    raise PullRequestProblem(
                        f"GitHub does not answer at {self._client.base_url}: {error}"
                    ) from None
                self._sleep(2**attempt)
        raise AssertionError("the last try raises")

    def _pages(self, path: str, query: Mapping[str, str] | None = None) -> Iterator[dict[str, Any]]:
        url, parameters = path, {"per_page": str(_A_PAGE), **(query or {})}
        while url:
            answer = self._send("GET", url, parameters=parameters)
            yield from answer.json()
            url = answer.links.get("next", {}).get("url", "")
            parameters = {}  # the address of the next page has them

    def _ask(self, method: str, path: str, body: Mapping[str, Any]) -> dict[str, Any]:
        answer: dict[str, Any] = self._send(method, path, body=body).json()
        return answer

    def _send(
        self,
        method: str,
        url: str,
        *,
        parameters: Mapping[str, str] | None = None,
        body: Mapping[str, Any] | None = None,
    ) -> httpx2.Response:
        for _ in range(_MOST_TRIES):
            answer = self._client.request(method, url, params=parameters or None, json=body)
            if answer.status_code not in _LIMITED or (wait := _wait(answer)) is None:
                break
            if wait > _LONGEST_WAIT:
                raise PullRequestProblem(
                    f"GitHub's rate limit is used up for {wait:.0f} s more; run it again then"
                )
            self._sleep(wait)
        if answer.status_code in _PASSING:
            raise _PassingError(f"HTTP {answer.status_code}")
        if answer.is_error:
            raise PullRequestProblem(_refused(method, answer))
        return answer


class _PassingError(Exception):
    """GitHub has a moment of its own."""


def _is_ours(thing: Mapping[str, Any], marker: str) -> bool:
    """Whether it begins with the marker, and was not written by a stranger who copied it."""
    if not str(thing.get("body") or "").startswith(marker):
        return False
    author: Mapping[str, Any] = thing.get("user") or {}
    return author.get("type") == "Bot" or thing.get("author_association") in _OURS


def _wait(answer: httpx2.Response) -> float | None:
    """Say how long GitHub asks to wait; None where it was not about that.

    https://docs.github.com/en/rest/using-the-rest-api/rate-limits-for-the-rest-api
    """
    headers = answer.headers
    if (after := headers.get("retry-after", "")).isdigit():
        return float(after)
    reset = headers.get("x-ratelimit-reset", "")
    if headers.get("x-ratelimit-remaining") == "0" and reset.isdigit():
        return max(1.0, int(reset) - time.time() + 1)
    return 60.0 if answer.status_code == httpx2.codes.TOO_MANY_REQUESTS else None


def _refused(method: str, answer: httpx2.Response) -> str:
    try:
        said = str(answer.json()["message"])
    except (ValueError, KeyError, TypeError):
        said = answer.reason_phrase
    hint = {
        401: "; GITHUB_TOKEN is not valid",
        403: "; give the job `pull-requests: write`, or `issues: write` for drift",
        404: "; GITHUB_TOKEN may not see the repository, or there is no such pull request",
    }.get(answer.status_code, "")
    return f"GitHub refused {method} {answer.url.path}: {said} (HTTP {answer.status_code}){hint}"
