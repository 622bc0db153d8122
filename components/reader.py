"""The least-privilege user: it may read one table, and its password is typed nowhere."""

import hashlib
from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_mysql as mysql
import pulumi_random as random

from cluster.manifest import Manifest
from mysql.rights import select_on
from provider import sdk

_SECRET_KEY = "password"  # noqa: S105 - the key's name


class MysqlReaderArgs(TypedDict):
    """What a `MysqlReader` takes."""

    server: pulumi.Input[str]
    """`server_uuid` of the server on which it is made."""

    owner: pulumi.Input[str]
    """The stack's mark, which the account carries."""

    database: pulumi.Input[str]
    """The database that holds the table."""

    table: pulumi.Input[str]
    """The one table that may be read; it must be there before it is granted."""

    rows: pulumi.Input[Mapping[str, int]]
    """The rows that the reader is to see there."""

    user: pulumi.Input[str]
    """User name of the first account; those after it have a number too, e.g. `bookinfo_2`."""

    host: NotRequired[pulumi.Input[str]]
    """Host part of the account: from where it may log in. Default: `%`, from anywhere."""

    tls: NotRequired[pulumi.Input[bool]]
    """Whether the account may log in over TLS alone; the other way round it is another account.
    Default: no."""

    rotation: NotRequired[str]
    """Whatever it is changed to, e.g. a number or a date, makes another password and account."""

    previous: NotRequired[str]
    """What becomes of the account before: `drop`, once nothing that is built on it is left; `keep`,
    until the next rotation; `cut`, at once. Default: drop."""

    adopt: NotRequired[bool]
    """Whether to take over an account of that name that is there. Default: no; it is refused."""

    prove: NotRequired[bool]
    """Whether to log in as the reader, and see what it is refused. Default: yes."""

    hold: sdk.HoldArgs
    """Where the Secret is, and whose."""


class MysqlReader(pulumi.ComponentResource):
    """RandomPassword -> User -> Grant SELECT on one table -> rights -> proof -> Secret.

    Another password is another account, and all of this anew; the old goes last.
    """

    account: pulumi.Resource
    """The account: on the way back it goes after what depends on it."""

    user: pulumi.Output[str]
    """User name, known once the account may read the table."""

    secret_name: pulumi.Output[str]
    """Name of the Secret. Another password, or another account, is another Secret under another
    name: pods that refer to it are rolled, no pod is ever left with half a change, and the account
    before goes after the last of those that have its password."""

    secret_key: pulumi.Output[str]
    """Key of the password in the Secret."""

    ratings: pulumi.Output[Mapping[str, int]]
    """The rows, as the reader saw them; empty without a proof."""

    refused: pulumi.Output[Mapping[str, str]]
    """What the server said -> what the reader had tried; empty without a proof."""

    def __init__(
        self, name: str, args: MysqlReaderArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare account, grant and Secret."""
        super().__init__("external-mysql:index:MysqlReader", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        password = random.RandomPassword(
            f"{name}-password",
            length=32,
            # The mysql plugin puts the password into its SQL unescaped: no quote, no backslash.
            override_special="-_.:+",
            # What validate_password asks for in its strictest policy.
            min_lower=2,
            min_upper=2,
            min_numeric=2,
            min_special=2,
            keepers={"rotation": args["rotation"]} if args.get("rotation") else None,
            opts=child,
        )
        adopt = args.get("adopt", False)
        table = pulumi.Output.from_input(args["table"])
        drawn = sdk.AccountName(
            f"{name}-name",
            {
                "server": args["server"],
                "user": args["user"],
                "host": args.get("host", "%"),
                "password": password.result,
                "tls": args.get("tls", False),
                "owner": args["owner"],
                "adopt": adopt,
            },
            child,
        )
        called, host = drawn.name, drawn.host
        if not adopt:  # the plugin fails where there is one
            user = mysql.User(
                f"{name}-user",
                user=drawn.name,
                host=drawn.host,
                plaintext_password=password.result,
                # The plugin drops whatever has this name; what is before and after it does not.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
            called, host = user.user, user.host.apply(str)
        # On the way back the account goes before what it reads.
        behind_table: pulumi.Output[Sequence[pulumi.Resource]] = pulumi.Output.from_input(
            _behind(table)
        )
        made = sdk.Account(
            f"{name}-account",
            {
                "server": args["server"],
                "user": called,
                "host": host,
                "password": password.result,
                "owner": args["owner"],
                "previous": args.get("previous", "drop"),
                "adopt": adopt,
            },
            pulumi.ResourceOptions(parent=self, depends_on=behind_table),
        )
        self.account = made
        granted: list[pulumi.Resource] = []
        if not adopt:  # it may hold that right already, and the plugin fails again
            grant = mysql.Grant(
                f"{name}-select",
                database=args["database"],
                table=table,
                user=made.user,
                host=made.host,
                privileges=["SELECT"],
                # MySQL 9 refuses the REVOKE GRANT OPTION that the plugin sends for a table: the
                # grant goes with its account, and one that has moved is taken back by the rights.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
            granted.append(grant)
        rights = sdk.Rights(
            f"{name}-rights",
            {
                "server": args["server"],
                "user": made.user,
                "host": made.host,
                "password": password.result,
                "owner": args["owner"],
                "rights": pulumi.Output.all(args["database"], table).apply(
                    lambda at: {str(right): "granted" for right in select_on(*at)}
                ),
                "tls": args.get("tls", False),
            },
            pulumi.ResourceOptions(parent=self, depends_on=granted),
        )
        proven: pulumi.Resource = rights
        self.ratings = pulumi.Output.from_input({})
        self.refused = pulumi.Output.from_input({})
        if args.get("prove", True):
            proof = sdk.Proof(
                f"{name}-proof",
                {
                    "server": args["server"],
                    "user": made.user,
                    "host": made.host,
                    "password": password.result,
                    "database": args["database"],
                    "rows": args["rows"],
                    "login": rights.login,
                },
                pulumi.ResourceOptions(parent=self, depends_on=[rights]),
            )
            self.ratings, self.refused, proven = proof.ratings, proof.refused, proof
        login = pulumi.Output.all(drawn.name, drawn.host, password.result)
        secret_name = pulumi.Output.unsecret(login.apply(lambda parts: _digest(*parts))).apply(
            lambda digest: f"{name}-password-{digest}"
        )
        holder = sdk.Object(
            f"{name}-password-held",
            {
                "hold": args["hold"],
                "kind": "Secret",
                "name": secret_name,
                "content": secret_name,
            },
            # On the way back the account goes after the last pod that has its password.
            pulumi.ResourceOptions(parent=self, depends_on=made),
        )
        secret = Manifest(
            f"{name}-password",
            "Secret",
            holder.metadata_in(args["hold"]),
            {"immutable": True, "stringData": pulumi.Output.secret({_SECRET_KEY: password.result})},
            # Nobody gets a password that can do more than it should.
            pulumi.ResourceOptions(parent=self, depends_on=proven),
        )
        self.user = pulumi.Output.all(made.user, rights.id)[0]
        self.secret_name = secret.named
        self.secret_key = pulumi.Output.from_input(_SECRET_KEY)
        self.register_outputs(
            {
                "user": self.user,
                "secret_name": self.secret_name,
                "secret_key": self.secret_key,
                "ratings": self.ratings,
                "refused": self.refused,
            }
        )


def _digest(*login: str) -> str:
    """Give what tells one login from another; back from it leads nothing."""
    return hashlib.sha256("\0".join(login).encode()).hexdigest()[:8]


async def _behind(output: pulumi.Output[str]) -> Sequence[pulumi.Resource]:
    return list(await output.resources())
