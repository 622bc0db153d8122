"""The provider without an engine, on the tests' server: each thing in milliseconds."""

from __future__ import annotations

import uuid
from collections.abc import Mapping

from provider.account import Account
from provider.account_name import AccountName
from provider.configuration import Configuration
from provider.proof import Proof
from provider.protocol.engine import Engine
from provider.protocol.values import Properties
from provider.ratings_table import RatingsTable
from provider.rights import Rights
from provider.schema import Schema
from provider.server import Server
from tests.engine.parts import Database

PASSWORD = "Gen3rated-by_the.tests:16"  # noqa: S105


class Said(Engine):
    """An engine that keeps what it is told."""

    def __init__(self) -> None:
        super().__init__()
        self.lines: list[str] = []

    def info(self, _urn: str, line: str) -> None:
        self.lines.append(line)

    def warn(self, _urn: str, line: str) -> None:
        self.lines.append(line)


class Stand:
    """A database with its table and its reader; what pulumi-mysql makes is made by hand."""

    def __init__(self, database: Database, environment: Mapping[str, str]) -> None:
        self.database = database
        self.said = Said()
        configuration = Configuration()
        configuration.take(
            {
                "endpoint": environment["MYSQL_ENDPOINT"],
                "username": environment["MYSQL_USERNAME"],
                "password": environment["MYSQL_PASSWORD"],
                "tls": "true",
                "ca": environment["SSL_CERT_FILE"],
            }
        )
        ((server,),) = database("SELECT @@server_uuid")
        shared = {"server": server, "owner": str(uuid.uuid4())}
        account = {**shared, "user": "bookinfo", "host": "%", "password": PASSWORD}
        self.server = Server(configuration, self.said)
        self.schema = Schema(configuration, self.said)
        self.table = RatingsTable(configuration, self.said)
        self.account_name = AccountName(configuration, self.said)
        self.account = Account(configuration, self.said)
        self.rights = Rights(configuration, self.said)
        self.proof = Proof(configuration, self.said)
        self.free: Properties = {**shared, "name": "test", "made": False, "adopted": False}
        self.made: Properties = {**self.free, "made": True}
        self.of_table: Properties = {
            **shared,
            "database": "test",
            "rows": {"1": 5, "2": 4},
            "exclusive": False,
            "adopt": False,
        }
        self.of_name: Properties = {**account, "tls": False, "adopt": False}
        self.of_account: Properties = {**account, "previous": "drop", "adopt": False}
        self.of_rights: Properties = {
            **account,
            "rights": {"SELECT ON `test`.`ratings`": "granted"},
            "tls": False,
        }
        self.of_proof: Properties = {
            **{name: account[name] for name in ("server", "user", "host", "password")},
            "database": "test",
            "rows": {"1": 5, "2": 4},
            "login": {},
        }

    def make(self) -> Properties:
        """Make database and table; gives the table's state."""
        self.schema.create("", self.free)
        self.database("CREATE DATABASE test")
        self.schema.create("", self.made)
        return self.table.create("", self.of_table)[1]

    def take_back(self, state: Properties) -> str:
        """Delete them; gives what was said about what stays."""
        self.table.delete("", state)
        self.schema.delete("", self.made)
        self.schema.delete("", self.free)
        return "\n".join(self.said.lines)

    def make_reader(self) -> tuple[Properties, Properties]:
        """Make the account and its rights; gives the states of both."""
        assert self.account_name.create("", self.of_name)[1]["name"] == "bookinfo"
        self.database("CREATE USER bookinfo IDENTIFIED BY %s", PASSWORD)
        self.database("GRANT SELECT ON test.ratings TO bookinfo")
        account = self.account.create("", self.of_account)[1]
        return account, self.rights.create("", self.of_rights)[1]

    def succeed(self, before: Properties, previous: str) -> Properties:
        """Give an account a successor with the next name; gives that one's state."""
        password = f"{before['password']}+"
        of_name = {**self.of_name, "password": password}
        for olds in (self.of_name, None):  # as the engine asks where it replaces
            self.account_name.check("", of_name, olds)
        name = self.account_name.create("", of_name)[1]["name"]
        self.database(f"CREATE USER {name} IDENTIFIED BY %s", password)
        inputs = {**self.of_account, "user": name, "password": password, "previous": previous}
        for olds in ({each: before[each] for each in self.account.inputs}, None):
            self.account.check("", inputs, olds)
        return self.account.create("", inputs)[1]

    def mended(self, state: Properties) -> Properties:
        """Refresh the rights, see that there is something to do, and do it."""
        found = self.rights.read("", state, self.of_rights)
        assert found is not None
        assert self.rights.diff("", found.state, self.of_rights) != []
        state = self.rights.update("", found.state, self.of_rights)
        again = self.rights.read("", state, self.of_rights)
        assert again is not None
        assert self.rights.diff("", again.state, self.of_rights) == []
        return state
