"""The external database: `test` with its table `ratings` and the rows in it.

The article pipes `mysqldb-init.sql` into a client; here each part has a preview and a way back.
"""

from __future__ import annotations

from collections.abc import Mapping
from typing import NotRequired, TypedDict

import pulumi
import pulumi_mysql as mysql

from components._ratings import Ratings
from components._ratings_table import TABLE


class MysqlDatabaseArgs(TypedDict):
    """What a `MysqlDatabase` takes."""

    database: pulumi.Input[str]
    """Name of the database; Bookinfo's images read `test`."""

    ratings: pulumi.Input[Mapping[str, int | None]]
    """The rows: ReviewID as text -> Rating, both INT."""

    exclusive_rows: NotRequired[pulumi.Input[bool]]
    """Delete rows that somebody else added. Default: report them and leave them alone."""


class MysqlDatabase(pulumi.ComponentResource):
    """A database, its table `ratings` and their rows, as the article's SQL makes them."""

    database: pulumi.Output[str]
    """Name of the database."""

    table: pulumi.Output[str]
    """Name of the table, known once it and its rows are there."""

    unmanaged: pulumi.Output[Mapping[str, int | None]]
    """Rows that somebody else added: ReviewID as text -> Rating."""

    def __init__(
        self, name: str, args: MysqlDatabaseArgs, opts: pulumi.ResourceOptions | None = None
    ) -> None:
        """Declare the database."""
        super().__init__("external-mysql:index:MysqlDatabase", name, None, opts)
        database = mysql.Database(
            f"{name}-schema",
            name=args["database"],
            # Unset, the plugin asks for utf8: on MySQL 8.0.28 and later a diff for ever. This
            # collation is the same on 5.7 to 9.
            default_character_set="utf8mb4",
            default_collation="utf8mb4_unicode_ci",
            opts=pulumi.ResourceOptions(parent=self),
        )
        ratings = Ratings(
            f"{name}-ratings",
            {
                "database": database.name,
                "rows": args["ratings"],
                "exclusive": args.get("exclusive_rows", False),
            },
            pulumi.ResourceOptions(parent=self),
        )
        self.database = ratings.database
        self.table = ratings.id.apply(lambda _: TABLE)
        self.unmanaged = ratings.unmanaged
        ratings.unmanaged.apply(lambda rows: self._report(rows or {}))
        self.register_outputs(
            {"database": self.database, "table": self.table, "unmanaged": self.unmanaged}
        )

    def _report(self, unmanaged: Mapping[str, int | None]) -> None:
        for review, rating in unmanaged.items():
            pulumi.warn(f"ReviewID {review} is {rating}, and this stack did not make it", self)
