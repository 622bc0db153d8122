"""The real parts, looked at from beside the program: with kubectl and as MySQL's admin."""

from __future__ import annotations

import json
import subprocess
from typing import Any

import pymysql

from sandbox.database import Server


class Cluster:
    """One namespace of the sandbox's cluster, looked at with kubectl."""

    def __init__(self, environment: dict[str, str], namespace: str) -> None:
        self.environment = environment
        self.namespace = namespace

    def kubectl(self, *arguments: str, stdin: str | None = None) -> str:
        return subprocess.run(
            ["kubectl", "--namespace", self.namespace, *arguments],
            env=self.environment,
            input=stdin,
            capture_output=True,
            text=True,
            check=True,
        ).stdout

    def get(self, kind: str, *names: str) -> Any:
        return json.loads(self.kubectl("get", kind, *names, "--output", "json"))

    def names(self, kind: str) -> set[str]:
        return {item["metadata"]["name"] for item in self.get(kind)["items"]}

    def apply(self, manifest: dict[str, Any]) -> None:
        self.kubectl("apply", "--filename", "-", stdin=json.dumps(manifest))


class Database:
    """The tests' MySQL server, looked at as its admin."""

    def __init__(self, server: Server) -> None:
        self.server = server

    def __call__(self, sql: str, *values: Any) -> list[tuple[Any, ...]]:
        with self.server.connect() as connection, connection.cursor() as cursor:
            cursor.execute(sql, values)
            connection.commit()
            return list(cursor.fetchall())

    def rows(self) -> dict[int, int | None]:
        return dict(self("SELECT ReviewID, Rating FROM test.ratings"))

    def schemas(self) -> set[str]:
        return {name for (name,) in self("SHOW DATABASES")}

    def accounts(self) -> set[str]:
        return {user for (user,) in self("SELECT User FROM mysql.user")}

    def connect_as(self, user: str, password: str) -> pymysql.Connection[Any]:
        at = self.server.at
        return pymysql.connect(host=str(at.ipv4), port=at.port, user=user, password=password)
