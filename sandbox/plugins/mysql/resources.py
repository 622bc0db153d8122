"""Database, User and Grant."""

from __future__ import annotations

import hashlib
from typing import TYPE_CHECKING, ClassVar

from pymysql.err import MySQLError

from sandbox.plugins.bridged import Bridged
from sandbox.plugins.mysql import statements
from sandbox.plugins.mysql.server import Connection, Settings, in_words
from sandbox.plugins.provider import Checked, Found, HalfDoneError, RefusedError
from sandbox.plugins.schema import DEFAULTED, Property, Schema, marked, planned, refreshed
from sandbox.plugins.values import UNKNOWN

if TYPE_CHECKING:
    from sandbox.plugins.values import Properties

UNKNOWN_DATABASE = 1049
HAS_ROLES_AFTER = (8, 0, 0)


def sha256(text: str) -> str:
    """The digest that the state keeps in a password's place."""
    return hashlib.sha256(text.encode()).hexdigest()


class Database(Bridged):
    """``mysql:index/database:Database``; its id is its name."""

    schema: ClassVar[Schema] = {
        "name": Property(required=True, replaces=True),
        "defaultCharacterSet": Property(default="utf8"),
        "defaultCollation": Property(default="utf8_general_ci"),
    }

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def check(self, name: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        """Make up a database name where none is given: the resource's, and seven digits."""
        if "name" in news:
            return super().check(name, olds, news, seed)
        own = f"{name}-{hashlib.sha256(seed).hexdigest()[:7]}"
        if "name" in olds.get(DEFAULTED, []):
            own = olds["name"]
        checked = super().check(name, olds, {**news, "name": own}, seed)
        checked.inputs[DEFAULTED] = sorted([*checked.inputs[DEFAULTED], "name"])
        return checked

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create it, and read it back."""
        with self._settings.server.connected() as connection:
            connection.execute(self._statement("CREATE", inputs))
            return inputs["name"], self._read(connection, inputs["name"])

    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:
        """Read its character set and collation."""
        with self._settings.server.connected() as connection:
            try:
                found = self._read(connection, identity)
            except MySQLError as error:
                if error.args[0] == UNKNOWN_DATABASE:
                    return None
                raise RefusedError(
                    f"Error during show create database: {in_words(error)}"
                ) from error
        return Found(found, refreshed(self.schema, inputs, found) if state else found)

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """Change its character set and collation."""
        with self._settings.server.connected() as connection:
            connection.execute(self._statement("ALTER", inputs))
            return self._read(connection, state["name"])

    def delete(self, state: Properties) -> None:
        """Drop it."""
        with self._settings.server.connected() as connection:
            connection.execute(f"DROP DATABASE {statements.identifier(state['name'])}")

    def _statement(self, verb: str, inputs: Properties) -> str:
        wanted = planned(self.schema, inputs)
        return statements.database(
            verb, wanted["name"], wanted["defaultCharacterSet"], wanted["defaultCollation"]
        )

    @staticmethod
    def _read(connection: Connection, name: str) -> Properties:
        created = connection.execute(f"SHOW CREATE DATABASE {statements.identifier(name)}")[0][1]
        charset = statements.word_after("CHARACTER SET", created)
        collation = statements.word_after("COLLATE", created)
        if charset and not collation:
            collation = connection.execute(
                "SHOW COLLATION WHERE `Charset` = %s AND `Default` = 'Yes'", charset
            )[0][0]
        return {"name": name, "defaultCharacterSet": charset, "defaultCollation": collation}


class User(Bridged):
    """``mysql:index/user:User``; its id is ``user@host``."""

    schema: ClassVar[Schema] = {
        "user": Property(required=True, replaces=True),
        "host": Property(default="localhost", replaces=True),
        "plaintextPassword": Property(secret=True, kept_as=sha256),
        "password": Property(secret=True, conflicts=("plaintextPassword",)),
        "authPlugin": Property(replaces=True, conflicts=("plaintextPassword", "password")),
        "tlsOption": Property(default="NONE", replaces=True),
    }

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Create the account."""
        wanted = planned(self.schema, inputs)
        user, host, auth_plugin = wanted["user"], wanted["host"], wanted.get("authPlugin", "")
        with self._settings.server.connected() as connection:
            if auth_plugin == "AWSAuthenticationPlugin" and host == "localhost":
                raise RefusedError("cannot use IAM auth against localhost")
            password = inputs.get("plaintextPassword") or inputs.get("password", "")
            connection.execute(
                statements.create_user(
                    statements.account(user, host),
                    password,
                    auth_plugin=auth_plugin,
                    tls_option=wanted["tlsOption"],
                    server=connection.version(),
                )
            )
        return f"{user}@{host}", self.plan(inputs)

    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:  # noqa: ARG002 - the plugin goes by the state alone
        """See whether any account has that user name; nothing else is looked at."""
        with self._settings.server.connected() as connection:
            if not connection.execute(statements.find_user(state.get("user", ""))):
                return None
        kept = refreshed(self.schema, inputs, state)
        return Found(marked(self.schema, state), marked(self.schema, kept))

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """Set a changed password."""
        changed = {change.property for change in self.diff(state, inputs)}
        for name in ("plaintextPassword", "password"):
            if name in changed and not inputs.get("authPlugin"):
                try:
                    self._set_password(state, inputs.get(name, ""))
                except RefusedError as refusal:
                    raise HalfDoneError(str(refusal), self.plan(inputs)) from refusal
                break
        return self.plan(inputs)

    def delete(self, state: Properties) -> None:
        """Drop the account."""
        with self._settings.server.connected() as connection:
            connection.execute(f"DROP USER {statements.account(state['user'], state['host'])}")

    def _set_password(self, state: Properties, password: str) -> None:
        of = statements.account(state["user"], state["host"])
        with self._settings.server.connected() as connection:
            connection.execute(statements.set_password(of, password, connection.version()))


class Grant(Bridged):
    """``mysql:index/grant:Grant``; its id is ``user@host:`database```, without the table."""

    schema: ClassVar[Schema] = {
        "user": Property(replaces=True, conflicts=("role",)),
        "role": Property(replaces=True, conflicts=("user", "host")),
        "host": Property(default="localhost", replaces=True, conflicts=("role",)),
        "database": Property(required=True, replaces=True),
        "table": Property(default="*", replaces=True),
        "privileges": Property(replaces=True, a_set=True),
        "roles": Property(replaces=True, conflicts=("privileges",), a_set=True),
        "grant": Property(default=False, replaces=True),
        "tlsOption": Property(default="NONE", replaces=True),
    }

    def __init__(self, settings: Settings) -> None:
        self._settings = settings

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Grant it."""
        wanted = self.plan(inputs)
        database = statements.granted_database(wanted["database"])
        with self._settings.server.connected() as connection:
            has_roles = connection.version() > HAS_ROLES_AFTER
            statement = self._statement(wanted, has_roles=has_roles)
            try:
                connection.execute(statement)
            except MySQLError as error:
                raise RefusedError(f"Error running SQL ({statement}): {in_words(error)}") from error
        held_by = f"{wanted['user']}@{wanted['host']}" if "user" in wanted else wanted["role"]
        return f"{held_by}:{database}", wanted

    def plan(self, inputs: Properties) -> Properties:
        """The state, its sets in Terraform's order."""
        state = super().plan(inputs)
        for name in ("privileges", "roles"):
            if isinstance(state.get(name), list) and UNKNOWN not in state[name]:
                state[name] = statements.in_set_order(state[name])
        return state

    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:  # noqa: ARG002 - the plugin goes by the state alone
        """See whether the account is there; what is granted to it is not looked at."""
        with self._settings.server.connected() as connection:
            has_roles = connection.version() > HAS_ROLES_AFTER
            held_by = holder(state, has_roles=has_roles)
            try:
                connection.execute(f"SHOW GRANTS FOR {held_by}")
            except MySQLError:
                return None
        return Found(state, refreshed(self.schema, inputs, state))

    def update(self, state: Properties, inputs: Properties) -> Properties:  # noqa: ARG002 - see below
        """Nothing that a grant has can be changed; the engine never asks for it."""
        return self.plan(inputs)

    def delete(self, state: Properties) -> None:
        """Take it back: first the right to grant on, which MySQL 9 refuses for a table."""
        on = statements.granted_object(state["database"], state["table"])
        privileges, roles = state.get("privileges", []), state.get("roles", [])
        with self._settings.server.connected() as connection:
            has_roles = connection.version() > HAS_ROLES_AFTER
            held_by = holder(state, has_roles=has_roles)
            if "user" in state and not roles:
                statement = f"REVOKE GRANT OPTION ON {on} FROM {held_by}"
                self._revoke(connection, statement, "GRANT")
            self._revoke(connection, statements.revoke(privileges, roles, on, held_by), "ALL")

    @staticmethod
    def _revoke(connection: Connection, statement: str, what: str) -> None:
        try:
            connection.execute(statement)
        except MySQLError as error:
            raise RefusedError(f"error revoking {what} ({statement}): {in_words(error)}") from error

    @staticmethod
    def _statement(wanted: Properties, *, has_roles: bool) -> str:
        privileges, roles = wanted.get("privileges", []), wanted.get("roles", [])
        if roles and not privileges and not has_roles:
            raise RefusedError("Roles are only supported on MySQL 8 and above")
        if not privileges and not roles:
            raise RefusedError("One of privileges or roles is required")
        return statements.grant(
            privileges,
            roles,
            statements.granted_object(wanted["database"], wanted["table"]),
            holder(wanted, has_roles=has_roles),
            tls_option=wanted["tlsOption"],
            grant_option=wanted["grant"],
            server_has_roles=has_roles,
            to_role="user" not in wanted,
        )


def holder(state: Properties, *, has_roles: bool) -> str:
    """Who holds a grant, quoted: an account or a role.

    Raises:
        RefusedError: The state names neither, or a role on a server that has none.
    """
    user, host, role = (state.get(name, "") for name in ("user", "host", "role"))
    if user and host:
        return statements.account(user, host)
    if not role:
        raise RefusedError("user with host or a role is required")
    if not has_roles:
        raise RefusedError("Roles are only supported on MySQL 8 and above")
    return f"'{role}'"
