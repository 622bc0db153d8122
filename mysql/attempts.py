"""What an account that may only SELECT from one table is refused: each privilege as an attempt.

The privileges are those of https://dev.mysql.com/doc/refman/9.7/en/privileges-provided.html. MySQL
checks a statement's privileges before anything else of it, so that an attempt can be a statement
that fails, or finds nothing to do, once it is past that check: it shows what the account may do and
changes nothing even where that is everything. `tests/engine/test_attempts_on_a_real_server.py`
holds each one to that.

What cannot be tried without doing it (SHUTDOWN, say) is read, as the account itself, from `GRANTS`.
Neither is enough alone: what was granted to `''@'%'` on a schema holds for every account and stands
in nobody's `SHOW GRANTS`, while a grant on a table that no attempt names stands only there.
"""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass
from enum import Enum, auto
from typing import Final

from mysql.account import Account
from mysql.identifiers import quote

SESSION: Final = (
    "SET SESSION lock_wait_timeout = 1, SESSION innodb_lock_wait_timeout = 1, "
    "SESSION sql_mode = 'TRADITIONAL', SESSION autocommit = 1"
)
"""Before the first attempt: wait for nobody, let nothing be bent until it fits, quote with `."""

ROLES: Final = "SET ROLE ALL"
"""Then: what the account could give itself at any time counts as held. NOT_HERE before MySQL 8."""

GRANTS: Final = "SHOW GRANTS"
"""What the account, with its active roles, holds: for `beyond_select`."""

# Nothing has this name; where somebody chose it after all, no attempt would harm what bears it.
NOTHING: Final = "external-mysql: not there"


class Answer(Enum):
    """What the server's answer to an attempt means."""

    REFUSED = auto()
    """The account lacks the privilege."""
    ALLOWED = auto()
    """The server did it, or got past the privilege and stumbled over something else."""
    NOT_HERE = auto()
    """This server has no such statement, so that nobody can be allowed it."""
    UNKNOWN = auto()
    """The answer is about something else, such as a lost connection: nothing is proven."""


# The last three: what XA RECOVER, a trigger in a server that keeps a binary log, and a spatial
# reference system are refused with. Not 1410, "You are not allowed to create a user with GRANT":
# who is told that has got past GRANT OPTION.
_DENIED: Final = frozenset({1044, 1045, 1142, 1143, 1227, 1370, 1401, 1419, 6427})
# Syntax error, unknown system variable, unsupported feature.
_NO_SUCH_STATEMENT: Final = frozenset({1064, 1193, 3658})
# No memory, disk or connection, server shutting down or offline or read-only, lock wait, deadlock,
# interrupted, timed out, an account's limit reached or its password expired; 0 is pymysql's own, of
# a connection that is closed already.
_OF_SOMETHING_ELSE: Final = frozenset(
    {0, 1021, 1037, 1038, 1040, 1041, 1053, 1158, 1159, 1160, 1161, 1205, 1213, 1226, 1290, 1317}
    | {1820, 1836, 3024, 3032, 4031}
)
_CLIENT_ERRORS: Final = range(2000, 3000)


@dataclass(frozen=True)
class Attempt:
    """A statement that only the holder of a privilege gets through.

    Attributes:
        name: What it tries, for people: `INSERT on another table`.
        template: Its SQL, for `sql`.
        refusals: The server's errors that say that the privilege is missing.
        hides: Whether the server refuses by giving no rows in place of an error.
        prepared: Whether it is only to be prepared, which checks it and takes no lock.
        waits: Whether, where it is allowed, it waits for who uses the table, and others for it, a
            second. So it comes last, and is for an account that `GRANTS` says nothing of and that
            was refused all else: that one is refused this too, at once.
    """

    name: str
    template: str
    refusals: frozenset[int] = _DENIED
    hides: bool = False
    prepared: bool = False
    waits: bool = False

    def sql(self, account: Account, database: str, table: str) -> str:
        """Write the statement, for the account that is to make it and the table it may read."""
        statement = self.template.format(
            account=account,
            schema=quote(database),
            table=f"{quote(database)}.{quote(table)}",
            nothing=quote(NOTHING),
        )
        if not self.prepared:
            return statement
        literal = statement.replace("\\", "\\\\").replace("'", "''")
        return f"PREPARE attempt FROM '{literal}'"

    def read(self, error: int | None, rows: int = 0) -> Answer:
        """Read the server's answer.

        Args:
            error: MySQL's error number; None where there was none.
            rows: How many rows it gave.
        """
        if error is None:
            return Answer.REFUSED if self.hides and not rows else Answer.ALLOWED
        if error in self.refusals:
            return Answer.REFUSED
        if error in _NO_SUCH_STATEMENT:
            return Answer.NOT_HERE
        if error in _OF_SOMETHING_ELSE or error in _CLIENT_ERRORS:
            return Answer.UNKNOWN
        return Answer.ALLOWED


def in_words(error: int | None) -> str:
    """Say of a refusal what the server said, short."""
    return "refused (shown nothing)" if error is None else f"refused (MySQL error {error})"


def beyond_select(grants: Iterable[str], database: str, table: str) -> list[str]:
    """Say what `SHOW GRANTS` lists besides SELECT on the one table: ``PROCESS ON *.*``.

    A role counts, whatever it holds today.
    """
    select = f"SELECT ON {quote(database)}.{quote(table)}"
    held = []
    for line in grants:
        right, _, holder = line.removeprefix("GRANT ").rpartition(" TO ")
        option = " WITH GRANT OPTION" if holder.endswith(" WITH GRANT OPTION") else ""
        held.append(right + option)
    return [right for right in held if right not in ("USAGE ON *.*", select)]


# {table} is the reader's own table in turn with these, {schema} its schema with the two others.
_OTHER_TABLES: Final = {
    "on another table": "{schema}.{nothing}",
    "on another schema": "{nothing}.{nothing}",
    "on the schema mysql": "`mysql`.{nothing}",
}
_OTHER_SCHEMAS: Final = {"on another schema": "{nothing}", "on the schema mysql": "`mysql`"}

# What changes rows finds none or no such column; what changes definitions names a column twice, or
# a column, key or partition that is not there, or a trigger in a schema that is not the table's.
# Where an older server would let everybody do it, /*!80000 leaves half a statement for it.
_ON_TABLES: Final = {
    "INSERT": "INSERT INTO {table} ({nothing}) VALUES (1)",
    "UPDATE": "UPDATE {table} SET {nothing} = 1 WHERE FALSE",
    "DELETE": "DELETE FROM {table} WHERE FALSE",
    "CREATE": "CREATE TABLE {table} (i INT, i INT)",
    # TRUNCATE and DROP TABLE need the same privilege.
    "DROP": "ALTER TABLE {table} TRUNCATE PARTITION {nothing}",
    "ALTER": "ALTER TABLE {table} DROP COLUMN {nothing}",
    "INDEX": "DROP INDEX {nothing} ON {table}",
    "CREATE VIEW": "CREATE VIEW {table} AS SELECT 1 AS a, 1 AS a",
    "TRIGGER": "CREATE TRIGGER {nothing}.{nothing} BEFORE INSERT ON {table} "
    "FOR EACH ROW SET @a = 1",
}
_ON_OTHER_TABLES: Final = {
    "SELECT": "SELECT 1 FROM {table} WHERE FALSE",
    # Any privilege gets through, so REFERENCES and SHOW VIEW do, which on the reader's own table
    # allow nothing by themselves and are read.
    "SHOW CREATE TABLE": "SHOW CREATE TABLE {table}",
}
_ON_SCHEMAS: Final = {
    "CREATE TEMPORARY TABLES": "CREATE TEMPORARY TABLE {schema}.{nothing} (i INT, i INT)",
    "EVENT": "SHOW CREATE EVENT {schema}.{nothing}",
    "EXECUTE": "CALL {schema}.{nothing}()",
    # Only a comment that is too long fails late enough. Before 8.0.11 it might be cut to size.
    "CREATE ROUTINE": "CREATE /*!80011 PROCEDURE {schema}.{nothing}() "
    f"COMMENT '{'x' * 65536}' DO 1*/",
    "ALTER ROUTINE": "ALTER PROCEDURE {schema}.{nothing}",
    # Taken from nobody, USAGE is nothing.
    "GRANT OPTION": "REVOKE USAGE ON {schema}.* FROM {nothing}",
}
# Any privilege gets through, so LOCK TABLES does, which without SELECT allows nothing by itself.
_ON_OTHER_SCHEMAS: Final = {"SHOW CREATE DATABASE": "SHOW CREATE DATABASE {schema}"}
_ON_THE_SERVER: Final = {
    # UPDATE, DELETE or LOCK TABLES will do.
    "SELECT FOR UPDATE": "SELECT 1 FROM {table} WHERE FALSE FOR /*!80000 UPDATE*/",
    "GRANT OPTION on the table": "GRANT SELECT ({nothing}) ON {table} TO {account}",
    "GRANT OPTION on everything": "REVOKE USAGE ON *.* FROM {nothing}",
    "CREATE USER": "CREATE USER {account}",
    "CREATE ROLE": "CREATE ROLE {account}",
    "DROP ROLE": "DROP ROLE {nothing}",
    "ROLE_ADMIN": "GRANT {nothing} TO {account}",
    "CREATE TABLESPACE": "ALTER TABLESPACE {nothing} RENAME TO {nothing}",
    # EXPLAIN writes no file, and the root directory is none that could be written.
    "FILE": "EXPLAIN SELECT 1 INTO OUTFILE '/'",
    "PROCESS": "SELECT 1 FROM information_schema.INNODB_CMP",
    "RELOAD": "FLUSH LOCAL RELAY LOGS FOR CHANNEL 'not there'",
    "FLUSH_TABLES": "FLUSH LOCAL TABLES {nothing}.{nothing}",
    "REPLICATION CLIENT": "SHOW BINARY LOGS",
    "REPLICATION SLAVE": "SHOW BINLOG EVENTS IN 'not there'",
    "REPLICATION_SLAVE_ADMIN": "CHANGE REPLICATION FILTER REPLICATE_DO_DB = () "
    "FOR CHANNEL 'not there'",
    # REPLICATION_APPLIER will do. (PURGE BINARY LOGS leaves a line in the server's error log.)
    "BINLOG_ADMIN": "BINLOG 'not there'",
    "SUPER": "DROP SERVER {nothing}",
    "SYSTEM_VARIABLES_ADMIN": "SET GLOBAL autocommit = 'neither'",
    "SESSION_VARIABLES_ADMIN": "SET SESSION gtid_next = 'not there'",
    "XA_RECOVER_ADMIN": "XA /*!80000 RECOVER*/",
    "BACKUP_ADMIN": "UNLOCK INSTANCE",
    # 4326 is there in every server.
    "CREATE_SPATIAL_REFERENCE_SYSTEM": "CREATE SPATIAL REFERENCE SYSTEM 4326 "
    "NAME 'x' DEFINITION 'x'",
    "RESOURCE_GROUP_ADMIN": "CREATE RESOURCE GROUP USR_default TYPE = USER",
    "RESOURCE_GROUP_USER": "SET RESOURCE GROUP {nothing}",
    "INNODB_REDO_LOG_ARCHIVE": "DO /*!80017 innodb_redo_log_archive_start('not there')*/",
    "MANAGE_DATA_MASKING_POLICY": "DROP MASKING POLICY {nothing}",
    "OPTIMIZE_LOCAL_TABLE": "OPTIMIZE LOCAL TABLE {nothing}.{nothing}",
}

# These open the reader's table for themselves alone before they see what is wrong with them.
_WAIT: Final = ("DROP", "TRIGGER")


def _attempt(name: str, template: str, *, waits: bool = False) -> Attempt:
    return Attempt(name, template, prepared=name.startswith("CREATE VIEW"), waits=waits)


#: In the order in which they are to be made; each named for the privilege that it tries, and where.
ATTEMPTS: Final = (
    *(
        _attempt(name, sql)
        for name, sql in {**_ON_TABLES, **_ON_SCHEMAS, **_ON_THE_SERVER}.items()
        if name not in _WAIT
    ),
    Attempt("SHOW DATABASES", "SHOW DATABASES LIKE 'mysql'", hides=True),
    # Who may not see a routine is told that there is none.
    Attempt("SHOW_ROUTINE", "SHOW CREATE FUNCTION sys.version_major", _DENIED | {1305}),
    *(
        _attempt(f"{name} {where}", sql.replace("{table}", table))
        for name, sql in {**_ON_OTHER_TABLES, **_ON_TABLES}.items()
        for where, table in _OTHER_TABLES.items()
        if (name, where) != ("TRIGGER", "on the schema mysql")  # which takes none from anybody
    ),
    *(
        _attempt(f"{name} {where}", sql.replace("{schema}", schema))
        for name, sql in {**_ON_OTHER_SCHEMAS, **_ON_SCHEMAS}.items()
        for where, schema in _OTHER_SCHEMAS.items()
    ),
    *(_attempt(name, _ON_TABLES[name], waits=True) for name in _WAIT),
)
