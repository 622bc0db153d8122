"""A pod's tokens are new ones by the time that the old ones expire."""

from __future__ import annotations

import asyncio
from collections.abc import Callable

import pytest
from lightkube.models.core_v1 import (
    PodSpec,
    ProjectedVolumeSource,
    ServiceAccountTokenProjection,
    Volume,
    VolumeProjection,
)
from lightkube.models.meta_v1 import ObjectMeta
from lightkube.resources.core_v1 import Pod

from sandbox.node import tokens
from sandbox.node.errors import VolumeError

TWELVE_HOURS = 43200


def pod(*wanted: ServiceAccountTokenProjection) -> Pod:
    sources = [VolumeProjection(serviceAccountToken=each) for each in wanted]
    volume = Volume("tokens", projected=ProjectedVolumeSource(sources=sources))
    meta = ObjectMeta(name="p", namespace="n", uid="u")
    return Pod(metadata=meta, spec=PodSpec(containers=[], volumes=[volume]))


@pytest.fixture
def waited(monkeypatch: pytest.MonkeyPatch) -> list[float]:
    """The seconds of each wait; the third one is the last."""
    waits: list[float] = []
    real = asyncio.sleep

    async def sleep(seconds: float) -> None:
        waits.append(seconds)
        if len(waits) == len("abc"):
            raise asyncio.CancelledError
        await real(0)

    monkeypatch.setattr(asyncio, "sleep", sleep)
    return waits


def renewed(of: Pod, give: Callable[[ServiceAccountTokenProjection], str]) -> list[tuple[str, ...]]:
    """Renew until the last wait; what was put where."""
    put: list[tuple[str, ...]] = []

    async def ask(wanted: ServiceAccountTokenProjection) -> str:
        return give(wanted)

    async def run() -> None:
        await tokens.renew(of, ask, lambda *where: put.append(where))

    asyncio.run(run())
    return put


def test_a_token_is_renewed_when_a_fifth_of_its_time_is_left(waited: list[float]) -> None:
    wanted = ServiceAccountTokenProjection(
        "istio-token", audience="istio-ca", expirationSeconds=TWELVE_HOURS
    )
    put = renewed(pod(wanted), lambda each: f"for {each.audience}")
    assert put == [("tokens", "istio-token", "for istio-ca")] * 2
    assert waited == [0.8 * TWELVE_HOURS] * 3


def test_one_that_is_not_to_be_had_is_asked_for_again_in_a_minute(waited: list[float]) -> None:
    answers = iter([None, "token"])

    def give(_: ServiceAccountTokenProjection) -> str:
        if token := next(answers):
            return token
        raise VolumeError("the API server gave none")

    assert renewed(pod(ServiceAccountTokenProjection("token")), give) == [
        ("tokens", "token", "token")
    ]
    assert waited == [2880, 60, 2880]


def test_a_pod_without_tokens_has_nothing_to_renew(waited: list[float]) -> None:
    assert renewed(pod(), lambda _: "token") == []
    assert waited == []
