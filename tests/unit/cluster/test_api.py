"""The API server asked: what comes back, and what is said where nothing does."""

from __future__ import annotations

import json
import ssl
import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest
import trustme
import yaml

from cluster.api import Api, NotReached, Refused, Unreachable

WHO = "/api/v1/namespaces/default"
Reach = Callable[..., Api]


class _Answers(BaseHTTPRequestHandler):
    """Answers as an API server does; the last part of a path is the status that is wanted."""

    seen: ClassVar[list[tuple[str, str]]] = []

    def do_GET(self) -> None:
        status = int(self.path.partition("?")[0].rpartition("/")[2])
        self.seen.append((self.path, self.headers.get("authorization", "")))
        said = {"kind": "Status", "message": "as it\n was said"} if status >= 400 else {"all": "ok"}
        self.send_response(status)
        self.end_headers()
        self.wfile.write(json.dumps(said).encode())

    do_POST = do_GET  # noqa: N815 - the handler's name

    def log_message(self, *_: Any) -> None:
        """Say nothing."""


@pytest.fixture
def address() -> Iterator[str]:
    _Answers.seen.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        yield f"http://127.0.0.1:{server.server_address[1]}"
        server.shutdown()
        thread.join()


@pytest.fixture
def reach(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Reach:
    """Give an API server by a kubeconfig with this in it."""
    for name in ("HTTP_PROXY", "HTTPS_PROXY", "ALL_PROXY", "NO_PROXY"):
        monkeypatch.delenv(name, raising=False)
        monkeypatch.delenv(name.lower(), raising=False)

    def reach(server: str, user: dict[str, Any] | None = None, **of_cluster: str) -> Api:
        file = tmp_path / "kubeconfig"
        content = {
            "clusters": [{"name": "c", "cluster": {"server": server, **of_cluster}}],
            "users": [{"name": "u", "user": user or {"token": "t0k3n"}}],
            "contexts": [{"name": "tests", "context": {"cluster": "c", "user": "u"}}],
        }
        file.write_text(yaml.safe_dump(content))
        return Api("tests", [file])

    return reach


def plugin(path: Path, text: str) -> dict[str, Any]:
    path.write_text(f"#!/bin/sh\n{text}\n")
    path.chmod(0o755)
    version = "client.authentication.k8s.io/v1"
    return {"exec": {"apiVersion": version, "command": str(path), "interactiveMode": "Never"}}


def test_an_answer_is_what_was_said(reach: Reach, address: str) -> None:
    assert reach(address).get("/200", labelSelector="app=ratings") == {"all": "ok"}
    assert _Answers.seen == [("/200?labelSelector=app%3Dratings", "Bearer t0k3n")]
    assert reach(address).create("/201", {"kind": "X"}, dryRun="All") == {"all": "ok"}


def test_what_is_not_there_is_none(reach: Reach, address: str) -> None:
    assert reach(address).get("/404") is None


def test_a_refusal_is_one_line(reach: Reach, address: str) -> None:
    with pytest.raises(Refused, match=r"^as it was said$") as refused:
        reach(address).get("/403")
    assert refused.value.status == 403


def test_a_plugin_of_v1_gives_the_token(reach: Reach, address: str, tmp_path: Path) -> None:
    credential = {
        "apiVersion": "client.authentication.k8s.io/v1",
        "kind": "ExecCredential",
        "status": {"token": "from-a-plugin"},
    }
    user = plugin(tmp_path / "plugin", f"echo '{json.dumps(credential)}'")
    reach(address, user).get("/200")
    assert _Answers.seen == [("/200", "Bearer from-a-plugin")]


def test_a_plugin_that_fails_here_is_no_refusal_of_the_cluster(
    reach: Reach, address: str, tmp_path: Path
) -> None:
    user = plugin(tmp_path / "plugin", "echo 'log in first' >&2; exit 1")
    with pytest.raises(NotReached, match="log in first"):
        reach(address, user).get("/401")
    with pytest.raises(Refused):
        reach(address).get("/401")


def test_where_nobody_listens_nobody_gets_through(reach: Reach) -> None:
    with pytest.raises(Unreachable, match="refused"):
        reach("http://127.0.0.1:1").get("/200")


def test_a_proxy_that_does_not_answer_may_be_a_matter_of_this_program(reach: Reach) -> None:
    api = reach("http://api.example.com", **{"proxy-url": "http://127.0.0.1:1"})
    with pytest.raises(NotReached):
        api.get("/200")


def test_a_proxy_of_the_kubeconfig_counts_whatever_the_environment_says(
    monkeypatch: pytest.MonkeyPatch, reach: Reach, address: str
) -> None:
    monkeypatch.setenv("NO_PROXY", "*")
    reach("http://api.example.com", **{"proxy-url": address}).get("/200")
    assert _Answers.seen[0][0] == "http://api.example.com/200"


@pytest.mark.parametrize("user", [{"client-certificate": "/nowhere"}, {"tokenFile": "/nowhere"}])
def test_a_kubeconfig_that_this_client_cannot_use_is_no_refusal(
    reach: Reach, user: dict[str, Any]
) -> None:
    with pytest.raises(NotReached, match="/nowhere"):
        reach("https://127.0.0.1:1", user).get("/200")


def test_a_certificate_that_only_this_client_does_not_trust_is_no_refusal(
    reach: Reach, tmp_path: Path
) -> None:
    theirs, ours = trustme.CA(), trustme.CA()
    ours.cert_pem.write_to_path(tmp_path / "ca.pem")
    context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    theirs.issue_cert("127.0.0.1").configure_cert(context)
    with ThreadingHTTPServer(("127.0.0.1", 0), _Answers) as server:
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = threading.Thread(target=server.serve_forever, daemon=True)
        thread.start()
        authority = {"certificate-authority": str(tmp_path / "ca.pem")}
        api = reach(f"https://127.0.0.1:{server.server_address[1]}", **authority)
        with pytest.raises(NotReached, match="certificate verify failed"):
            api.get("/200")
        server.shutdown()
        thread.join()
