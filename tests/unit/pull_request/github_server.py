"""A server on loopback that answers as GitHub's API does: issues, comments, pages, limits."""

from __future__ import annotations

import json
import threading
from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass, field
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from typing import Any
from urllib.parse import parse_qs, urlencode, urlsplit

REPOSITORY = "acme/ratings"
TOKEN = "ghs_made-up-by-the-tests"  # noqa: S105
LARGEST = 65_536

Thing = dict[str, Any]


@dataclass
class Trouble:
    """An answer in place of the right one."""

    status: int
    headers: Mapping[str, str] = field(default_factory=dict)
    #: Whether what was asked for is done all the same, and only the answer is lost.
    done: bool = False


@dataclass
class Hub:
    """What the server keeps, and what it was asked."""

    address: str = ""
    issues: list[Thing] = field(default_factory=list)
    comments: list[Thing] = field(default_factory=list)
    asked: list[str] = field(default_factory=list)
    #: What the next requests are answered with; None for the right answer.
    troubles: list[Trouble | None] = field(default_factory=list)

    def comment(self, body: str, *, by: str = "Bot", association: str = "NONE") -> Thing:
        """Add a comment to pull request 7."""
        number = len(self.comments) + 100
        made = {
            "id": number,
            "body": body,
            "html_url": f"https://github.test/{REPOSITORY}/pull/7#issuecomment-{number}",
            "user": {"login": "somebody", "type": by},
            "author_association": association,
        }
        self.comments.append(made)
        return made

    def issue(self, title: str, body: str, labels: list[str]) -> Thing:
        """Add an open issue."""
        number = len(self.issues) + 1
        made = {
            "number": number,
            "title": title,
            "body": body,
            "state": "open",
            "labels": [{"name": label} for label in labels],
            "html_url": f"https://github.test/{REPOSITORY}/issues/{number}",
            "user": {"login": "github-actions[bot]", "type": "Bot"},
            "author_association": "NONE",
        }
        self.issues.append(made)
        return made


@contextmanager
def github() -> Iterator[Hub]:
    """Serve until the block ends."""
    hub = Hub()

    class Handler(BaseHTTPRequestHandler):
        protocol_version = "HTTP/1.1"

        def do_GET(self) -> None:
            self._answer(hub)

        def do_POST(self) -> None:
            self._answer(hub)

        def do_PATCH(self) -> None:
            self._answer(hub)

        def log_message(self, *_: object) -> None:
            """Nothing: a test's output is its own."""

        def _answer(self, hub: Hub) -> None:
            length = int(self.headers.get("content-length") or 0)
            body = json.loads(self.rfile.read(length)) if length else {}
            hub.asked.append(f"{self.command} {self.path}")
            trouble = hub.troubles.pop(0) if hub.troubles else None
            status, answer = 401, {"message": "Bad credentials"}
            headers: dict[str, str] = {}
            if self.headers.get("authorization") == f"Bearer {TOKEN}":
                if trouble is None or trouble.done:
                    status, answer, headers = _respond(hub, self.command, self.path, body)
                if trouble is not None:
                    status, headers = trouble.status, dict(trouble.headers)
                    answer = {"message": "API rate limit exceeded"}
            payload = json.dumps(answer).encode()
            self.send_response(status)
            for name, value in {**headers, "content-length": str(len(payload))}.items():
                self.send_header(name, value)
            self.end_headers()
            self.wfile.write(payload)

    server = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
    server.daemon_threads = True
    hub.address = f"http://127.0.0.1:{server.server_port}"
    serving = threading.Thread(target=server.serve_forever, kwargs={"poll_interval": 0.01})
    serving.start()
    try:
        yield hub
    finally:
        server.shutdown()
        server.server_close()
        serving.join()


def _respond(hub: Hub, method: str, url: str, body: Thing) -> tuple[int, Any, dict[str, str]]:
    path, query = urlsplit(url).path, parse_qs(urlsplit(url).query)
    base = f"/repos/{REPOSITORY}/issues"
    if len(body.get("body", "")) > LARGEST:
        return 422, {"message": "Validation Failed: body is too long"}, {}
    match method, path.removeprefix(base) if path.startswith(base) else None:
        case "GET", "/7/comments":
            return _page(hub, path, query, hub.comments)
        case "POST", "/7/comments":
            return 201, hub.comment(body["body"]), {}
        case "GET", "":
            labels = set(query.get("labels", []))
            (state,) = query.get("state", ["open"])
            found = [
                issue
                for issue in hub.issues
                if issue["state"] == state and labels <= {each["name"] for each in issue["labels"]}
            ]
            return _page(hub, path, query, found)
        case "POST", "":
            return 201, hub.issue(body["title"], body["body"], body["labels"]), {}
        case "PATCH", str(rest):
            things = hub.comments if rest.startswith("/comments/") else hub.issues
            number = int(rest.rpartition("/")[2])
            for thing in things:
                if thing.get("id", thing.get("number")) == number:
                    thing.update(body)
                    return 200, thing, {}
    return 404, {"message": "Not Found"}, {}


def _page(
    hub: Hub, path: str, query: dict[str, list[str]], things: list[Thing]
) -> tuple[int, Any, dict[str, str]]:
    size, number = (int(query.get(name, [default])[0]) for name, default in _PAGES)
    shown = things[(number - 1) * size : number * size]
    headers = {}
    if number * size < len(things):
        more = {**{k: v[0] for k, v in query.items()}, "page": number + 1}
        last = {**more, "page": -(-len(things) // size)}
        headers["link"] = ", ".join(
            f'<{hub.address}{path}?{urlencode(each)}>; rel="{name}"'
            for name, each in (("next", more), ("last", last))
        )
    return 200, shown, headers


_PAGES = (("per_page", "30"), ("page", "1"))
