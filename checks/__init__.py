"""What is settled and looked at before anything changes: settings, cluster, image.

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
        admin: The admin account of the MySQL server.
        annotations: Say on every object which stack made it.
    """

    settings: Settings
    admin: Admin
    authority: str
    annotations: dict[str, str]


def plan() -> Plan:
    """Read the settings, and arm the checks for the first change.

    Raises:
        SystemExit: Something is wrong; it was said, one line for each thing.
    """
    stack = f"{pulumi.get_organization()}/{pulumi.get_project()}/{pulumi.get_stack()}"
    try:
        settings = load({**get_config_env(), **CONFIG.get()})
        admin = Admin.read(pulumi.Config("mysql").get, os.environ)
        if problem := database_problem(settings.image, settings.database):
            raise SettingsProblem(f"{PROJECT}:{problem}")  # noqa: TRY301
        if problem := cluster.context_problem(settings):
            raise SettingsProblem(problem)  # noqa: TRY301
        authority = admin.authority() if settings.reader_tls else ""
    except AdminProblem as problem:
        _say(f"mysql:{problem.setting}: {problem}")
        sys.exit(_ERROR_WAS_SAID)
    except SettingsProblem as problem:
        _say(str(problem))
        sys.exit(_ERROR_WAS_SAID)
    _check_before_changes(settings, stack)
    return Plan(
        settings=settings,
        admin=admin,
        authority=authority,
        annotations={cluster.OWNER: stack},
    )


def _say(problems: str) -> None:
    for line in problems.splitlines():
        pulumi.log.error(line)


def _check_before_changes(settings: Settings, stack: str) -> None:
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

    def refuse_existing(args: pulumi.ResourceHookArgs) -> None:
        inputs = dict(args.new_inputs or {})
        refuse(cluster.exists(settings, stack, inputs))

    checked = pulumi.ResourceHook("checks", check, _EVEN_IN_PREVIEW)
    new = pulumi.ResourceHook("not-there-yet", refuse_existing, _EVEN_IN_PREVIEW)
    made = pulumi.ResourceHookBinding(before_create=[checked, new])
    # A changed row or right changes nothing in the cluster.
    in_cluster = pulumi.ResourceHookBinding(before_create=[checked, new], before_update=[checked])

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
