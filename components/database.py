"""The external database: `test` with its table `ratings` and the rows in it.

The article pipes `mysqldb-init.sql` into a client; here each part has a preview and a way back.
"""

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_mysql as mysql

from mysql.table import TABLE
from provider import sdk


class MysqlDatabaseArgs(TypedDict):
    """What a `MysqlDatabase` takes."""

    server: pulumi.Input[str]
    """`server_uuid` of the server on which it is made."""

    owner: pulumi.Input[str]
    """The stack's mark: what does not carry it is never changed or dropped."""

    database: pulumi.Input[str]
    """Name of the database; Bookinfo's images read `test`."""

    ratings: pulumi.Input[Mapping[str, int]]
    """The rows: ReviewID as text -> Rating, both INT."""

    adopted: NotRequired[bool]
    """Whether the database is somebody else's: it is used, and neither made nor dropped. Default:
    no; one that is there is refused."""

    adopt_table: NotRequired[bool]
    """Whether to take over a table of that name that is there. Default: no; it is refused."""

    exclusive_rows: NotRequired[pulumi.Input[bool]]
    """Delete rows that somebody else added. Default: report them and leave them alone."""


class MysqlDatabase(pulumi.ComponentResource):
    """A database, its table `ratings` and their rows, as the article's SQL makes them."""

    database: pulumi.Output[str]
    """Name of the database."""

    table: pulumi.Output[str]
    """Name of the table, known once it and its rows are there."""

    rows: pulumi.Output[Mapping[str, int]]
    """The rows in it that are this stack's."""

    def __init__(
        self, name: str, args: MysqlDatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the database."""
        super().__init__("external-mysql:index:MysqlDatabase", name, None, opts)
        child = pulumi.ResourceOptions(parent=self)
        held: sdk.SchemaArgs = {
            "server": args["server"],
            "name": args["database"],
            "owner": args["owner"],
            "made": False,
            "adopted": args.get("adopted", False),
        }
        free = sdk.Schema(f"{name}-free", held, child)
        called = free.name
        if not args.get("adopted", False):
            database = mysql.Database(
                f"{name}-schema",
                name=free.name,
                # Unset, the plugin asks for utf8: on MySQL 8.0.28 and later a diff for ever. This
                # collation is the same on 5.7 to 9.
                default_character_set="utf8mb4",
                default_collation="utf8mb4_unicode_ci",
                # The plugin drops what others put there too; what is before and after it does not.
                opts=pulumi.ResourceOptions(parent=self, retain_on_delete=True),
            )
            called = database.name
        made = sdk.Schema(f"{name}-made", {**held, "name": called, "made": True}, child)
        ratings = sdk.RatingsTable(
            f"{name}-ratings",
            {
                "server": args["server"],
                "database": made.name,
                "rows": args["ratings"],
                "exclusive": args.get("exclusive_rows", False),
                "adopt": args.get("adopt_table", False),
                "owner": args["owner"],
            },
            child,
        )
        self.database = ratings.database
        self.table = ratings.id.apply(lambda _: TABLE)
        self.rows = ratings.rows
        self.register_outputs({"database": self.database, "table": self.table, "rows": self.rows})
