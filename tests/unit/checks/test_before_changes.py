"""How the rules are hung on the engine: asked once, before the first change, and said once."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Coroutine
from concurrent.futures import ThreadPoolExecutor
from functools import partial
from threading import Event
from types import SimpleNamespace
from typing import Any

import pulumi
import pytest

from checks import before_changes
from checks.facts.cluster import Admission
from checks.facts.gathering import Facts
from checks.facts.seen import Unseen
from tests.unit.checks import surroundings
from tests.unit.checks.surroundings import ADMIN, cluster, facts, namespace, server

Hook = Callable[[Any], None]


class Around:
    """What there is around the stack, and which of it was looked at."""

    def __init__(self) -> None:
        self.facts = facts()
        self.asked: list[set[str]] = []

    def gather(self, needs: set[str]) -> Facts:
        self.asked.append(set(needs))
        return self.facts


@pytest.fixture
def around(monkeypatch: pytest.MonkeyPatch) -> Around:
    around = Around()
    monkeypatch.setattr(
        before_changes, "_gathering", lambda *_: SimpleNamespace(facts=around.gather)
    )
    return around


@pytest.fixture
def said(monkeypatch: pytest.MonkeyPatch) -> dict[str, list[str]]:
    said: dict[str, list[str]] = {"error": [], "warn": []}
    for level, lines in said.items():
        monkeypatch.setattr(pulumi.log, level, lines.append)
    return said


@pytest.fixture
def hooks(
    monkeypatch: pytest.MonkeyPatch, around: Around, said: dict[str, list[str]]
) -> dict[str, Hook]:
    """The hooks that the program arms, by name, with what each calls."""
    armed: dict[str, Callable[[Any], Coroutine[None, None, None]]] = {}

    def hook(
        name: str,
        callback: Callable[[Any], Coroutine[None, None, None]],
        opts: pulumi.ResourceHookOptions | None = None,
    ) -> object:
        # A preview tells it, too.
        assert (name == "checks-of-an-update") is (opts is None or not opts.on_dry_run)
        armed[name] = callback
        return SimpleNamespace(name=name)

    monkeypatch.setattr(pulumi, "ResourceHook", hook)
    monkeypatch.setattr(pulumi.runtime, "register_stack_transformation", lambda _: None)
    before_changes._check_before_changes(surroundings.settings(), ADMIN)  # noqa: SLF001
    return {name: partial(_run, call) for name, call in armed.items()}


def _run(hook: Callable[[Any], Coroutine[None, None, None]], args: object) -> None:
    asyncio.run(hook(args))


ANY = SimpleNamespace(new_inputs={})


def test_where_all_is_as_it_should_be_nothing_is_said(
    hooks: dict[str, Hook], said: dict[str, list[str]]
) -> None:
    for hook in hooks.values():
        hook(ANY)
    assert said == {"error": [], "warn": []}


def test_all_that_is_wrong_is_said_at_once_and_only_once(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(
        server=server(variables={"read_only": "ON"}), cluster=cluster(namespace=None)
    )
    for _ in range(2):
        with pytest.raises(Exception, match="nothing was changed") as ended:
            hooks["checks"](ANY)
        assert type(ended.value).__name__ == "RunError"
    assert [line.partition(":")[0] for line in said["error"]] == ["mysql", "external-mysql"]


def test_what_is_around_is_looked_at_once_for_all_resources(
    hooks: dict[str, Hook], around: Around
) -> None:
    assert around.asked == []  # nothing would change: it costs nothing
    for _ in range(3):
        hooks["checks"](ANY)
    assert around.asked == [{"addresses", "cluster", "server"}]


def test_it_is_looked_at_while_the_plugins_start_and_waited_for_once_something_changes(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(cluster=cluster(namespace=None))
    hooks["checks-begin"](ANY)
    assert said["error"] == []
    for name in ("checks-of-an-update", "checks"):
        with pytest.raises(Exception, match="nothing was changed"):
            hooks[name](ANY)
    assert around.asked == [{"addresses", "cluster", "server"}]  # nobody looks twice
    assert len(said["error"]) == 1


def test_it_looks_though_each_of_the_sdks_threads_waits_for_the_engine(
    monkeypatch: pytest.MonkeyPatch, hooks: dict[str, Hook], around: Around
) -> None:
    """With `--parallel 1` there are four; a registration keeps one until its hook is done."""

    async def full(hook: Coroutine[None, None, None]) -> None:
        answered, threads = Event(), ThreadPoolExecutor(1)
        loop = asyncio.get_running_loop()
        loop.set_default_executor(threads)
        loop.run_in_executor(None, answered.wait)
        try:
            async with asyncio.timeout(30):
                await hook
        finally:
            answered.set()

    monkeypatch.setattr(asyncio, "run", lambda hook, run=asyncio.run: run(full(hook)))
    for hook in hooks.values():
        hook(ANY)
    assert {"addresses", "cluster", "server"} in around.asked


def test_a_change_in_the_cluster_does_not_wait_for_the_database(
    hooks: dict[str, Hook], around: Around
) -> None:
    around.facts = facts(server=Unseen("no MySQL server answers", "check mysql:endpoint"))
    hooks["checks-of-the-cluster"](ANY)
    assert around.asked == [{"addresses", "cluster"}]


def test_what_the_server_s_own_resource_says_is_not_said_twice(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(server=Unseen("no MySQL server answers", "check mysql:endpoint"))
    hooks["checks"](ANY)
    assert said == {"error": [], "warn": []}


def test_what_is_odd_about_the_mesh_is_a_warning_and_stops_nothing(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(cluster=cluster(namespace=namespace(), admission=Admission()))
    for _ in range(2):
        hooks["checks"](ANY)
    (line,) = said["warn"]
    assert line.startswith("external-mysql:namespace: pods in default get no sidecar; `kubectl")


def test_without_a_control_plane_one_warning_says_why_nothing_of_the_mesh_was_seen(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(cluster=cluster(config_maps=[]))
    hooks["checks"](ANY)
    (line,) = said["warn"]
    assert line == (
        "no Istio control plane was found in tests (ConfigMap istio-system/istio): nothing may "
        "act on ServiceEntry and routes; install Istio there"
    )


def test_a_cluster_that_only_this_program_does_not_reach_is_a_warning(
    hooks: dict[str, Hook], around: Around, said: dict[str, list[str]]
) -> None:
    around.facts = facts(cluster=Unseen("not reached: a proxy", "try it", is_final=False))
    hooks["checks"](ANY)
    (line,) = said["warn"]
    assert "the Kubernetes provider may get through" in line
    around.facts = facts(cluster=Unseen("it does not answer", "try it"))
    with pytest.raises(Exception, match="nothing was changed"):
        hooks["checks-of-the-cluster"](ANY)
