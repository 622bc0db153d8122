"""Whatever a MySQL can give to an account is found, named, and taken away again.

Each line of SHOW PRIVILEGES, at each level at which the server takes it. The reader's own SELECT
is there throughout: a session that is open all the time reads after every statement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping, Sequence
from typing import Any

import pymysql
import pytest
from pymysql.constants import ER
from pymysql.cursors import DictCursor

from mysql.account import Account
from mysql.grant_tables import Facts, read
from mysql.identifiers import quote
from mysql.login import login
from mysql.rights import Difference, Right, difference, held, namesakes, select_on
from tests.engine.parts import Database

SCHEMA = "rights"
TABLE = f"`{SCHEMA}`.`ratings`"
OTHER_TABLE = f"`{SCHEMA}`.`other`"
READER = Account("rights_reader")
PASSWORD = "rights_password"  # noqa: S105
ROLE = Account("rights_role")
NESTED = Account("rights_nested")
PROXIED = Account("rights_proxied")
WANTED = select_on(SCHEMA, "ratings")

#: What the server says where a level does not take a privilege.
NOT_AT_THIS_LEVEL = {
    ER.PARSE_ERROR,
    ER.WRONG_USAGE,  # e.g. a global privilege on a schema
    ER.ILLEGAL_GRANT_FOR_TABLE,
    3619,  # ER_ILLEGAL_PRIVILEGE_LEVEL, for dynamic privileges
}
NO_RIGHT = {"USAGE"}
IS_ELSEWHERE = {"PROXY"}  # it is granted on an account


class Attack:
    """The server as its admin, and an open session of the reader."""

    def __init__(self, database: Database) -> None:
        self.database = database
        self.admin: pymysql.Connection[DictCursor] = database.server.connect()  # type: ignore[assignment]
        self.admin.autocommit(True)  # noqa: FBT003
        self.version = self.ask("SELECT VERSION() AS version", {})[0]["version"]

    def __call__(self, *statements: str) -> None:
        with self.admin.cursor() as cursor:
            for statement in statements:
                cursor.execute(statement)

    def ask(self, sql: str, values: Mapping[str, object]) -> Sequence[Mapping[str, Any]]:
        with self.admin.cursor(DictCursor) as cursor:
            cursor.execute(sql, values)
            return cursor.fetchall()

    def facts(self) -> Facts:
        return read(self.ask, READER, self.version)

    def difference(self) -> Difference:
        return difference(held(self.facts(), READER), WANTED)

    def extra(self) -> set[str]:
        """What the reader has too much; that it lacks nothing is asserted each time."""
        found = self.difference()
        assert found.missing == ()
        self.reader_reads()
        return {str(right) for right in found.extra}

    def login_as_reader(self) -> pymysql.Connection[Any]:
        return self.database.connect_as(READER.user, PASSWORD)

    def reader_reads(self) -> None:
        with self.open_session.cursor() as cursor:
            cursor.execute(f"SELECT ReviewID FROM {TABLE}")

    def start(self) -> None:
        """Make what rights are about."""
        self.end()
        self(
            f"CREATE DATABASE {quote(SCHEMA)}",
            f"CREATE TABLE {TABLE} (ReviewID INT PRIMARY KEY, Rating INT)",
            f"CREATE TABLE {OTHER_TABLE} (a INT)",
            f"CREATE PROCEDURE `{SCHEMA}`.`p`() SELECT 1",
            f"CREATE PROCEDURE `{SCHEMA}`.`P``'é`() SELECT 1",
            f"CREATE FUNCTION `{SCHEMA}`.`f`() RETURNS INT DETERMINISTIC RETURN 1",
            # An admin by GRANT ALL cannot grant PROXY.
            "INSERT INTO mysql.proxies_priv (Host, User, With_grant, Grantor) "
            "SELECT Host, User, 1, '' FROM mysql.user "
            "WHERE CONCAT(User, '@', Host) = CURRENT_USER()",
            "FLUSH PRIVILEGES",
        )

    def end(self) -> None:
        self.remove_accounts()
        self(
            f"DROP DATABASE IF EXISTS {quote(SCHEMA)}",
            "DELETE FROM mysql.proxies_priv WHERE Proxied_user = '' AND User <> 'root'",
            "FLUSH PRIVILEGES",
        )

    def make_accounts(self) -> None:
        self(
            f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}', {PROXIED} IDENTIFIED BY ''",
            f"CREATE ROLE {ROLE}, {NESTED}",
            f"GRANT SELECT ON {TABLE} TO {READER}",
        )
        self.open_session = self.login_as_reader()
        self.open_session.autocommit(True)  # noqa: FBT003

    def remove_accounts(self) -> None:
        self(
            "SET GLOBAL mandatory_roles = ''",
            "SET GLOBAL partial_revokes = OFF",
            f"DROP USER IF EXISTS {READER}, {ROLE}, {NESTED}, {PROXIED}",
        )

    def privileges(self) -> list[str]:
        names = {row["Privilege"].upper() for row in self.ask("SHOW PRIVILEGES", {})}
        return sorted(names - NO_RIGHT - IS_ELSEWHERE)

    def granted(self, right: Right, account: Account = READER) -> bool:
        """Grant it, where the server takes such a thing."""
        try:
            self(right.grant(account))
        except pymysql.MySQLError as error:
            if error.args[0] not in NOT_AT_THIS_LEVEL:
                pytest.fail(f"{right}: {error}")
            return False
        return True

    def named_and_mended(self, on: str, column: str = "") -> set[str]:
        """Attack with every privilege on this; give those that it took."""
        took, wrong = set(), []
        for name in self.privileges():
            right = Right(on, name + column)
            if not self.granted(right):
                continue
            took.add(name)
            if (said := self.extra()) != {str(right)} or Right.parse(str(right)) != right:
                wrong.append(f"{right}: granted, but found {said}")
            self(right.revoke(READER))
            if said := self.extra():
                wrong.append(f"{right}: revoked, but found {said}")
        assert wrong == []
        return took


@pytest.fixture(scope="module")
def prepared(database: Database) -> Iterator[Attack]:
    attack = Attack(database)
    attack.start()
    yield attack
    attack.end()
    attack.admin.close()


@pytest.fixture
def attack(prepared: Attack) -> Iterator[Attack]:
    """Accounts that no test before has touched."""
    prepared.make_accounts()
    assert prepared.extra() == set()
    yield prepared
    prepared.open_session.close()
    prepared.remove_accounts()


SCHEMA_PRIVILEGES = {
    *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER"),
    *("CREATE TEMPORARY TABLES", "LOCK TABLES", "CREATE VIEW", "SHOW VIEW", "CREATE ROUTINE"),
    *("ALTER ROUTINE", "EXECUTE", "EVENT", "TRIGGER", "GRANT OPTION"),
}


def test_every_global_privilege_static_and_dynamic(attack: Attack) -> None:
    assert attack.named_and_mended("*.*") == set(attack.privileges())


@pytest.mark.parametrize("schema", [SCHEMA, "elsewhere", "ri%", "rights\\_x", "a `b` 'c' \\ é"])
def test_every_privilege_on_a_schema_or_a_pattern_of_schemas(attack: Attack, schema: str) -> None:
    assert attack.named_and_mended(f"{quote(schema)}.*") == SCHEMA_PRIVILEGES


def test_every_privilege_on_a_table(attack: Attack) -> None:
    # SELECT on the one table is the reader's own.
    assert attack.named_and_mended(OTHER_TABLE) == {
        *("SELECT", "INSERT", "UPDATE", "DELETE", "CREATE", "DROP", "REFERENCES", "INDEX", "ALTER"),
        *("CREATE VIEW", "SHOW VIEW", "TRIGGER", "GRANT OPTION"),
    }


def test_every_privilege_on_a_column(attack: Attack) -> None:
    took = attack.named_and_mended(TABLE, " (`Rating`)")
    assert took == {"SELECT", "INSERT", "UPDATE", "REFERENCES"}


@pytest.mark.parametrize(
    "routine", ["PROCEDURE `rights`.`p`", "FUNCTION `rights`.`f`", "PROCEDURE `rights`.`p``'é`"]
)
def test_every_privilege_on_a_routine(attack: Attack, routine: str) -> None:
    assert attack.named_and_mended(routine) == {"EXECUTE", "ALTER ROUTINE", "GRANT OPTION"}


@pytest.mark.parametrize("option", [False, True])
def test_the_right_to_be_another_account(attack: Attack, option: bool) -> None:  # noqa: FBT001
    right = Right(str(PROXIED), "PROXY", option)
    attack(right.grant(READER))
    # The server notes the leave to pass a PROXY on as a global one too.
    assert attack.extra() == {str(right)} | ({"GRANT OPTION ON *.*"} if option else set())
    attack(*attack.difference().statements(READER))
    assert attack.extra() == set()


LEVELS = [("*.*", ""), (f"`{SCHEMA}`.*", ""), (TABLE, ""), (TABLE, " (`Rating`)")]


@pytest.mark.parametrize("way", ["a default role", "a role that is not active", "a nested role"])
def test_every_privilege_by_way_of_a_role(attack: Attack, way: str) -> None:
    gives = NESTED if way == "a nested role" else ROLE
    # A dynamic privilege may be passed on as soon as GRANT OPTION is held on *.* too.
    attack(f"GRANT GRANT OPTION ON *.* TO {gives}")
    given = {
        right
        for on, column in LEVELS
        for name in attack.privileges()
        if attack.granted(right := Right(on, name + column, "_" in name), gives)
    }
    assert {right.privilege for right in given if right.on == "*.*"} == set(attack.privileges())
    named = {f"{right} via ROLE {gives}" for right in given}
    role = Right(str(ROLE), "ROLE")
    attack(role.grant(READER))
    if way == "a default role":
        attack(f"ALTER USER {READER} DEFAULT ROLE {ROLE}")
    if way == "a nested role":
        attack(Right(str(NESTED), "ROLE").grant(ROLE))
        named.add(f"ROLE {NESTED} via ROLE {ROLE}")
    assert attack.extra() == named | {str(role)}
    assert attack.difference().statements(READER) == [role.revoke(READER)]
    attack(role.revoke(READER))
    assert attack.extra() == set()


def test_a_role_that_may_be_passed_on(attack: Attack) -> None:
    role = Right(str(ROLE), "ROLE", option=True)
    attack(role.grant(READER))
    assert attack.extra() == {f"ROLE {ROLE} WITH ADMIN OPTION"}
    attack(role.revoke(READER))
    assert attack.extra() == set()


def test_a_dynamic_privilege_that_may_be_passed_on(attack: Attack) -> None:
    right = Right("*.*", "BACKUP_ADMIN", option=True)
    attack(right.grant(READER))
    assert attack.extra() == {"BACKUP_ADMIN ON *.* WITH GRANT OPTION"}
    attack(*attack.difference().statements(READER))
    assert attack.extra() == set()


@pytest.mark.parametrize("partial", ["OFF", "ON"])
def test_everything_at_once_is_mended_down_to_select_on_the_one_table(
    attack: Attack, partial: str
) -> None:
    attack(
        f"SET GLOBAL partial_revokes = {partial}",
        f"GRANT ALL ON *.* TO {READER} WITH GRANT OPTION",
        f"GRANT ALL ON `{SCHEMA}`.* TO {READER} WITH GRANT OPTION",
        f"GRANT ALL ON {TABLE} TO {READER} WITH GRANT OPTION",
        f"GRANT SELECT (Rating), INSERT (Rating), UPDATE (ReviewID) ON {TABLE} TO {READER}",
        f"GRANT ALL ON PROCEDURE `{SCHEMA}`.`p` TO {READER} WITH GRANT OPTION",
        f"GRANT PROXY ON {PROXIED} TO {READER} WITH GRANT OPTION",
        f"GRANT {ROLE} TO {READER} WITH ADMIN OPTION",
    )
    if partial == "ON":
        attack(f"REVOKE SELECT, INSERT ON `{SCHEMA}`.* FROM {READER}")
    for statement in attack.difference().statements(READER):
        attack(statement)
        attack.reader_reads()
    assert attack.extra() == set()
    with attack.open_session.cursor() as cursor:
        cursor.execute("SHOW GRANTS")
        assert [line.partition(" TO ")[0] for (line,) in cursor.fetchall()] == [
            "GRANT USAGE ON *.*",
            f"GRANT SELECT ON {TABLE}",
        ]


def test_what_only_the_servers_memory_still_has_is_found_and_mended(attack: Attack) -> None:
    # A mistake of MySQL's: the third statement leaves nothing in the tables, and changes nothing.
    option, backup = Right("*.*", "GRANT OPTION"), Right("*.*", "BACKUP_ADMIN", option=True)
    attack(backup.grant(READER), option.revoke(READER), backup.revoke(READER))
    assert list(attack.facts().of("global_grants")) == []
    assert attack.extra() == {str(backup)}
    attack(*attack.difference().statements(READER))
    assert attack.extra() == set()


def test_select_that_came_from_the_schema_is_never_away_while_it_is_narrowed(
    attack: Attack,
) -> None:
    (wanted,) = WANTED
    attack(f"GRANT SELECT ON `{SCHEMA}`.* TO {READER}", wanted.revoke(READER))
    found = attack.difference()
    assert [str(right) for right in found.missing] == [f"SELECT ON {TABLE}"]
    for statement in found.statements(READER):
        attack(statement)
        attack.reader_reads()
    assert not attack.difference()


def test_a_mandatory_role_is_named_and_left_to_the_servers_owner(attack: Attack) -> None:
    attack(
        f"GRANT FILE ON *.* TO {ROLE}",
        f"GRANT {ROLE} TO {READER}",
        f"SET GLOBAL mandatory_roles = '`{ROLE.user}`@`%`'",
    )
    found = attack.difference()
    assert attack.extra() == {f"ROLE {ROLE} via @@mandatory_roles", f"FILE ON *.* via ROLE {ROLE}"}
    assert found.statements(READER) == []
    assert [right.privilege for right in found.beyond] == ["ROLE"]
    with pytest.raises(pymysql.MySQLError, match="mandatory"):
        attack(f"REVOKE {ROLE} FROM {READER}")


#: Table, columns, values, and the line that names it.
ROWS_OF_OTHERS = {
    "a schema's row without a user name": (
        "db (Host, Db, User, Insert_priv)",
        f"('%', '{SCHEMA}', '', 'Y')",
        f"INSERT ON `{SCHEMA}`.* via ''@'%'",
    ),
    "a schema's row under another host": (
        "db (Host, Db, User, Insert_priv)",
        f"('_%', '{SCHEMA}', '{READER.user}', 'Y')",
        f"INSERT ON `{SCHEMA}`.* via '{READER.user}'@'_%'",
    ),
    "a table's row under another host": (
        "tables_priv (Host, Db, User, Table_name, Grantor, Table_priv)",
        f"('_%', '{SCHEMA}', '{READER.user}', 'ratings', '', 'Select,Insert')",
        f"INSERT ON {TABLE} via '{READER.user}'@'_%'",
    ),
}


@pytest.mark.parametrize("row", ROWS_OF_OTHERS)
def test_rows_of_no_account_apply_and_are_named_with_what_takes_them(
    attack: Attack, row: str
) -> None:
    table, values, line = ROWS_OF_OTHERS[row]
    attack(f"INSERT INTO mysql.{table} VALUES {values}", "FLUSH PRIVILEGES")
    with attack.login_as_reader() as session, session.cursor() as cursor:
        cursor.execute(f"INSERT INTO {TABLE} SELECT * FROM {TABLE} WHERE FALSE")
    found = attack.difference()
    assert line in {str(right) for right in found.extra}
    assert found.beyond == found.extra
    assert found.statements(READER) == []
    attack(found.beyond[0].mend(READER).partition(",")[0])
    assert attack.extra() == set()


def test_accounts_that_a_client_could_become_instead_are_named(attack: Attack) -> None:
    others = [Account("", "192.0.2.%"), Account(READER.user, "192.0.2.1")]
    harmless = Account("", "%")
    for other in (*others, harmless):
        attack(f"CREATE USER {other}")
    try:
        assert namesakes(attack.facts(), READER) == tuple(others)
    finally:
        for other in (*others, harmless):
            attack(f"DROP USER {other}")
    assert namesakes(attack.facts(), READER) == ()


LOGINS: dict[str, tuple[str, Callable[[Any], bool]]] = {
    "locked": ("ACCOUNT LOCK", lambda now: now.locked),
    "expired": ("PASSWORD EXPIRE", lambda now: now.expired),
    "TLS": ("REQUIRE SSL", lambda now: now.tls == "SSL"),
    "a certificate": ("REQUIRE SUBJECT '/CN=x'", lambda now: now.tls == "SUBJECT '/CN=x'"),
    "a limit": (
        "WITH MAX_QUERIES_PER_HOUR 3",
        lambda now: dict(now.limits) == {"max_questions": 3},
    ),
    "a second password": (
        "IDENTIFIED BY 'another' RETAIN CURRENT PASSWORD",
        lambda now: now.more == ("additional_password",),
    ),
    "an attribute": ("""ATTRIBUTE '{"a": 1}'""", lambda now: dict(now.attribute) == {"a": 1}),
}


@pytest.mark.parametrize("change", LOGINS)
def test_each_change_of_how_it_logs_in_is_seen(attack: Attack, change: str) -> None:
    clause, seen = LOGINS[change]
    account = Account("rights_login")
    attack(f"DROP USER IF EXISTS {account}", f"CREATE USER {account} IDENTIFIED BY 'x'")
    try:
        before = login(read(attack.ask, account, attack.version), account)
        attack(f"ALTER USER {account} {clause}")
        after = login(read(attack.ask, account, attack.version), account)
        assert before is not None
        assert after is not None
        assert seen(after)
        assert not seen(before)
        assert (after.digest != before.digest) == ("IDENTIFIED" in clause)
    finally:
        attack(f"DROP USER {account}")
