"""What is settled and looked at before anything changes: settings, addresses, cluster, image.

`plan()` needs no cluster and no database. What does hangs on the engine's own hooks: it runs in a
preview or an update just before the first resource is created or changed, so that a failure leaves
everything as it was; and where nothing would change, it costs nothing.
https://www.pulumi.com/docs/iac/concepts/options/hooks/
"""

from __future__ import annotations

import os
import sys
from dataclasses import dataclass
from functools import cache

import pulumi
from pulumi.runtime.config import CONFIG, get_config_env

from checks import cluster, mesh
from mesh.egress import Egress
from mesh.resolver import LookupFailed, Nameserver, look_up
from mysql.admin import Admin, AdminProblem
from mysql.driver import database_problem
from settings import PROJECT, Settings, SettingsProblem, load

# The exit code after which the language host adds no line of its own, as it does to a RunError.
# https://github.com/pulumi/pulumi/blob/master/sdk/python/cmd/pulumi-language-python/main.go
_ERROR_WAS_SAID = 32

_NOTHING_CHANGED = "nothing was changed; the stack's own error says why"
_EVEN_IN_PREVIEW = pulumi.ResourceHookOptions(on_dry_run=True)


@dataclass(frozen=True)
class Plan:
    """What the program builds from.

    Attributes:
        settings: The stack's settings.
        authority: The authority of the server's certificate, in PEM; empty for the well-known ones.
        addresses: CIDR blocks that sidecars let through, in order.
        admin: The admin account of the MySQL server.
    """

    settings: Settings
    addresses: list[str]
    admin: Admin
    authority: str


def plan() -> Plan:
    """Read the settings, look up the host, and arm the checks for the first change.

    Raises:
        SystemExit: Something is wrong; it was said, one line for each thing.
    """
    try:
        settings = load({**get_config_env(), **CONFIG.get()})
        admin = Admin.read(pulumi.Config("mysql").get, os.environ)
        if problem := database_problem(settings.image, settings.database):
            raise SettingsProblem(f"{PROJECT}:{problem}")  # noqa: TRY301
        if problem := cluster.context_problem(settings):
            raise SettingsProblem(problem)  # noqa: TRY301
        authority = admin.authority() if settings.reader_tls else ""
        addresses = _addresses(settings)
    except AdminProblem as problem:
        _say(f"mysql:{problem.setting}: {problem}")
        sys.exit(_ERROR_WAS_SAID)
    except SettingsProblem as problem:
        _say(str(problem))
        sys.exit(_ERROR_WAS_SAID)
    _check_before_changes(settings)
    return Plan(
        settings=settings,
        addresses=addresses,
        admin=admin,
        authority=authority,
    )


def _addresses(settings: Settings) -> list[str]:
    if settings.egress is not Egress.LOOKUP:
        return settings.blocks()
    try:
        return look_up(
            [settings.host, *settings.additional_hosts],
            nameserver=Nameserver.parse(settings.nameserver) if settings.nameserver else None,
            timeout=settings.dns_timeout,
            public=settings.public_only,
        )
    except LookupFailed as problem:
        raise SettingsProblem(f"{PROJECT}:host: {problem}") from None


def _say(problems: str) -> None:
    for line in problems.splitlines():
        pulumi.log.error(line)


def _check_before_changes(settings: Settings) -> None:
    @cache
    def problems() -> str:
        return "\n".join(cluster.problems(settings))

    @cache
    def warn() -> None:
        for line in mesh.warnings(settings):
            pulumi.log.warn(line)

    say_once = cache(_say)  # though it stops several resources

    def refuse(problem: str | None) -> None:
        if problem:
            say_once(problem)
            raise pulumi.RunError(_NOTHING_CHANGED)

    def check(_: pulumi.ResourceHookArgs) -> None:
        refuse(problems())
        warn()

    checked = pulumi.ResourceHook("checks", check, _EVEN_IN_PREVIEW)
    made = pulumi.ResourceHookBinding(before_create=[checked])
    # A changed row or right changes nothing in the cluster.
    in_cluster = pulumi.ResourceHookBinding(before_create=[checked], before_update=[checked])

    def add_hooks(
        args: pulumi.ResourceTransformationArgs,
    ) -> pulumi.ResourceTransformationResult | None:
        resource = args.resource
        if isinstance(resource, pulumi.ComponentResource | pulumi.ProviderResource):
            return None
        hooks = in_cluster if args.type_.startswith("kubernetes:") else made
        opts = pulumi.ResourceOptions.merge(args.opts, pulumi.ResourceOptions(hooks=hooks))
        return pulumi.ResourceTransformationResult(args.props, opts)

    pulumi.runtime.register_stack_transformation(add_hooks)
