"""The least-privilege user: it may read one table, and its password is typed nowhere."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import NotRequired, TypedDict

import pulumi
import pulumi_kubernetes as kubernetes
import pulumi_mysql as mysql
import pulumi_random as random

from components._admin import DatabaseProblem, Server, Unreachable
from components._least_privilege import Account, Proof, least_privileges, prove

_SECRET_KEY = "password"  # noqa: S105 - the key's name


class MysqlReaderArgs(TypedDict):
    """What a `MysqlReader` takes."""

    database: pulumi.Input[str]
    """The database that holds the table."""

    table: pulumi.Input[str]
    """The one table that may be read; it must be there before it is granted."""

    user: pulumi.Input[str]
    """User name of the account."""

    host: NotRequired[pulumi.Input[str]]
    """Host part of the account: from where it may log in. Default: `%`, from anywhere."""

    privileges: NotRequired[Sequence[str]]
    """What the account may do. Default, and all that is accepted: SELECT."""

    namespace: pulumi.Input[str]
    """Namespace of the Secret."""

    annotations: NotRequired[pulumi.Input[Mapping[str, str]]]
    """Annotations of the Secret."""

    prove_at: NotRequired[Server | None]
    """Where to log in as the reader and prove what it may not do. Default: no proof."""


class MysqlReader(pulumi.ComponentResource):
    """RandomPassword -> User -> Grant SELECT on one table -> proof -> Secret."""

    user: pulumi.Output[str]
    """User name, known once the account may read the table."""

    secret_name: pulumi.Output[str]
    """Name of the Secret. Another password is another Secret under another name: pods that refer to
    it are rolled, and no pod is ever left with half a change."""

    secret_key: pulumi.Output[str]
    """Key of the password in the Secret."""

    proof: pulumi.Output[Proof]
    """What the reader saw when it logged in; without `prove_at`, empty."""

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
            opts=child,
        )
        table = pulumi.Output.from_input(args["table"])
        user = mysql.User(
            f"{name}-user",
            user=args["user"],
            host=args.get("host", "%"),
            plaintext_password=password.result,
            # On the way back the account goes before what it reads.
            opts=pulumi.ResourceOptions(
                parent=self, depends_on=pulumi.Output.from_input(_behind(table))
            ),
        )
        grant = mysql.Grant(
            f"{name}-select",
            database=args["database"],
            table=table,
            user=user.user,
            host=user.host.apply(str),
            privileges=least_privileges(args.get("privileges", ["SELECT"])),
            # MySQL 9 refuses the REVOKE GRANT OPTION that the plugin sends for a table: the grant
            # goes with its user.
            opts=pulumi.ResourceOptions(parent=self, deleted_with=user),
        )
        server = args.get("prove_at")
        proof = pulumi.Output.all(
            grant.id, user.user, user.host, password.result, args["database"]
        ).apply(lambda a: _prove(server, Account(a[1], a[2]), a[3], a[4]))
        # It comes from the password and does not hold it, so people may see it.
        self.proof = pulumi.Output.unsecret(proof)
        secret = kubernetes.core.v1.Secret(
            f"{name}-password",
            metadata={"namespace": args["namespace"], "annotations": args.get("annotations", {})},
            immutable=True,
            # Nobody gets a password that can do more than it should.
            string_data={_SECRET_KEY: pulumi.Output.all(password.result, self.proof)[0]},
            opts=child,
        )
        self.user = pulumi.Output.all(user.user, grant.id)[0]
        self.secret_name = secret.metadata["name"]
        self.secret_key = pulumi.Output.from_input(_SECRET_KEY)
        self.register_outputs(
            {
                "user": self.user,
                "secret_name": self.secret_name,
                "secret_key": self.secret_key,
                "proof": self.proof,
            }
        )


async def _behind(output: pulumi.Output[str]) -> list[pulumi.Resource]:
    return list(await output.resources())


def _prove(server: Server | None, account: Account, password: str, database: str) -> Proof:
    nothing = Proof(ratings={}, refused={})
    if server is None:
        return nothing
    try:
        return prove(server, account, password, database)
    except DatabaseProblem as problem:
        # A pull request's runner may not reach the database.
        if isinstance(problem, Unreachable) and pulumi.runtime.is_dry_run():
            pulumi.warn(f"{account} was not proven in this preview: {problem}")
            return nothing
        raise pulumi.RunError(str(problem)) from None
