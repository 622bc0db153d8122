"""Which cluster is behind a context: known by more than its name, and asked only when needed."""

from __future__ import annotations

from pathlib import Path
from typing import cast

import pytest

from cluster.api import Api, ApiProblem, NotReached, Object, Refused, Unreachable
from provider import api_server
from provider.api_server import ApiServer, Away, ClusterProblem, Silent

KUBE_SYSTEM = "/api/v1/namespaces/kube-system"
IDENTITY = "namespaces/kube-system 4b0f"


class Answers:
    """An API server: path -> UID of what is there, or why it is not told."""

    def __init__(self, answers: dict[str, str | ApiProblem]) -> None:
        self.answers = answers
        self.asked: list[str] = []

    def get(self, path: str) -> Object | None:
        self.asked.append(path)
        answer = self.answers.get(path)
        if isinstance(answer, ApiProblem):
            raise answer
        return {"metadata": {"uid": answer}} if answer else None


@pytest.fixture
def kubeconfig(tmp_path: Path) -> Path:
    path = tmp_path / "kubeconfig"
    path.write_text("contexts: [{name: tests}]")
    return path


def server(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path, answers: dict[str, str | ApiProblem]
) -> tuple[ApiServer, Answers]:
    api = Answers(answers)
    monkeypatch.setattr(api_server, "Api", lambda *_: cast("Api", api))
    return ApiServer("tests", str(kubeconfig)), api


FORBIDDEN = Refused(403, "you may not")
OWN = "/api/v1/namespaces/bookinfo"


@pytest.mark.parametrize(
    ("answers", "identity"),
    [
        ({KUBE_SYSTEM: "4b0f"}, IDENTITY),
        ({KUBE_SYSTEM: FORBIDDEN, OWN: "5c1f"}, "namespaces/bookinfo 5c1f"),
        (
            {KUBE_SYSTEM: FORBIDDEN, OWN: FORBIDDEN, f"{OWN}/serviceaccounts/default": "6d2f"},
            "namespaces/bookinfo/serviceaccounts/default 6d2f",
        ),
    ],
)
def test_it_is_known_by_what_its_deployer_may_see(
    monkeypatch: pytest.MonkeyPatch,
    kubeconfig: Path,
    answers: dict[str, str | ApiProblem],
    identity: str,
) -> None:
    at, _ = server(monkeypatch, kubeconfig, answers)
    assert at.identity("bookinfo") == identity
    with at.asked(identity):
        pass


def test_without_anything_to_see_the_namespace_is_named(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    at, _ = server(monkeypatch, kubeconfig, {})
    with pytest.raises(
        ClusterProblem, match="external-mysql:namespace: 'bookinfo' is not in tests"
    ):
        at.identity("bookinfo")


def test_who_may_see_nothing_that_tells_clusters_apart_goes_by_the_name(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    paths = (
        KUBE_SYSTEM,
        OWN,
        f"{OWN}/serviceaccounts/default",
        f"{OWN}/configmaps/kube-root-ca.crt",
    )
    at, api = server(monkeypatch, kubeconfig, dict.fromkeys(paths, FORBIDDEN))
    assert at.identity("bookinfo") == "context tests"
    api.asked.clear()
    with at.asked("context tests"):
        assert api.asked == []


def test_another_cluster_is_refused_in_one_line(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    at, _ = server(monkeypatch, kubeconfig, {KUBE_SYSTEM: "another"})
    with pytest.raises(Away) as refused, at.asked(IDENTITY):
        pass
    assert str(refused.value) == (
        "external-mysql:context: tests is another cluster than the one that this stack stands on "
        "(namespaces/kube-system has the UID another, and had 4b0f); give that one's context, or, "
        "where it is gone for good, `PULUMI_K8S_DELETE_UNREACHABLE=true pulumi destroy`"
    )


def test_it_is_asked_once_who_it_is(monkeypatch: pytest.MonkeyPatch, kubeconfig: Path) -> None:
    at, api = server(monkeypatch, kubeconfig, {KUBE_SYSTEM: "4b0f"})
    for _ in range(3):
        with at.asked(IDENTITY):
            pass
    assert api.asked == [KUBE_SYSTEM]


def test_a_server_that_does_not_answer_is_one_line(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    at, _ = server(monkeypatch, kubeconfig, {KUBE_SYSTEM: Unreachable("connection refused")})
    with pytest.raises(Away) as refused:
        at.identity("bookinfo")
    assert str(refused.value) == (
        "external-mysql:context: the API server of tests does not answer: connection refused; try "
        "`kubectl --context tests get --raw /readyz`"
    )


def test_who_is_silent_is_not_waited_for_twice(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    at, api = server(monkeypatch, kubeconfig, {KUBE_SYSTEM: NotReached("read timed out")})
    for _ in range(2):
        with pytest.raises(Silent, match="read timed out"):
            at.identity("bookinfo")
    assert api.asked == [KUBE_SYSTEM]


def test_a_server_that_refuses_is_one_line(
    monkeypatch: pytest.MonkeyPatch, kubeconfig: Path
) -> None:
    at, _ = server(monkeypatch, kubeconfig, {KUBE_SYSTEM: Refused(500, "no leader")})
    with pytest.raises(ClusterProblem) as refused:
        at.identity("bookinfo")
    assert str(refused.value) == (
        "external-mysql:context: the API server of tests refused: no leader"
    )


def test_a_context_that_is_not_there_is_said(tmp_path: Path, kubeconfig: Path) -> None:
    with pytest.raises(Away, match=r"'staging' is no context of .*kubeconfig$"):
        ApiServer("staging", str(kubeconfig)).identity("bookinfo")
    with pytest.raises(Away, match="'tests' is no context of"):
        ApiServer("tests", str(tmp_path / "missing")).identity("bookinfo")
    kubeconfig.write_text("contexts: [")
    with pytest.raises(ClusterProblem, match=r"external-mysql:kubeconfig: .* cannot be read"):
        ApiServer("tests", str(kubeconfig)).identity("bookinfo")


def test_nobody_is_asked_before_it_is_needed() -> None:
    ApiServer("nowhere", "/nowhere")
