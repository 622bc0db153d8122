"""What is closed is closed before all else, so that nothing that is broken stands in its way."""

import asyncio

import pulumi

from provider import NAME

ENTRY = f"{NAME}:index:Entry"


def close_first() -> None:
    """Have all that is declared from now on wait for what closes the way out.

    The engine makes what it can side by side, and stops at the first failure: that one might come
    before the cut.
    """
    closed: asyncio.Future[list[pulumi.Resource]] = asyncio.get_running_loop().create_future()
    behind = pulumi.ResourceOptions(depends_on=pulumi.Output.from_input(closed))

    def add(args: pulumi.ResourceTransformationArgs) -> pulumi.ResourceTransformationResult | None:
        if isinstance(args.resource, pulumi.ComponentResource | pulumi.ProviderResource):
            return None
        if args.type_ == ENTRY and args.props["closed"]:
            closed.set_result([args.resource])
            return None
        opts = pulumi.ResourceOptions.merge(args.opts, behind)
        return pulumi.ResourceTransformationResult(args.props, opts)

    pulumi.runtime.register_stack_transformation(add)
