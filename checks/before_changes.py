"""What is settled and looked at before anything changes: settings, and all rules.

`plan()` needs no cluster and no database. What does hangs on the engine's own hooks: it runs in a
preview or an update just before the first resource is created or changed, so that a failure leaves
everything as it was; and where nothing would change, it costs nothing.
https://www.pulumi.com/docs/iac/concepts/options/hooks/
"""

from __future__ import annotations

import asyncio
import gc
import os
import sys
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from functools import cache
from typing import TYPE_CHECKING

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from checks.context import context_problem
from checks.finding import Finding, Severity
from mesh.egress import Egress
from mysql.admin import Admin, AdminProblem
from mysql.driver import database_problem
from provider import NAME
from settings import PROJECT, Settings, SettingsProblem, load

if TYPE_CHECKING:
    from checks.facts.gathering import Gathering, Need

# The exit code after which the language host adds no line of its own, as it does to a RunError.
# https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python/main.go
_ERROR_WAS_SAID = 32

_NOTHING_CHANGED = "nothing was changed; the stack's own error says why"
_ONLY_CLOSED = "the way out is closed, and nothing else was changed; the stack's own error says why"
# What rules may need to know before a change in the cluster alone, and before any other.
_IN_CLUSTER: tuple[Need, ...] = ("addresses", "cluster")
_ALL: tuple[Need, ...] = (*_IN_CLUSTER, "server")
_OF_CLUSTER = ("kubernetes:", *(f"{NAME}:index:{kind}" for kind in ("Cluster", "Entry", "Object")))
_ENTRY = f"{NAME}:index:Entry"
# These change nothing, and look for themselves; but a refused update leaves no state.
_LOOKING = ("random:index/randomUuid:RandomUuid", f"{NAME}:index:Addresses", f"{NAME}:index:Server")
# The first component of a new stack. The checks begin with it, while the plugins start.
_FIRST = f"{PROJECT}:index:MysqlServer"
_EVEN_IN_PREVIEW = pulumi.ResourceHookOptions(on_dry_run=True)


@dataclass(frozen=True)
class Plan:
    """What the program builds from.

    Attributes:
        settings: The stack's settings.
        authority: The authority of the server's certificate, in PEM; empty for the well-known ones.
        admin: The admin account of the MySQL server.
    """

    settings: Settings
    admin: Admin
    authority: str


def plan() -> Plan:
    """Read the settings, and arm the checks for the first change.

    Raises:
        SystemExit: Something is wrong; it was said, one line for each thing.
    """
    gc.freeze()  # else the end of the interpreter looks through all that was imported
    gc.enable()
    try:
        settings = load({**get_config_env(), **CONFIG.get()})
        admin = Admin.read(pulumi.Config("mysql").get, os.environ)
        if problem := database_problem(settings.image, settings.database):
            raise SettingsProblem(f"{PROJECT}:{problem}")  # noqa: TRY301
        if problem := context_problem(settings):
            raise SettingsProblem(problem)  # noqa: TRY301
        authority = admin.authority() if settings.reader_tls else ""
    except AdminProblem as problem:
        _say(f"mysql:{problem.setting}: {problem}")
        sys.exit(_ERROR_WAS_SAID)
    except SettingsProblem as problem:
        _say(str(problem))
        sys.exit(_ERROR_WAS_SAID)
    _check_before_changes(settings, admin)
    return Plan(
        settings=settings,
        admin=admin,
        authority=authority,
    )


def _say(problems: str) -> None:
    for line in problems.splitlines():
        pulumi.log.error(line)


class _Looks:
    """What is looked at once, said once, and asked by many hooks.

    Args:
        settings: The stack's settings.
        admin: The admin account of the MySQL server.
    """

    def __init__(self, settings: Settings, admin: Admin) -> None:
        self._gathering = cache(lambda: _gathering(settings, admin))
        # Each thread of the SDK's own may be waiting for the engine, which waits for the hook.
        thread = ThreadPoolExecutor(1)
        self._looking = cache(lambda about: thread.submit(self._judge, about))
        self._say = cache(pulumi.log.error)  # though it stops several resources
        self._warn = cache(pulumi.log.warn)
        is_off = settings.egress is Egress.OFF and not pulumi.runtime.is_dry_run()
        self._looks_up = settings.lookup() is not None
        self._otherwise = _ONLY_CLOSED if is_off else _NOTHING_CHANGED

    def begin(self, about: tuple[Need, ...]) -> None:
        """Look, and let others go on meanwhile."""
        self._looking(about)

    async def look(self, about: tuple[Need, ...]) -> None:
        """Ask the rules about these; ends the run where something cannot work."""
        from checks.judging import lines  # noqa: PLC0415 - see _gathering

        findings = await asyncio.wrap_future(self._looking(about))
        if failures := lines(findings, Severity.FAILURE):
            for line in failures:
                self._say(line)
            raise pulumi.RunError(self._otherwise)
        for line in lines(findings, Severity.WARNING, Severity.UNSEEN):
            self._warn(line)

    def _judge(self, about: tuple[Need, ...]) -> list[Finding]:
        from checks.judging import judge, needs, rules  # noqa: PLC0415 - see _gathering
        from checks.rules.when import When  # noqa: PLC0415

        asked = rules(When.BEFORE_A_CHANGE, about=about)
        needed = needs(asked)
        if not self._looks_up:  # nobody waits for a nameserver whose answer is not used
            needed.discard("addresses")
        facts = self._gathering().facts(needed)
        # Why the server was not seen its own resource says, which is the first to be made.
        return [
            finding
            for rule in asked
            for _, finding in judge([rule], facts)
            if not (finding.severity is Severity.UNSEEN and "server" in rule.NEEDS)
        ]


def _gathering(settings: Settings, admin: Admin) -> Gathering:
    # What gathers and judges takes its time to load, and a run without changes never needs it.
    from checks.facts.gathering import Gathering  # noqa: PLC0415

    return Gathering(settings, admin)


def _check_before_changes(settings: Settings, admin: Admin) -> None:
    looks = _Looks(settings, admin)

    async def check_cluster(_: pulumi.ResourceHookArgs) -> None:
        await looks.look(_IN_CLUSTER)

    async def check_all(_: pulumi.ResourceHookArgs) -> None:
        await looks.look(_ALL)

    async def begin(_: pulumi.ResourceHookArgs) -> None:
        looks.begin(_ALL)

    every = pulumi.ResourceHook("checks", check_all, _EVEN_IN_PREVIEW)
    update = pulumi.ResourceHook("checks-of-an-update", check_all)
    cluster = pulumi.ResourceHook("checks-of-the-cluster", check_cluster, _EVEN_IN_PREVIEW)
    first = pulumi.ResourceHook("checks-begin", begin, _EVEN_IN_PREVIEW)
    hooks = _Hooks(
        # What is closed is closed before anything is looked at.
        first=None
        if settings.egress is Egress.OFF
        else pulumi.ResourceHookBinding(before_create=[first]),
        looking=pulumi.ResourceHookBinding(before_create=[update]),
        # A changed row or right changes nothing in the cluster; and what changes in the cluster
        # alone does not wait for a database that is away.
        in_cluster=pulumi.ResourceHookBinding(before_create=[cluster], before_update=[cluster]),
        other=pulumi.ResourceHookBinding(before_create=[every]),
    )
    pulumi.runtime.register_stack_transformation(hooks.add)


@dataclass(frozen=True)
class _Hooks:
    """The hooks of each resource, by what it is."""

    first: pulumi.ResourceHookBinding | None
    looking: pulumi.ResourceHookBinding
    in_cluster: pulumi.ResourceHookBinding
    other: pulumi.ResourceHookBinding

    def add(
        self, args: pulumi.ResourceTransformationArgs
    ) -> pulumi.ResourceTransformationResult | None:
        if (binding := self._of(args)) is None:
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=binding))
        return pulumi.ResourceTransformationResult(args.props, opts)

    def _of(self, args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceHookBinding | None:
        if args.type_ == _FIRST:
            return self.first
        if isinstance(args.resource, pulumi.ComponentResource | pulumi.ProviderResource):
            return None
        if args.type_ == _ENTRY and args.props["closed"]:
            return None
        if args.type_.startswith(_OF_CLUSTER):
            return self.in_cluster
        return self.looking if args.type_ in _LOOKING else self.other
