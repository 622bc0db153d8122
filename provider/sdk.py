"""The provider's resources, as a program declares them.

What each takes and gives stands in the file of its name in `provider/`.
"""

import hashlib
from collections.abc import Mapping, Sequence
from typing import Any, NotRequired, TypedDict

import pulumi

from cluster.manifest import MetadataArgs
from mesh.lookup import Lookup
from provider import NAME


class Provider(pulumi.ProviderResource):
    """The server and its admin, the same that pulumi-mysql is given."""

    def __init__(
        self,
        name: str,
        settings: Mapping[str, pulumi.Input[str]],
        opts: pulumi.ResourceOptions | None = None,
    ) -> None:
        """Declare it."""
        super().__init__(NAME, name, settings, opts)


class Addresses(pulumi.CustomResource):
    """The addresses of the database's hosts, with a memory; see :class:`mesh.lookup.Lookup`."""

    addresses: pulumi.Output[Sequence[str]]
    """Those that are to be let through, as blocks of one address each."""

    current: pulumi.Output[Sequence[str]]
    """Those of them that are in DNS."""

    def __init__(self, name: str, lookup: Lookup, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        outputs = {"addresses": None, "current": None}
        super().__init__(f"{NAME}:index:Addresses", name, {**lookup, **outputs}, opts)


class ServerArgs(TypedDict):
    """See :class:`provider.server.Server`."""

    host: pulumi.Input[str]
    port: pulumi.Input[int]
    addresses: pulumi.Input[Sequence[str]]
    replica: pulumi.Input[bool]
    owner: pulumi.Input[str]
    database: pulumi.Input[str]
    rows: pulumi.Input[Mapping[str, int]]
    reader: pulumi.Input[str]
    readerHost: pulumi.Input[str]
    adopt: pulumi.Input[Sequence[str]]
    image: pulumi.Input[str]
    tls: pulumi.Input[bool]


class Server(pulumi.CustomResource):
    """The server: who it is, what decides about logins, whether the admin may do enough."""

    uuid: pulumi.Output[str]

    def __init__(self, name: str, args: ServerArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Server", name, {**args, "uuid": None}, opts)


class SchemaArgs(TypedDict):
    """See :class:`provider.schema.Schema`."""

    server: pulumi.Input[str]
    name: pulumi.Input[str]
    owner: pulumi.Input[str]
    made: pulumi.Input[bool]
    adopted: pulumi.Input[bool]


class Schema(pulumi.CustomResource):
    """A database, before or after pulumi-mysql makes it."""

    name: pulumi.Output[str]

    def __init__(self, name: str, args: SchemaArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Schema", name, {**args}, opts)


class RatingsTableArgs(TypedDict):
    """See :class:`provider.ratings_table.RatingsTable`."""

    server: pulumi.Input[str]
    database: pulumi.Input[str]
    rows: pulumi.Input[Mapping[str, int]]
    exclusive: pulumi.Input[bool]
    adopt: pulumi.Input[bool]
    owner: pulumi.Input[str]


class RatingsTable(pulumi.CustomResource):
    """The article's table: columns, key and rows."""

    database: pulumi.Output[str]
    rows: pulumi.Output[Mapping[str, int]]

    def __init__(self, name: str, args: RatingsTableArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:RatingsTable", name, {**args}, opts)


class LoginArgs(TypedDict):
    """What names an account on a server, and opens it."""

    server: pulumi.Input[str]
    user: pulumi.Input[str]
    host: pulumi.Input[str]
    password: pulumi.Input[str]


class AccountNameArgs(LoginArgs):
    """See :class:`provider.account_name.AccountName`."""

    tls: pulumi.Input[bool]
    owner: pulumi.Input[str]
    adopt: pulumi.Input[bool]


class AccountName(pulumi.CustomResource):
    """A name that no account had before, for each way to log in another one."""

    name: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name: str, args: AccountNameArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:AccountName", name, {**args, "name": None}, opts)


class AccountArgs(LoginArgs):
    """See :class:`provider.account.Account`."""

    owner: pulumi.Input[str]
    previous: pulumi.Input[str]
    adopt: pulumi.Input[bool]


class Account(pulumi.CustomResource):
    """An account that pulumi-mysql has made, under the stack's mark."""

    user: pulumi.Output[str]
    host: pulumi.Output[str]

    def __init__(self, name: str, args: AccountArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Account", name, {**args}, opts)


class RightsArgs(LoginArgs):
    """See :class:`provider.rights.Rights`."""

    owner: pulumi.Input[str]
    rights: pulumi.Input[Mapping[str, str]]
    tls: pulumi.Input[bool]


class Rights(pulumi.CustomResource):
    """All that an account may do, and what decides about its login."""

    rights: pulumi.Output[Mapping[str, str]]
    login: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: RightsArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Rights", name, {**args, "login": None}, opts)


class ProofArgs(LoginArgs):
    """See :class:`provider.proof.Proof`."""

    database: pulumi.Input[str]
    rows: pulumi.Input[Mapping[str, int]]
    login: pulumi.Input[Mapping[str, str]]


class Proof(pulumi.CustomResource):
    """What the reader sees and is refused, seen by logging in as the reader."""

    ratings: pulumi.Output[Mapping[str, int]]
    refused: pulumi.Output[Mapping[str, str]]

    def __init__(self, name: str, args: ProofArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        outputs = {"ratings": None, "refused": None}
        super().__init__(f"{NAME}:index:Proof", name, {**args, **outputs}, opts)


class ClusterArgs(TypedDict):
    """See :class:`provider.cluster.Cluster`."""

    namespace: pulumi.Input[str]
    owner: pulumi.Input[str]
    objects: pulumi.Input[Mapping[str, Mapping[str, object]]]
    adopt: pulumi.Input[Sequence[str]]


class Cluster(pulumi.CustomResource):
    """The cluster: which one it is, and whether all that is to be made there can be."""

    identity: pulumi.Output[str]

    def __init__(self, name: str, args: ClusterArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Cluster", name, {**args, "identity": None}, opts)


class HoldArgs(TypedDict):
    """What the holders of all objects of a stack have in common."""

    cluster: pulumi.Input[str]
    namespace: pulumi.Input[str]
    owner: pulumi.Input[str]
    adopt: Sequence[str]


class ObjectArgs(TypedDict):
    """See :class:`provider.object.Object`."""

    hold: HoldArgs
    kind: str
    name: pulumi.Input[str]

    content: pulumi.Input[Any]
    """What is set in the object: where that changes, its holder comes first."""

    fixed: NotRequired[Mapping[str, object]]
    """What of its spec can never be changed."""


class _Holder(pulumi.CustomResource):
    """What holds an object has in common."""

    named: pulumi.Output[str]
    annotations: pulumi.Output[Mapping[str, str]]

    def metadata_in(self, hold: HoldArgs) -> MetadataArgs:
        """Give the metadata of the object that it holds."""
        return {
            "name": self.named,
            "namespace": hold["namespace"],
            "annotations": self.annotations,
        }


class Object(_Holder):
    """Stands before an object that pulumi-kubernetes makes, and goes after it."""

    def __init__(self, name: str, args: ObjectArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Object", name, _object(args), opts)


class EntryArgs(ObjectArgs):
    """See :class:`provider.entry.Entry`."""

    purpose: pulumi.Input[str]
    spec: pulumi.Input[Mapping[str, object]]
    pods: pulumi.Input[Mapping[str, str]]


class Entry(_Holder):
    """Stands before what lets pods out, and goes after it, and after all that goes its way."""

    def __init__(self, name: str, args: EntryArgs, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        inputs = {**_object(args), **{name: args[name] for name in ("purpose", "spec", "pods")}}
        super().__init__(f"{NAME}:index:Entry", name, {**inputs, "closed": False}, opts)


class Closed(pulumi.CustomResource):
    """Stands in an `Entry`'s place: what that holds goes at once, and needs nothing but itself."""

    def __init__(self, name: str, opts: pulumi.ResourceOptions) -> None:
        """Declare it."""
        super().__init__(f"{NAME}:index:Entry", name, {"closed": True}, opts)


def _object(args: ObjectArgs) -> dict[str, Any]:
    hold, kind = args["hold"], args["kind"]
    return {
        "cluster": hold["cluster"],
        "namespace": hold["namespace"],
        "owner": hold["owner"],
        "kind": kind,
        "name": args["name"],
        "adopt": pulumi.Output.from_input(args["name"]).apply(
            lambda name: f"{kind}/{name}" in hold["adopt"]
        ),
        "fixed": args.get("fixed", {}),
        "content": pulumi.Output.json_dumps(args["content"], sort_keys=True).apply(_digest),
        "named": None,
        "annotations": None,
    }


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()[:16]
