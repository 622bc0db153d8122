"""Database, User and Grant."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

from provider.protocol.service import Found
from sandbox.plugins.schema import Described, Property

if TYPE_CHECKING:
    from provider.protocol.values import Properties
    from sandbox.plugins.mysql.server import Server


def sha256(text: str) -> str:
    """The digest that the state keeps in a password's place."""
    return hashlib.sha256(text.encode()).hexdigest()


def account(state: Properties) -> str:
    """A user account in SQL; quotes inside it stay as they are."""
    return f"'{state['user']}'@'{state['host']}'"


class _OnServer(Described):
    """What is kept on the server that the provider is configured with."""

    def __init__(self, server: Server) -> None:
        self._server = server

    def _if_user_exists(self, state: Properties, inputs: Properties) -> Found | None:
        """All that the plugin looks at of an account: whether any has that user name."""
        found = self._server.execute("SELECT user FROM mysql.user WHERE user = %s", state["user"])
        return Found(state, inputs) if found else None


class Database(_OnServer):
    """``mysql:index/database:Database``; its id is its name."""

    schema: ClassVar[dict[str, Property]] = {
        "name": Property(required=True, replaces=True),
        "defaultCharacterSet": Property(default="utf8"),
        "defaultCollation": Property(default="utf8_general_ci"),
    }

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Create it."""
        self._server.execute(_database("CREATE", inputs))
        return inputs["name"], self.wanted(inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """Read its character set and collation."""
        rows = self._server.execute(
            "SELECT default_character_set_name, default_collation_name "
            "FROM information_schema.schemata WHERE schema_name = %s",
            state["name"],
        )
        if not rows:
            return None
        seen = dict(zip(("defaultCharacterSet", "defaultCollation"), rows[0], strict=True))
        return Found({**state, **seen}, {**inputs, **seen})

    def update(self, _urn: str, _state: Properties, inputs: Properties) -> Properties:
        """Change its character set and collation."""
        self._server.execute(_database("ALTER", inputs))
        return self.wanted(inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Drop it."""
        self._server.execute(f"DROP DATABASE `{state['name']}`")


class User(_OnServer):
    """``mysql:index/user:User``; its id is ``user@host``."""

    schema: ClassVar[dict[str, Property]] = {
        "user": Property(required=True, replaces=True),
        "host": Property(default="localhost", replaces=True),
        "plaintextPassword": Property(required=True, kept_as=sha256),
        "tlsOption": Property(default="NONE", replaces=True),
    }
    secrets = ("plaintextPassword",)

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Create the account."""
        self._server.execute(
            f"CREATE USER {account(inputs)} IDENTIFIED BY '{inputs['plaintextPassword']}' "
            f"REQUIRE {inputs['tlsOption']}"
        )
        return f"{inputs['user']}@{inputs['host']}", self.wanted(inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether it is there."""
        return self._if_user_exists(state, inputs)

    def update(self, _urn: str, state: Properties, inputs: Properties) -> Properties:
        """Set the password, which is all that can be changed in place."""
        password = inputs["plaintextPassword"]
        self._server.execute(f"ALTER USER {account(state)} IDENTIFIED BY '{password}'")
        return self.wanted(inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Drop the account."""
        self._server.execute(f"DROP USER {account(state)}")


class Grant(_OnServer):
    """``mysql:index/grant:Grant``; its id is ``user@host:`database```, without the table."""

    schema: ClassVar[dict[str, Property]] = {
        "user": Property(required=True, replaces=True),
        "host": Property(default="localhost", replaces=True),
        "database": Property(required=True, replaces=True),
        "table": Property(required=True, replaces=True),
        "privileges": Property(required=True, replaces=True),
        "grant": Property(default=False, replaces=True),
        "tlsOption": Property(default="NONE", replaces=True),
    }

    def create(self, _urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Grant it."""
        what = ", ".join(inputs["privileges"])
        self._server.execute(f"GRANT {what} ON {_table(inputs)} TO {account(inputs)}")
        identity = f"{inputs['user']}@{inputs['host']}:`{inputs['database']}`"
        return identity, self.wanted(inputs)

    def read(self, _urn: str, state: Properties, inputs: Properties) -> Found | None:
        """See whether the account is there; what is granted to it is not looked at."""
        return self._if_user_exists(state, inputs)

    def delete(self, _urn: str, state: Properties) -> None:
        """Take it back: first the right to grant on, which MySQL 9 refuses for a table."""
        what = ", ".join(state["privileges"])
        self._server.execute(f"REVOKE GRANT OPTION ON {_table(state)} FROM {account(state)}")
        self._server.execute(f"REVOKE {what} ON {_table(state)} FROM {account(state)}")


def _database(verb: str, inputs: Properties) -> str:
    return (
        f"{verb} DATABASE `{inputs['name']}` CHARACTER SET `{inputs['defaultCharacterSet']}` "
        f"COLLATE `{inputs['defaultCollation']}`"
    )


def _table(state: Properties) -> str:
    return f"`{state['database']}`.`{state['table']}`"
