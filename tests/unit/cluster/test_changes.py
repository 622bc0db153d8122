"""The API server, changed: what it is asked to do, and how long that is waited for."""

from __future__ import annotations

import json
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from threading import Thread
from typing import Any
from urllib.parse import parse_qs, urlsplit

import pytest

from cluster.api import Api, Refused

PATH = "/apis/apps/v1/namespaces/default/deployments/it"
FOUND: dict[str, Any] = {"kind": "Deployment", "metadata": {"uid": "u", "resourceVersion": "7"}}
GONE = {"kind": "Status", "status": "Failure", "message": "there is\nnone", "code": 404}


class Server:
    """An API server that answers as told, in turn, the last answer for ever.

    Attributes:
        answers: Status and body of each; a list is that of a watch, an event a line.
        asked: Method, path, query, content type and body of each request.
    """

    def __init__(self) -> None:
        self.answers: list[tuple[int, Any]] = []
        self.asked: list[tuple[str, str, dict[str, list[str]], str | None, Any]] = []
        server = self

        class Handler(BaseHTTPRequestHandler):
            def _answer(self) -> None:
                at, length = urlsplit(self.path), int(self.headers.get("Content-Length") or 0)
                body = json.loads(self.rfile.read(length)) if length else None
                kind = self.headers.get("Content-Type")
                server.asked.append((self.command, at.path, parse_qs(at.query), kind, body))
                answers = server.answers
                status, answer = answers.pop(0) if len(answers) > 1 else answers[0]
                events = answer if isinstance(answer, list) else [answer]
                text = "".join(f"{json.dumps(event)}\n" for event in events).encode()
                self.send_response(status)
                self.send_header("Content-Length", str(len(text)))
                self.end_headers()
                self.wfile.write(text)

            do_GET = do_PUT = do_PATCH = do_DELETE = do_POST = _answer  # noqa: N815

            def log_message(self, *_: object) -> None:
                pass

        self.http = ThreadingHTTPServer(("127.0.0.1", 0), Handler)
        Thread(target=self.http.serve_forever, daemon=True).start()

    @property
    def address(self) -> str:
        """Where it listens."""
        return f"http://127.0.0.1:{self.http.server_port}"


@pytest.fixture
def server() -> Iterator[Server]:
    server = Server()
    yield server
    server.http.shutdown()
    server.http.server_close()


def api_at(address: str, folder: Path) -> Api:
    kubeconfig = folder / "kubeconfig"
    kubeconfig.write_text(
        json.dumps(
            {
                "clusters": [{"name": "c", "cluster": {"server": address}}],
                "contexts": [{"name": "tests", "context": {"cluster": "c", "user": "u"}}],
                "users": [{"name": "u", "user": {"token": "t0ken"}}],
            }
        )
    )
    return Api("tests", [kubeconfig])


@pytest.fixture
def api(server: Server, tmp_path: Path) -> Api:
    return api_at(server.address, tmp_path)


def test_a_change_is_merged_and_says_who_makes_it(api: Api, server: Server) -> None:
    server.answers = [(200, FOUND)]
    patch = {"metadata": {"annotations": {"a": "b"}}}
    assert api.patch(PATH, patch, "me") == FOUND
    assert server.asked == [
        ("PATCH", PATH, {"fieldManager": ["me"]}, "application/merge-patch+json", patch)
    ]
    api.replace(PATH, FOUND, "me")
    assert server.asked[1] == ("PUT", PATH, {"fieldManager": ["me"]}, "application/json", FOUND)


def test_only_the_object_that_was_read_is_deleted_with_all_that_is_its(
    api: Api, server: Server
) -> None:
    server.answers = [(200, {"kind": "Status", "status": "Success"})]
    assert api.delete(PATH, FOUND, 5)
    assert server.asked[0][4] == {
        "preconditions": {"uid": "u"},
        "propagationPolicy": "Foreground",
    }


def test_what_has_no_pods_need_not_wait_for_any(api: Api, server: Server) -> None:
    server.answers = [(200, {"kind": "Status", "status": "Success"})]
    assert api.delete(PATH, {**FOUND, "kind": "Secret"}, 5)
    assert server.asked[0][4]["propagationPolicy"] == "Background"


def test_one_that_somebody_else_deletes_is_gone(api: Api, server: Server) -> None:
    server.answers = [(404, GONE)]
    assert api.delete(PATH, FOUND, 5)


def test_another_one_in_its_place_is_refused_by_the_server(api: Api, server: Server) -> None:
    server.answers = [(409, {**GONE, "message": "the UID in the precondition is another"})]
    with pytest.raises(Refused) as refused:
        api.delete(PATH, FOUND, 5)
    assert refused.value.is_conflict


def test_it_is_waited_for_by_its_news(api: Api, server: Server) -> None:
    news = [{"type": "MODIFIED", "object": FOUND}, {"type": "DELETED", "object": FOUND}]
    server.answers = [(200, FOUND), (200, FOUND), (200, news)]
    assert api.delete(PATH, FOUND, 5)
    _, path, query, *_ = server.asked[2]
    assert path == "/apis/apps/v1/namespaces/default/deployments"
    assert query["fieldSelector"] == ["metadata.name=it"]
    assert query["resourceVersion"] == ["7"]


def test_one_of_the_same_name_is_another(api: Api, server: Server) -> None:
    server.answers = [(200, FOUND), (200, {**FOUND, "metadata": {"uid": "another"}})]
    assert api.delete(PATH, FOUND, 5)


def test_waiting_has_an_end(api: Api, server: Server) -> None:
    server.answers = [(200, FOUND)]
    assert not api.is_gone(PATH, FOUND, 0.2)
