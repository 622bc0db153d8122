"""Every attempt of mysql/attempts.py, held to its word by a real MySQL."""

from __future__ import annotations

from collections.abc import Iterator
from contextlib import contextmanager
from typing import Any, Final

import pymysql
import pytest

from mysql.account import Account
from mysql.attempts import ATTEMPTS, GRANTS, ROLES, SESSION, Answer, Attempt, beyond_select
from tests.engine.parts import Database

READER: Final = Account("attempts_reader")
ROLE: Final = Account("attempts_role")
BOSS: Final = Account("attempts_boss")
ANYBODY: Final = Account("")
SCHEMA: Final = "attempts"
OTHER: Final = "attempts_other"
TABLE: Final = "ratings"
PASSWORD: Final = "made up"  # noqa: S105

#: Where a privilege is granted: what follows its name in GRANT.
LEVELS: Final = {
    "column": f"(Rating) ON {SCHEMA}.{TABLE}",
    "table": f"ON {SCHEMA}.{TABLE}",
    "schema": f"ON {SCHEMA}.*",
    "schemas by pattern": "ON `attempt%`.*",
    "all schemas": "ON `%`.*",
    "schema mysql": "ON mysql.*",
    "server": "ON *.*",
}
#: What no attempt knows the name of.
LEVELS_BY_NAME: Final = {
    "another table": f"ON {SCHEMA}.secret",
    "another schema": f"ON {OTHER}.*",
}
# MySQL's words for "there is no such privilege at this level".
NO_SUCH_GRANT: Final = {1064, 1144, 1221, 3619}

#: Level -> privileges that allow nothing there by themselves, or nothing that could be undone.
ONLY_READ: Final = {
    "column": {"REFERENCES"},
    "table": {"REFERENCES", "SHOW VIEW"},
    "server": {
        "ALLOW_NONEXISTENT_DEFINER",
        "APPLICATION_PASSWORD_ADMIN",
        "AUDIT_ABORT_EXEMPT",
        "AUDIT_ADMIN",
        "AUTHENTICATION_POLICY_ADMIN",
        "BINLOG_ENCRYPTION_ADMIN",
        "CLONE_ADMIN",
        "CONNECTION_ADMIN",
        "ENCRYPTION_KEY_ADMIN",
        "FIREWALL_EXEMPT",
        "FLUSH_OPTIMIZER_COSTS",
        "FLUSH_PRIVILEGES",
        "FLUSH_STATUS",
        "FLUSH_USER_RESOURCES",
        "GROUP_REPLICATION_ADMIN",
        "GROUP_REPLICATION_STREAM",
        "INNODB_REDO_LOG_ENABLE",
        "PASSWORDLESS_USER_ADMIN",
        "PERSIST_RO_VARIABLES_ADMIN",
        "SENSITIVE_VARIABLES_OBSERVER",
        "SERVICE_CONNECTION_ADMIN",
        "SET_ANY_DEFINER",
        "SHUTDOWN",
        "SYSTEM_USER",
        "TABLE_ENCRYPTION_ADMIN",
        "TELEMETRY_LOG_ADMIN",
        "TRANSACTION_GTID_TAG",
    },
}
GRANT_TABLES: Final = (
    *("user", "db", "tables_priv", "columns_priv", "procs_priv"),
    *("proxies_priv", "global_grants", "role_edges", "default_roles"),
)
# USAGE is none. PROXY is granted on accounts, and the sandbox's administrator may not.
NOT_GRANTED_HERE: Final = {"USAGE", "PROXY"}


@pytest.fixture(scope="module")
def admin(database: Database) -> Iterator[pymysql.Connection[Any]]:
    """The administrator; a table to read and two that are not; all gone afterwards."""
    with database.server.connect() as admin:
        _clean(admin)
        for schema in (SCHEMA, OTHER):
            _run(admin, f"CREATE DATABASE {schema}")
            _run(admin, f"CREATE TABLE {schema}.secret (i INT)")
        _run(admin, f"CREATE TABLE {SCHEMA}.{TABLE} (ReviewID INT PRIMARY KEY, Rating INT)")
        _run(admin, f"INSERT INTO {SCHEMA}.{TABLE} VALUES (1, 5), (2, 4)")
        admin.commit()
        _run(admin, f"CREATE USER {READER} IDENTIFIED BY '{PASSWORD}'")
        _run(admin, f"CREATE USER {BOSS} IDENTIFIED BY '{PASSWORD}'")
        _run(admin, f"GRANT ALL ON *.* TO {BOSS} WITH GRANT OPTION")
        yield admin
        _clean(admin)


@pytest.fixture(autouse=True)
def reader(admin: pymysql.Connection[Any]) -> None:
    """The reader, with what it is to have and nothing else."""
    _reset(admin)


@pytest.fixture(scope="module")
def privileges(admin: pymysql.Connection[Any]) -> list[str]:
    """All that this server knows."""
    names = {name.upper() for name, *_ in _run(admin, "SHOW PRIVILEGES")}
    return sorted(names - NOT_GRANTED_HERE)


def test_an_account_that_may_only_select_is_refused_every_attempt(database: Database) -> None:
    with _session(database, READER) as connection:
        answers = _tried(connection, READER)
    assert set(answers.values()) == {Answer.REFUSED}


@pytest.mark.parametrize("level", LEVELS)
def test_a_privilege_is_noticed_by_an_attempt_unless_it_can_only_be_read(
    level: str, database: Database, admin: pymysql.Connection[Any], privileges: list[str]
) -> None:
    missed = set()
    for privilege in _granted_one_by_one(admin, privileges, LEVELS[level], READER):
        tried, read = _noticed(database)
        assert read or (level, privilege) == ("table", "SELECT"), privilege
        if not tried:
            missed.add(privilege)
    # SELECT on the table is what the reader is to have.
    mine = {"SELECT"} if level in ("column", "table") else set()
    # There TRIGGER alone makes none (error 1419), and is read.
    logged = {"TRIGGER"} if level == "table" and _keeps_a_binary_log(admin) else set()
    assert missed == ONLY_READ.get(level, set()) | mine | logged


@pytest.mark.parametrize("level", LEVELS_BY_NAME)
def test_a_privilege_on_what_no_attempt_knows_by_name_is_read(
    level: str, database: Database, admin: pymysql.Connection[Any], privileges: list[str]
) -> None:
    for privilege in _granted_one_by_one(admin, privileges, LEVELS_BY_NAME[level], READER):
        _, read = _noticed(database)
        assert read, privilege


@pytest.mark.parametrize("default", ["ALL", "NONE"])
def test_a_privilege_of_a_role_is_noticed_whether_the_role_is_active_at_login_or_not(
    default: str, database: Database, admin: pymysql.Connection[Any], privileges: list[str]
) -> None:
    _run(admin, f"CREATE ROLE {ROLE}")
    _run(admin, f"GRANT {ROLE} TO {READER}")
    _run(admin, f"SET DEFAULT ROLE {default} TO {READER}")
    missed = set()
    for privilege in _granted_one_by_one(admin, privileges, "ON *.*", ROLE):
        tried, read = _noticed(database)
        assert len(read) >= 2, privilege  # what the role has, and the role
        if not tried:
            missed.add(privilege)
    assert missed == ONLY_READ["server"]


def test_a_privilege_that_anybody_has_is_noticed_though_no_grant_of_the_reader_says_so(
    database: Database, admin: pymysql.Connection[Any], privileges: list[str]
) -> None:
    _run(admin, f"CREATE USER {ANYBODY}")
    for privilege in _granted_one_by_one(admin, privileges, LEVELS["schema"], ANYBODY):
        tried, read = _noticed(database)
        assert tried, privilege
        assert not read, privilege


def test_where_everything_is_allowed_each_attempt_is_and_nothing_has_changed(
    database: Database, admin: pymysql.Connection[Any]
) -> None:
    before = _all_that_there_is(admin)
    with _session(database, BOSS) as connection:
        answers = _tried(connection, BOSS)
    assert {name for name, answer in answers.items() if answer is not Answer.ALLOWED} == set()
    assert _all_that_there_is(admin) == before


def test_an_attempt_that_does_not_say_that_it_waits_waits_for_nobody(
    database: Database, admin: pymysql.Connection[Any]
) -> None:
    with database.server.connect() as somebody:
        _run(somebody, f"INSERT INTO {SCHEMA}.{TABLE} VALUES (3, 3)")
        with _session(database, BOSS) as connection:
            answers = _tried(connection, BOSS, [a for a in ATTEMPTS if not a.waits])
        somebody.rollback()
    assert set(answers.values()) == {Answer.ALLOWED}


def test_a_connection_that_is_lost_proves_nothing(
    database: Database, admin: pymysql.Connection[Any]
) -> None:
    with _session(database, READER) as connection:
        _run(admin, f"KILL {_run(connection, 'SELECT CONNECTION_ID()')[0][0]}")
        answers = _tried(connection, READER)
    assert set(answers.values()) == {Answer.UNKNOWN}


def _run(connection: pymysql.Connection[Any], sql: str) -> list[tuple[Any, ...]]:
    with connection.cursor() as cursor:
        cursor.execute(sql)
        return list(cursor.fetchall())


def _clean(admin: pymysql.Connection[Any]) -> None:
    _run(admin, f"DROP USER IF EXISTS {READER}, {ROLE}, {BOSS}, {ANYBODY}")
    for schema in (SCHEMA, OTHER):
        _run(admin, f"DROP DATABASE IF EXISTS {schema}")


def _reset(admin: pymysql.Connection[Any]) -> None:
    _run(admin, f"DROP USER IF EXISTS {ROLE}, {ANYBODY}")
    _run(admin, f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {READER}")
    _run(admin, f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {READER}")


@contextmanager
def _session(database: Database, account: Account) -> Iterator[pymysql.Connection[Any]]:
    connection = database.connect_as(account.user, PASSWORD)
    try:
        for sql in (SESSION, ROLES):
            _run(connection, sql)
        yield connection
    finally:
        if connection.open:
            connection.close()


def _tried(
    connection: pymysql.Connection[Any], account: Account, attempts: list[Attempt] | None = None
) -> dict[str, Answer]:
    answers = {}
    for attempt in ATTEMPTS if attempts is None else attempts:
        try:
            rows = len(_run(connection, attempt.sql(account, SCHEMA, TABLE)))
            answers[attempt.name] = attempt.read(None, rows)
        except pymysql.MySQLError as error:
            answers[attempt.name] = attempt.read(error.args[0])
    return answers


def _noticed(database: Database) -> tuple[set[str], list[str]]:
    """What the reader was not refused, and what it has besides by its own grants."""
    with _session(database, READER) as connection:
        read = beyond_select((line for (line,) in _run(connection, GRANTS)), SCHEMA, TABLE)
        answers = _tried(connection, READER)
    return {name for name, answer in answers.items() if answer is not Answer.REFUSED}, read


def _granted_one_by_one(
    admin: pymysql.Connection[Any], privileges: list[str], where: str, account: Account
) -> Iterator[str]:
    """Grant each privilege that there is at a level, and take it back."""
    granted = 0
    for privilege in privileges:
        option = privilege == "GRANT OPTION"
        grant = f"GRANT {'USAGE' if option else privilege} {where} TO {account}"
        if option and where.startswith("("):
            continue  # columns have none
        try:
            _run(admin, grant + (" WITH GRANT OPTION" if option else ""))
        except pymysql.MySQLError as error:
            if error.args[0] not in NO_SUCH_GRANT:
                raise
            continue
        granted += 1
        yield privilege
        _run(admin, f"REVOKE ALL PRIVILEGES, GRANT OPTION FROM {account}")
        if account == READER:
            _run(admin, f"GRANT SELECT ON {SCHEMA}.{TABLE} TO {READER}")
    assert granted


def _keeps_a_binary_log(admin: pymysql.Connection[Any]) -> bool:
    return bool(_run(admin, "SELECT @@log_bin")[0][0])


def _all_that_there_is(admin: pymysql.Connection[Any]) -> dict[str, list[tuple[Any, ...]]]:
    """What the attempts could have changed, of anybody's."""
    looks = [
        f"SHOW CREATE TABLE {SCHEMA}.{TABLE}",
        f"SELECT * FROM {SCHEMA}.{TABLE} ORDER BY 1",
        "SHOW DATABASES",
        "SELECT TABLE_SCHEMA, TABLE_NAME, CREATE_TIME FROM information_schema.TABLES ORDER BY 1, 2",
        "SELECT * FROM information_schema.COLUMN_STATISTICS ORDER BY 1, 2, 3",
        "SELECT * FROM information_schema.TRIGGERS ORDER BY TRIGGER_SCHEMA, TRIGGER_NAME",
        "SELECT * FROM information_schema.EVENTS ORDER BY EVENT_SCHEMA, EVENT_NAME",
        "SELECT * FROM information_schema.ROUTINES ORDER BY ROUTINE_SCHEMA, SPECIFIC_NAME",
        "SELECT * FROM information_schema.ST_SPATIAL_REFERENCE_SYSTEMS ORDER BY SRS_ID",
        "SELECT * FROM information_schema.RESOURCE_GROUPS ORDER BY RESOURCE_GROUP_NAME",
        "SELECT SPACE, NAME, FLAG, STATE FROM information_schema.INNODB_TABLESPACES ORDER BY 1",
        "SHOW PLUGINS",
        "SHOW GLOBAL VARIABLES",
        "SELECT * FROM mysql.func",
        "SELECT * FROM mysql.servers",
        "SELECT * FROM mysql.component",
        *(f"SELECT * FROM mysql.{table} ORDER BY 1, 2, 3" for table in GRANT_TABLES),
        *(["SHOW BINARY LOGS"] if _keeps_a_binary_log(admin) else []),
    ]
    found = {sql: _run(admin, sql) for sql in looks}
    admin.commit()
    return found
