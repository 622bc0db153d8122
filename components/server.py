"""The MySQL server outside the mesh, and the admin account with which the rest is made there."""

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_mysql as mysql

from mesh.lookup import Lookup
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

    lookup: NotRequired[Lookup | None]
    """What to ask DNS for its addresses, if they are to be known."""

    replica: NotRequired[pulumi.Input[bool]]
    """Whether the host may be another server: a replica of the endpoint's. Default: no."""

    owner: pulumi.Input[str]
    """The stack's mark: what carries it is no obstacle."""

    database: pulumi.Input[str]
    """The database that the admin is to make."""

    ratings: pulumi.Input[Mapping[str, int]]
    """The rows that its table is to have: ReviewID as text -> Rating."""

    reader: pulumi.Input[str]
    """User name of the account that the admin is to make."""

    reader_host: NotRequired[pulumi.Input[str]]
    """Host part of that account. Default: `%`, from anywhere."""

    adopt: NotRequired[Sequence[str]]
    """Which of these are taken over if they are there already, e.g. `Database/test`. Default:
    none; it is refused."""

    image: pulumi.Input[str]
    """The image of the pods: one that cannot log in there is refused before anything is made."""

    pods_use_tls: NotRequired[pulumi.Input[bool]]
    """Whether the pods dial over TLS. Default: no."""


class MysqlServer(pulumi.ComponentResource):
    """Both providers of MySQL for one server, which is looked at before anything is made there."""

    seen: pulumi.Resource
    """The server, looked at: what is made on it comes after it."""

    uuid: pulumi.Output[str]
    """The `server_uuid`: an endpoint that leads to another server one day is refused."""

    addresses: pulumi.Output[Sequence[str]]
    """The addresses that pods may dial, as blocks of one address each; none without `lookup`."""

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
        on_extra = pulumi.ResourceOptions(parent=self, provider=extra)
        lookup = args.get("lookup")
        known = sdk.Addresses(f"{name}-addresses", lookup, on_extra) if lookup else None
        self.addresses = known.addresses if known else pulumi.Output.from_input([])
        server = sdk.Server(
            name,
            {
                "host": args["host"],
                "port": args["port"],
                "addresses": known.current if known else [],
                "replica": args.get("replica", False),
                "owner": args["owner"],
                "database": args["database"],
                "rows": args["ratings"],
                "reader": args["reader"],
                "readerHost": args.get("reader_host", "%"),
                "adopt": list(args.get("adopt", [])),
                "image": args["image"],
                "tls": args.get("pods_use_tls", False),
            },
            on_extra,
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
        self.seen = server
        self.uuid = server.uuid
        self.register_outputs({"uuid": self.uuid, "addresses": self.addresses})
