"""Table and rows as a dynamic resource, as small as can be."""

from __future__ import annotations

import os
import ssl
from typing import Any

import pymysql
from pulumi import Input
from pulumi.dynamic import CreateResult, DiffResult, Resource, ResourceProvider, UpdateResult


class RatingsTableProvider(ResourceProvider):
    """Creates the table with its rows, compares, and drops it."""

    def diff(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> DiffResult:
        """Compare what was written with what is wanted."""
        return DiffResult(changes=any(_olds[key] != _news[key] for key in ("database", "rows")))

    def create(self, props: dict[str, Any]) -> CreateResult:
        """Create table and rows."""
        database = props["database"]
        with _connect() as connection, connection.cursor() as cursor:
            cursor.execute(
                f"CREATE TABLE `{database}`.ratings "
                "(ReviewID INT NOT NULL, Rating INT, PRIMARY KEY (ReviewID)) ENGINE=InnoDB"
            )
            cursor.executemany(
                f"INSERT INTO `{database}`.ratings VALUES (%s, %s)",  # noqa: S608 - a literal
                [(int(review), int(rating)) for review, rating in props["rows"].items()],
            )
            connection.commit()
        return CreateResult(f"{database}.ratings", props)

    def update(self, _id: str, _olds: dict[str, Any], _news: dict[str, Any]) -> UpdateResult:
        """Write all rows."""
        with _connect() as connection, connection.cursor() as cursor:
            cursor.executemany(
                f"REPLACE INTO `{_news['database']}`.ratings VALUES (%s, %s)",  # noqa: S608
                [(int(review), int(rating)) for review, rating in _news["rows"].items()],
            )
            connection.commit()
        return UpdateResult(_news)

    def delete(self, _id: str, _props: dict[str, Any]) -> None:
        """Drop the table."""
        with _connect() as connection, connection.cursor() as cursor:
            cursor.execute(f"DROP TABLE `{_props['database']}`.ratings")


class RatingsTable(Resource):
    """The table `ratings` and its rows."""

    def __init__(self, name: str, props: dict[str, Input[Any]]) -> None:
        """Declare the table."""
        super().__init__(RatingsTableProvider(), name, props)


def _connect() -> pymysql.Connection[Any]:
    host, port = os.environ["MYSQL_ENDPOINT"].split(":")
    return pymysql.connect(
        host=host,
        port=int(port),
        user=os.environ["MYSQL_USERNAME"],
        password=os.environ["MYSQL_PASSWORD"],
        ssl=ssl.create_default_context(),
    )
