"""The MySQL server outside the mesh, and the admin account with which the rest is made there."""

from collections.abc import Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_mysql as mysql

from provider import sdk


class MysqlServerArgs(TypedDict):
    """What a `MysqlServer` takes."""

    endpoint: pulumi.Input[str]
    """Where this machine dials it: `host:port`, or the path of a socket."""

    username: pulumi.Input[str]
    """The admin account."""

    password: pulumi.Input[str]
    """Its password; always a secret."""

    tls: NotRequired[pulumi.Input[str]]
    """`true`, `false`, or `skip-verify`. Default: true."""

    ca: NotRequired[pulumi.Input[str]]
    """The authority of the server's certificate, beside those of this machine: a file, or PEM."""

    context: NotRequired[pulumi.Input[str]]
    """Context of the cluster, where the provider is to look after what is made there."""

    kubeconfig: NotRequired[pulumi.Input[str]]
    """Path of the kubeconfig that has it. Default: kubectl's own."""

    host: pulumi.Input[str]
    """DNS name of the server, as the pods dial it."""

    port: pulumi.Input[int]
    """Port of the server."""

    addresses: NotRequired[pulumi.Input[Sequence[str]]]
    """Addresses of the host, where this machine's DNS does not know it."""

    replica: NotRequired[pulumi.Input[bool]]
    """Whether the host may be another server: a replica of the endpoint's. Default: no."""

    database: pulumi.Input[str]
    """The database that the admin is to make."""

    image: pulumi.Input[str]
    """The image of the pods: one that cannot log in there is refused before anything is made."""

    pods_use_tls: NotRequired[pulumi.Input[bool]]
    """Whether the pods dial over TLS. Default: no."""


class MysqlServer(pulumi.ComponentResource):
    """Both providers of MySQL for one server, which is looked at before anything is made there."""

    uuid: pulumi.Output[str]
    """The `server_uuid`: an endpoint that leads to another server one day is refused."""

    providers: list[pulumi.ProviderResource]
    """The providers, for all that is made on this server."""

    def __init__(
        self, name: str, args: MysqlServerArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the server."""
        super().__init__("external-mysql:index:MysqlServer", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        endpoint, username, tls = args["endpoint"], args["username"], args.get("tls", "true")
        password = pulumi.Output.secret(args["password"])
        extra = sdk.Provider(
            f"{name}-extra",
            {
                "endpoint": endpoint,
                "username": username,
                "password": password,
                "tls": tls,
                "ca": args.get("ca", ""),
                "context": args.get("context", ""),
                "kubeconfig": args.get("kubeconfig", ""),
            },
            child,
        )
        server = sdk.Server(
            name,
            {
                "host": args["host"],
                "port": args["port"],
                "addresses": args.get("addresses", []),
                "replica": args.get("replica", False),
                "database": args["database"],
                "image": args["image"],
                "tls": args.get("pods_use_tls", False),
            },
            pulumi.ResourceOptions(parent=self, provider=extra),
        )
        plugin = mysql.Provider(
            f"{name}-mysql",
            endpoint=endpoint,
            username=username,
            password=password,
            tls=tls,
            opts=child,
        )
        self.providers = [plugin, extra]
        self.uuid = server.uuid
        self.register_outputs({"uuid": self.uuid})
