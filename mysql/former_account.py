"""What an adopted account was before: all but its password, which the server itself keeps.

MySQL lets an account have a second password: the one before goes on logging in, and its hash stays
on the server. https://dev.mysql.com/doc/refman/9.7/en/password-management.html#dual-passwords
"""

from __future__ import annotations

import json
from collections.abc import Collection, Mapping
from dataclasses import dataclass, field
from typing import Any, Self

from mysql.account import Account
from mysql.grant_tables import Facts, Row, account_of, role_of
from mysql.login import Login
from mysql.rights import Right

#: An account that nobody has: of rights that are granted to it, each is looked at, none is given.
NOBODY = Account("external-mysql: not there")
_LIMITS = {
    "max_questions": "MAX_QUERIES_PER_HOUR",
    "max_updates": "MAX_UPDATES_PER_HOUR",
    "max_connections": "MAX_CONNECTIONS_PER_HOUR",
    "max_user_connections": "MAX_USER_CONNECTIONS",
}
_TLS = ("", "SSL")


@dataclass(frozen=True)
class FormerAccount:
    """What an adopted account was.

    Attributes:
        rights: Its rights, each as a line of SQL.
        tls: Whether it demanded TLS.
        limits: Its limits other than none, by their columns in mysql.user.
        lifetime: Days after which its password expires: 0 for never, None as the server says.
    """

    rights: tuple[str, ...]
    tls: bool = False
    limits: Mapping[str, int] = field(default_factory=dict)
    lifetime: int | None = None

    @classmethod
    def of(cls, login: Login, row: Row, rights: Collection[Right]) -> Self:
        """Read what an account is."""
        return cls(
            tuple(sorted(map(str, rights))),
            bool(login.tls),
            {name: row[name] for name in _LIMITS if row.get(name)},
            row.get("password_lifetime"),
        )

    def __str__(self) -> str:
        """Write it for the mark."""
        said = {
            "rights": self.rights,
            "tls": self.tls,
            "limits": self.limits,
            "lifetime": self.lifetime,
        }
        return json.dumps(said, ensure_ascii=False, sort_keys=True)

    @classmethod
    def parse(cls, text: str) -> Self:
        """Read what `str` wrote."""
        said: dict[str, Any] = json.loads(text)
        return cls(tuple(said["rights"]), said["tls"], said["limits"], said["lifetime"])

    @property
    def demands(self) -> str:
        """Write what a login has to meet, for ALTER USER."""
        limits = " ".join(f"{word} {self.limits.get(name, 0)}" for name, word in _LIMITS.items())
        expire = {None: "DEFAULT", 0: "NEVER"}.get(self.lifetime, f"INTERVAL {self.lifetime} DAY")
        return f"REQUIRE {'SSL' if self.tls else 'NONE'} WITH {limits} PASSWORD EXPIRE {expire}"


def row_of(facts: Facts, account: Account) -> Row:
    """Give an account's row of mysql.user."""
    return next(row for row in facts.of("user") if account_of(row) == account)


def obstacles(
    facts: Facts, account: Account, login: Login, rights: Collection[Right], plugin: str
) -> list[str]:
    """Say what of an account could not be given back, or would not be safe to take over.

    Args:
        facts: What the grant tables hold.
        account: The account.
        login: How it logs in.
        rights: All that it holds, by whichever way.
        plugin: Which plugin a new account gets.
    """
    roles = sorted({str(r.via or r.on) for r in rights if r.via or r.is_role})
    holders = sorted({str(account_of(r)) for r in facts.of("role_edges") if role_of(r) == account})
    attributes = json.loads(row_of(facts, account).get("User_attributes") or "{}")
    empty = not row_of(facts, account).get("authentication_string")
    return [
        words
        for words, found in (
            ("it is locked, and would log in again", login.locked),
            ("its password has expired", login.expired),
            (f"its plugin is {login.plugin}, and not {plugin}", login.plugin != plugin),
            ("it has no password", empty),
            (f"it demands of its client {login.tls}", login.tls not in _TLS),
            (f"it has more to it: {', '.join(login.more)}", bool(login.more)),
            ("some of its rights are restricted", "Restrictions" in attributes),
            (f"it has rights by way of {', '.join(roles)}", bool(roles)),
            (f"it is a role of {', '.join(holders)}", bool(holders)),
        )
        if found
    ]
