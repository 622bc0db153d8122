"""The rights of one account: everything it holds, at every level and by every way.

They are read in two places, as neither has all. `SHOW GRANTS` leaves out what applies to the
account by way of other rows: those of the empty user name, those of its own name under another
host, and mandatory roles. See :mod:`mysql.grant_tables` for what these leave out.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, replace
from typing import Self

from mysql.account import Account
from mysql.grant_tables import Facts, Row, account_of, listed, role_of, roles_of, stored
from mysql.identifiers import quote

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

# Columns of `user` and `db` that are not named as the privilege is.
_NAMES = {
    "Grant": "GRANT OPTION",
    "Show_db": "SHOW DATABASES",
    "Create_tmp_table": "CREATE TEMPORARY TABLES",
    "Repl_slave": "REPLICATION SLAVE",
    "Repl_client": "REPLICATION CLIENT",
}


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


def select_on(database: str, table: str) -> frozenset[Right]:
    """Give the rights of a reader of one table."""
    return frozenset({Right(f"{quote(database)}.{quote(table)}", "SELECT")})


def held(facts: Facts, account: Account) -> frozenset[Right]:
    """Give everything that an account may do, and by which way."""
    account = stored(account)
    mandatory = {Right(str(role), "ROLE", via=_MANDATORY) for role in listed(facts.mandatory)}
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
        for role in roles_of(facts, account)
        for right in _rights(facts, role)
    }
    others = {
        replace(right, via=str(account_of(row)))
        for table in _BY_CLIENT
        for row in facts.of(table)
        if account_of(row) != account and _is_met(table, row, account)
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
    account = stored(account)
    found = {account_of(row) for row in facts.of("user")} - {account}
    return tuple(
        sorted(
            other
            for other in found
            if other.user == account.user
            or (not other.user and other.host not in ("", "%", account.host))
        )
    )


def _rights(facts: Facts, account: Account) -> set[Right]:
    """Give what an account or a role holds itself."""
    return {
        right
        for table, rights in _READ.items()
        for row in facts.of(table)
        if account_of(row) == account
        for right in rights(row)
    }


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
        [Right(str(role_of(row)), "ROLE", row["WITH_ADMIN_OPTION"] == "Y")]
    ),
}
