"""The rights of one account: everything it holds, at every level and by every way.

https://dev.mysql.com/doc/refman/9.7/en/grant-tables.html

They are read in two places, as neither has all. `SHOW GRANTS` leaves out what applies to the
account by way of other rows: those of the empty user name, those of its own name under another
host, and mandatory roles. The grant tables leave out what only the server's memory still has: 9.7.4
goes on to honour a dynamic privilege that was revoked after GRANT OPTION ON *.* was, and does not
write each routine by its name.
"""

from __future__ import annotations

import hashlib
import json
import re
from collections.abc import Callable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any, Self

from mysql.account import Account
from mysql.identifiers import quote

Row = Mapping[str, Any]
#: Runs one query with its `%(name)s` values and gives its rows by column name.
Ask = Callable[[str, Mapping[str, object]], Sequence[Row]]

# Table of the schema `mysql` -> the columns that are read. Of `user` and `db` it is all of them, as
# each version has others.
_COLUMNS = {
    "user": "*",
    "global_grants": "USER AS User, HOST AS Host, PRIV, WITH_GRANT_OPTION",
    "db": "*",
    "tables_priv": "User, Host, Db, Table_name, Table_priv",
    "columns_priv": "User, Host, Db, Table_name, Column_name, Column_priv",
    "procs_priv": "User, Host, Db, Routine_name, Routine_type, Proc_priv",
    "proxies_priv": "User, Host, Proxied_user, Proxied_host, With_grant",
    "role_edges": "TO_USER AS User, TO_HOST AS Host, FROM_USER, FROM_HOST, WITH_ADMIN_OPTION",
}
# By user name only, since rows under another host matter too. In proxies_priv the server takes the
# user name for a pattern; role_edges is read whole, since roles are granted to roles.
_WHERE = {"proxies_priv": " WHERE User IN ('', %(user)s) OR %(user)s LIKE User", "role_edges": ""}
#: Table -> query; `%(user)s` is the account's name, `%(users)s` that, '' and its roles' names.
QUERIES: Mapping[str, str] = {
    table: f"SELECT {columns} FROM mysql.{table}"  # noqa: S608 - of the two tables above
    + _WHERE.get(table, " WHERE User IN %(users)s")
    for table, columns in _COLUMNS.items()
}
#: The tables that the admin account has to be able to read; `SHOW GRANTS` asks for no more.
TABLES = tuple(QUERIES)

_SINCE_8 = {"global_grants", "role_edges"}
# Their rows apply to each client that the row's own host matches, whichever account it logged in
# as: those of its user name, and in db and proxies_priv those without one.
_BY_CLIENT = ("db", "tables_priv", "columns_priv", "procs_priv", "proxies_priv")

_MANDATORY = "@@mandatory_roles"
_BY_ROLE = "ROLE "

_NAME = r"`(?:[^`]|``)*`"
_ACCOUNT = r"'(?:[^'\\]|''|\\.)*'@'(?:[^'\\]|''|\\.)*'"
_RIGHT = re.compile(
    rf"(?P<privilege>[^`'(]+?(?: \({_NAME}\))?)(?: ON)? "
    rf"(?P<on>\*\.\*|{_NAME}\.\*|(?:[A-Z]+ )?{_NAME}\.{_NAME}|{_ACCOUNT})"
    r"(?P<option> WITH (?:GRANT|ADMIN) OPTION)?(?: via (?P<via>.+))?",
    re.DOTALL,
)
_SHOWN = re.compile(
    rf"GRANT (?P<privileges>[A-Z_, ]+) ON (?P<on>\*\.\*|[A-Z]+ {_NAME}\.{_NAME})"
    r" TO .+?(?P<option> WITH GRANT OPTION)?",
    re.DOTALL,
)
# The second is short for what the tables have by name, and its REVOKE would take SELECT as well.
_NOT_ONE = ("USAGE", "ALL PRIVILEGES")

_PART = r"""`((?:[^`]|``)*)`|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^\s,@]+)"""
_ROLE = re.compile(rf"(?:{_PART})(?:\s*@\s*(?:{_PART}))?")

# Columns of `user` and `db` that are not named as the privilege is.
_NAMES = {
    "Grant": "GRANT OPTION",
    "Show_db": "SHOW DATABASES",
    "Create_tmp_table": "CREATE TEMPORARY TABLES",
    "Repl_slave": "REPLICATION SLAVE",
    "Repl_client": "REPLICATION CLIENT",
}
_LIMITS = (
    "max_questions",
    "max_updates",
    "max_connections",
    "max_user_connections",
    "password_lifetime",
)


@dataclass(frozen=True, order=True)
class Right:
    """One right, in the words of SQL.

    Attributes:
        on: On what: `*.*`, a schema's pattern, a table, a routine with its kind, an account.
        privilege: `SELECT`, `SELECT` with one column, `GRANT OPTION`, `PROXY` or `ROLE`.
        option: Whether it may be passed on, where MySQL notes that with the right itself: dynamic
            privileges, `PROXY` and roles.
        via: Empty where the account holds it itself; else the role, the other account or the
            server variable that gives it.
    """

    on: str
    privilege: str
    option: bool = False
    via: str = ""

    def __str__(self) -> str:
        """Write it as one line, which `parse` reads."""
        return f"{self._what}{self._with}{f' via {self.via}' if self.via else ''}"

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote.

        Raises:
            ValueError: The text is no right.
        """
        if not (match := _RIGHT.fullmatch(text)):
            raise ValueError(f"{text!r} is no right of an account")
        return cls(match["on"], match["privilege"], bool(match["option"]), match["via"] or "")

    @property
    def is_role(self) -> bool:
        """Whether this is a role, which MySQL grants without ON."""
        return self.privilege == "ROLE"

    @property
    def is_garbled(self) -> bool:
        """Whether this, read from a grant table, is of a routine with another name.

        9.7.4 writes names that are not ASCII into procs_priv in a wrong encoding; SHOW GRANTS has
        the one that REVOKE takes.
        """
        return self.on[0].isalpha() and not self.on.isascii()

    def grant(self, account: Account) -> str:
        """Write the statement that gives it; to be run without values, as it may hold a `%`."""
        return f"GRANT {self._what.removeprefix(_BY_ROLE)} TO {account}{self._with}"

    def revoke(self, account: Account) -> str:
        """Write the statement that takes it, and the leave to pass it on with it."""
        return f"REVOKE {self._what.removeprefix(_BY_ROLE)} FROM {account}"

    def mend(self, account: Account) -> str:
        """Say what takes it from the account, where that is no statement about the account too."""
        if not self.via:
            return self.revoke(account)
        if self.via == _MANDATORY:
            return "only the server's owner can: SET PERSIST mandatory_roles without it"
        if self.via.startswith(_BY_ROLE):
            return "it goes with that role"
        return f"DROP USER {self.via}, which takes rows without an account too"

    @property
    def _what(self) -> str:
        return f"{self.privilege} {'' if self.is_role else 'ON '}{self.on}"

    @property
    def _with(self) -> str:
        return f" WITH {'ADMIN' if self.is_role else 'GRANT'} OPTION" if self.option else ""


@dataclass(frozen=True)
class Difference:
    """What an account lacks and what it has too much; nothing of both is false."""

    missing: tuple[Right, ...] = ()
    extra: tuple[Right, ...] = ()

    def __bool__(self) -> bool:
        """Say whether there is any."""
        return bool(self.missing or self.extra)

    def statements(self, account: Account) -> list[str]:
        """Give what mends it, so that no wanted right is away for a moment.

        What the account does not hold itself is not among it: see `beyond`.
        """
        # First what is missing. A table's REVOKE takes the same right off its columns, so columns
        # go before it; with partial_revokes a schema's REVOKE leaves a note while the same right
        # is held globally, so `*.*` goes before it, which the order of rights does. GRANT OPTION
        # is last: what is dynamic and revoked after it stays in the server's memory.
        own = sorted(
            (right for right in self.extra if not right.via),
            key=lambda right: (
                "(" not in right.privilege,
                right.privilege == "GRANT OPTION",
                right,
            ),
        )
        return [right.grant(account) for right in self.missing] + [
            right.revoke(account) for right in own
        ]

    @property
    def beyond(self) -> tuple[Right, ...]:
        """Those that no statement about the account itself takes from it."""
        return tuple(r for r in self.extra if r.via and not r.via.startswith(_BY_ROLE))


@dataclass(frozen=True)
class Facts:
    """What was read.

    Attributes:
        rows: Table -> rows. They hold password hashes, so they are not shown.
        mandatory: The variable mandatory_roles.
        shown: The lines of SHOW GRANTS for the account.
    """

    rows: Mapping[str, Sequence[Row]] = field(repr=False)
    mandatory: str = ""
    shown: tuple[str, ...] = ()

    def of(self, table: str) -> Sequence[Row]:
        """Give the rows of a table, none where the server has no such table."""
        return self.rows.get(table, ())


@dataclass(frozen=True)
class Login:
    """How an account logs in, from its row of mysql.user; what a version lacks is empty.

    https://dev.mysql.com/doc/refman/9.7/en/create-user.html

    Attributes:
        plugin: Its authentication plugin.
        digest: SHA-256 of the stored password hash, in hex: whether it is still the same.
        locked: Whether no one can log in.
        expired: Whether a login may do nothing but set a new password.
        tls: What its REQUIRE says; empty where nothing.
        limits: Its limits other than none.
        more: What else is kept of it, e.g. `additional_password`, a second one.
        attribute: Its ATTRIBUTE.
    """

    plugin: str
    digest: str
    locked: bool = False
    expired: bool = False
    tls: str = ""
    limits: Mapping[str, int] = field(default_factory=dict)
    more: tuple[str, ...] = ()
    attribute: Mapping[str, Any] = field(default_factory=dict)


def select_on(database: str, table: str) -> frozenset[Right]:
    """Give the rights of a reader of one table."""
    return frozenset({Right(f"{quote(database)}.{quote(table)}", "SELECT")})


def tables(version: str) -> tuple[str, ...]:
    """Give those of `TABLES` that a MySQL has, e.g. 5.7.44.

    By the version, as a table that is not there and one that the admin may not read are refused
    alike (MySQL error 1142).
    """
    old = int(version.partition(".")[0]) < 8  # noqa: PLR2004
    return tuple(table for table in TABLES if not (old and table in _SINCE_8))


def read(ask: Ask, account: Account, version: str) -> Facts:
    """Read all that decides about an account's rights."""
    has = tables(version)
    mandatory = ask("SHOW GLOBAL VARIABLES LIKE 'mandatory_roles'", {})
    facts = Facts(
        {"role_edges": ask(QUERIES["role_edges"], {}) if "role_edges" in has else ()},
        str(mandatory[0]["Value"]) if mandatory else "",
    )
    users = sorted({"", account.user} | {r.user for r in _roles(facts, _stored(account))})
    rest = {
        table: ask(QUERIES[table], {"users": users, "user": account.user})
        for table in has
        if table != "role_edges"
    }
    facts = Facts({**facts.rows, **rest}, facts.mandatory)
    # A MySQL that has no dynamic privileges has nothing in memory alone, and wants SELECT on all of
    # the schema for this.
    if "global_grants" not in has or login(facts, account) is None:
        return facts
    shown = ask("SHOW GRANTS FOR %(user)s@%(host)s", {"user": account.user, "host": account.host})
    return replace(facts, shown=tuple(str(next(iter(row.values()))) for row in shown))


def held(facts: Facts, account: Account) -> frozenset[Right]:
    """Give everything that an account may do, and by which way."""
    account = _stored(account)
    mandatory = {Right(str(role), "ROLE", via=_MANDATORY) for role in _listed(facts.mandatory)}
    # A role that is mandatory too cannot be revoked (MySQL error 3628).
    kept = {role.on for role in mandatory}
    own = {right for line in facts.shown for right in _read_shown(line)} | {
        right
        for right in _rights(facts, account)
        if not (right.is_role and right.on in kept)
        if not (facts.shown and right.is_garbled)
    }
    # The two may differ in whether it may be passed on.
    own -= {replace(right, option=False) for right in own if right.option}
    roles = {
        replace(right, via=f"{_BY_ROLE}{role}")
        for role in _roles(facts, account)
        for right in _rights(facts, role)
    }
    others = {
        replace(right, via=str(_account(row)))
        for table in _BY_CLIENT
        for row in facts.of(table)
        if _account(row) != account and _is_met(table, row, account)
        for right in _READ[table](row)
    }
    return frozenset(own | mandatory | roles | others)


def difference(held: frozenset[Right], wanted: frozenset[Right]) -> Difference:
    """Compare, in the order in which it is to be said."""
    return Difference(tuple(sorted(wanted - held)), tuple(sorted(held - wanted)))


def namesakes(facts: Facts, account: Account) -> tuple[Account, ...]:
    """Give the accounts that a client with this user name could become instead.

    That is each of the same name under another host, and those without a name whose host is the
    narrower one.
    https://dev.mysql.com/doc/refman/9.7/en/connection-access.html
    """
    account = _stored(account)
    found = {_account(row) for row in facts.of("user")} - {account}
    return tuple(
        sorted(
            other
            for other in found
            if other.user == account.user
            or (not other.user and other.host not in ("", "%", account.host))
        )
    )


def login(facts: Facts, account: Account) -> Login | None:
    """Give how the account logs in; None where there is no such account."""
    account = _stored(account)
    row = next((row for row in facts.of("user") if _account(row) == account), None)
    if row is None:
        return None
    attributes = json.loads(row.get("User_attributes") or "{}")
    return Login(
        plugin=_text(row.get("plugin")),
        digest=hashlib.sha256(_text(row.get("authentication_string")).encode()).hexdigest(),
        locked=row.get("account_locked") == "Y",
        expired=row.get("password_expired") == "Y",
        tls=_tls(row),
        limits={name: row[name] for name in _LIMITS if row.get(name)},
        # Restrictions take from global privileges, and of those an account is to have none.
        more=tuple(sorted(attributes.keys() - {"metadata", "Restrictions"})),
        attribute=attributes.get("metadata") or {},
    )


def _rights(facts: Facts, account: Account) -> set[Right]:
    """Give what an account or a role holds itself."""
    return {
        right
        for table, rights in _READ.items()
        for row in facts.of(table)
        if _account(row) == account
        for right in rights(row)
    }


def _roles(facts: Facts, account: Account) -> set[Account]:
    """Give the roles that an account can have active: granted, mandatory, and those behind them.

    Whether one is a default role does not matter: SET ROLE is free to whom it is granted.
    """
    found = _listed(facts.mandatory)
    ways = [(_account(row), _role(row)) for row in facts.of("role_edges")]
    while more := {role for to, role in ways if to in {account, *found}} - found:
        found |= more
    return found


def _read_shown(line: str) -> Iterator[Right]:
    """Read a line of SHOW GRANTS, if it is of global privileges or of a routine."""
    if not (match := _SHOWN.fullmatch(line)):
        return
    on, privileges, option = match.group("on", "privileges", "option")
    for privilege in re.split(", ?", privileges):
        if privilege not in _NOT_ONE:
            yield Right(on, privilege, bool(option) and "_" in privilege)
    # A line has either static or dynamic ones, which note the option each for itself.
    if option and "_" not in privileges:
        yield Right(on, "GRANT OPTION")


def _is_met(table: str, row: Row, account: Account) -> bool:
    # Those of proxies_priv were chosen by the user name when they were read.
    user = row["User"]
    return user == account.user or table == "proxies_priv" or (table == "db" and not user)


def _listed(roles: str) -> set[Account]:
    """Read mandatory_roles, whose names may be quoted in three ways or not at all."""
    found = set()
    for match in _ROLE.finditer(roles):
        user, host = _unquoted(match.groups()[:4]), _unquoted(match.groups()[4:])
        found.add(_stored(Account(user or "", "%" if host is None else host)))
    return found


def _unquoted(ways: Sequence[str | None]) -> str | None:
    """Give the one of `_PART`'s groups that matched."""
    found = (
        text.replace(sign * 2, sign)
        for text, sign in zip(ways, "`'\" ", strict=True)
        if text is not None
    )
    return next(found, None)


def _stored(account: Account) -> Account:
    """Write an account as the server keeps it: host parts have no case."""
    return Account(account.user, account.host.lower())


def _account(row: Row) -> Account:
    return _stored(Account(row["User"], row["Host"]))


def _role(row: Row) -> Account:
    return _stored(Account(row["FROM_USER"], row["FROM_HOST"]))


def _flags(row: Row, on: str) -> Iterator[Right]:
    for column, value in row.items():
        if column.endswith("_priv") and value == "Y":
            name = column.removesuffix("_priv")
            yield Right(on, _NAMES.get(name, name.replace("_", " ").upper()))


def _set(value: str, on: str, column: str = "") -> Iterator[Right]:
    for name in filter(None, value.split(",")):
        yield Right(on, f"{'GRANT OPTION' if name == 'Grant' else name.upper()}{column}")


def _table(row: Row) -> str:
    return f"{quote(row['Db'])}.{quote(row['Table_name'])}"


# tables_priv.Column_priv is left out: without a row in columns_priv it gives nothing.
_READ: Mapping[str, Callable[[Row], Iterator[Right]]] = {
    "user": lambda row: _flags(row, "*.*"),
    "global_grants": lambda row: iter(
        [Right("*.*", row["PRIV"].upper(), row["WITH_GRANT_OPTION"] == "Y")]
    ),
    "db": lambda row: _flags(row, f"{quote(row['Db'])}.*"),
    "tables_priv": lambda row: _set(row["Table_priv"], _table(row)),
    "columns_priv": lambda row: _set(
        row["Column_priv"], _table(row), f" ({quote(row['Column_name'])})"
    ),
    # A routine's name has no case, and SHOW GRANTS has it in small letters.
    "procs_priv": lambda row: _set(
        row["Proc_priv"],
        f"{row['Routine_type']} {quote(row['Db'])}.{quote(row['Routine_name'].lower())}",
    ),
    "proxies_priv": lambda row: iter(
        [
            Right(
                str(Account(row["Proxied_user"], row["Proxied_host"])),
                "PROXY",
                bool(row["With_grant"]),
            )
        ]
    ),
    "role_edges": lambda row: iter(
        [Right(str(_role(row)), "ROLE", row["WITH_ADMIN_OPTION"] == "Y")]
    ),
}


def _tls(row: Row) -> str:
    kind = _text(row.get("ssl_type"))
    if kind != "SPECIFIED":
        return "SSL" if kind == "ANY" else kind
    demands = {"CIPHER": "ssl_cipher", "ISSUER": "x509_issuer", "SUBJECT": "x509_subject"}
    return " ".join(
        f"{name} {text!r}" for name, c in demands.items() if (text := _text(row.get(c)))
    )


def _text(value: object) -> str:
    if isinstance(value, bytes):
        return value.decode(errors="backslashreplace")
    return "" if value is None else str(value)
