"""The grant tables of a server, as far as they decide about one account.

https://dev.mysql.com/doc/refman/9.7/en/grant-tables.html

They leave out what only the server's memory still has: 9.7.4 goes on to honour a dynamic privilege
that was revoked after GRANT OPTION ON *.* was, and does not write each routine by its name. So the
lines of SHOW GRANTS are read too.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Any

from mysql.account import Account

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
_PART = r"""`((?:[^`]|``)*)`|'((?:[^']|'')*)'|"((?:[^"]|"")*)"|([^\s,@]+)"""
_ROLE = re.compile(rf"(?:{_PART})(?:\s*@\s*(?:{_PART}))?")


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
    users = sorted({"", account.user} | {r.user for r in roles_of(facts, stored(account))})
    rest = {
        table: ask(QUERIES[table], {"users": users, "user": account.user})
        for table in has
        if table != "role_edges"
    }
    facts = Facts({**facts.rows, **rest}, facts.mandatory)
    # A MySQL that has no dynamic privileges has nothing in memory alone, and wants SELECT on all of
    # the schema for this.
    if "global_grants" not in has or not is_there(facts, account):
        return facts
    shown = ask("SHOW GRANTS FOR %(user)s@%(host)s", {"user": account.user, "host": account.host})
    return replace(facts, shown=tuple(str(next(iter(row.values()))) for row in shown))


def is_there(facts: Facts, account: Account) -> bool:
    """Say whether there is such an account."""
    return stored(account) in map(account_of, facts.of("user"))


def roles_of(facts: Facts, account: Account) -> set[Account]:
    """Give the roles that an account can have active: granted, mandatory, and those behind them.

    Whether one is a default role does not matter: SET ROLE is free to whom it is granted.
    """
    found = listed(facts.mandatory)
    ways = [(account_of(row), role_of(row)) for row in facts.of("role_edges")]
    while more := {role for to, role in ways if to in {account, *found}} - found:
        found |= more
    return found


def listed(roles: str) -> set[Account]:
    """Read mandatory_roles, whose names may be quoted in three ways or not at all."""
    found = set()
    for match in _ROLE.finditer(roles):
        user, host = _unquoted(match.groups()[:4]), _unquoted(match.groups()[4:])
        found.add(stored(Account(user or "", "%" if host is None else host)))
    return found


def _unquoted(ways: Sequence[str | None]) -> str | None:
    """Give the one of `_PART`'s groups that matched."""
    found = (
        text.replace(sign * 2, sign)
        for text, sign in zip(ways, "`'\" ", strict=True)
        if text is not None
    )
    return next(found, None)


def stored(account: Account) -> Account:
    """Write an account as the server keeps it: host parts have no case."""
    return Account(account.user, account.host.lower())


def account_of(row: Row) -> Account:
    """Give the account that a row is of."""
    return stored(Account(row["User"], row["Host"]))


def role_of(row: Row) -> Account:
    """Give the role that a row of role_edges grants."""
    return stored(Account(row["FROM_USER"], row["FROM_HOST"]))
