"""What the engine calls just before pulumi-mysql makes something, which no resource sees."""

from importlib import import_module
from types import ModuleType
from typing import Any, cast

import pulumi

from mysql.account import Account
from mysql.admin import Admin

_USER = "mysql:index/user:User"
_DATABASE = "mysql:index/database:Database"


def clear_half_made(admin: Admin) -> None:
    """Have taken away what a killed update had made, before it is made once more.

    https://www.pulumi.com/docs/iac/concepts/options/hooks/
    """

    async def clear_account(args: pulumi.ResourceHookArgs) -> None:
        half_made, made = _half_made(), await _known(args)
        account = Account(made["user"], made["host"])
        half_made.clear_account(half_made.at(admin), account, made["plaintextPassword"])

    async def clear_database(args: pulumi.ResourceHookArgs) -> None:
        half_made, made = _half_made(), await _known(args)
        half_made.clear_database(half_made.at(admin), made["name"])

    hooks = {
        kind: pulumi.ResourceHookBinding(before_create=[pulumi.ResourceHook(name, clear)])
        for kind, name, clear in (
            (_USER, "no-half-made-account", clear_account),
            (_DATABASE, "no-half-made-database", clear_database),
        )
    }

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if args.type_ not in hooks:
            return None
        opts = pulumi.ResourceOptions(hooks=hooks[args.type_])
        return pulumi.ResourceTransformationResult(
            args.props, pulumi.ResourceOptions.merge(args.opts, opts)
        )

    pulumi.runtime.register_stack_transformation(add)


def _half_made() -> ModuleType:
    """Import pymysql with it, which takes a tenth of a second: a run without changes never does."""
    return import_module("provider.half_made")


async def _known(args: pulumi.ResourceHookArgs) -> dict[str, Any]:
    """Give the inputs, of which the SDK wraps the secret ones."""
    return cast("dict[str, Any]", await pulumi.Output.from_input(args.new_inputs or {}).future())
