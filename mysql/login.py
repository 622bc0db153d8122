"""How an account logs in, what somebody changed about that, and what puts it right."""

from __future__ import annotations

import hashlib
import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from typing import Any

from mysql.account import Account
from mysql.grant_tables import Facts, Row, account_of, stored
from mysql.mark import Mark

_TLS = "SSL"
# What else the server keeps of an account -> what takes it away.
_MORE = {
    "additional_password": "DISCARD OLD PASSWORD",
    "Password_locking": "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
}
_LIMITS = (
    "max_questions",
    "max_updates",
    "max_connections",
    "max_user_connections",
    "password_lifetime",
)


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


def login(facts: Facts, account: Account) -> Login | None:
    """Give how the account logs in; None where there is no such account."""
    account = stored(account)
    row = next((row for row in facts.of("user") if account_of(row) == account), None)
    if row is None:
        return None
    attributes = json.loads(row.get("User_attributes") or "{}")
    attribute = attributes.get("metadata") or {}
    # The second password of an adopted account is that of whoever has it besides.
    known = {"metadata", "Restrictions"} | (
        {"additional_password"} if _has_former(attribute) else set()
    )
    return Login(
        plugin=_text(row.get("plugin")),
        digest=hashlib.sha256(_text(row.get("authentication_string")).encode()).hexdigest(),
        locked=row.get("account_locked") == "Y",
        expired=row.get("password_expired") == "Y",
        tls=_tls(row),
        limits={name: row[name] for name in _LIMITS if row.get(name)},
        # Restrictions take from global privileges, and of those an account is to have none.
        more=tuple(sorted(attributes.keys() - known)),
        attribute=attribute,
    )


def is_adopted(login: Login) -> bool:
    """Say whether an account was somebody else's, and is to be given back."""
    return _has_former(login.attribute)


def kept(login: Login) -> dict[str, str]:
    """Give what is to be found unchanged: the plugin, and a digest of the password's hash."""
    return {"plugin": login.plugin, "digest": login.digest}


def changed(login: Login, before: Mapping[str, str], *, tls: bool) -> dict[str, str]:
    """Say what differs from how the login was left, in words.

    Args:
        login: As it is.
        before: What `kept` gave.
        tls: Whether the account is to demand TLS.
    """
    wanted = _TLS if tls else ""
    said = {
        "plugin": f"{before['plugin']} -> {login.plugin}" * (login.plugin != before["plugin"]),
        "password": "set by somebody else" * (login.digest != before["digest"]),
        "locked": "nobody can log in" * login.locked,
        "expired": "a login may do nothing but set a new password" * login.expired,
        "tls": f"{wanted or 'NONE'} -> {login.tls or 'NONE'}" * (login.tls != wanted),
        "limits": ", ".join(f"{name} {limit}" for name, limit in login.limits.items()),
        "more": ", ".join(login.more),
    }
    return {name: words for name, words in said.items() if words}


def mend(account: Account, login: Login, *, plugin: str, tls: bool) -> list[str]:
    """Write the statements that put a login right.

    The first is to be run with the password as its one value, `%s`, the others without any.
    https://dev.mysql.com/doc/refman/9.7/en/alter-user.html
    """
    limits = (
        " WITH MAX_QUERIES_PER_HOUR 0 MAX_UPDATES_PER_HOUR 0 MAX_CONNECTIONS_PER_HOUR 0 "
        "MAX_USER_CONNECTIONS 0"
    )
    first = (
        f"ALTER USER {str(account).replace('%', '%%')} IDENTIFIED WITH '{plugin}' BY %s "
        f"REQUIRE {_TLS if tls else 'NONE'}{limits} PASSWORD EXPIRE DEFAULT ACCOUNT UNLOCK"
    )
    rest = (clause for more, clause in _MORE.items() if more in login.more)
    return [first, *(f"ALTER USER {account} {clause}" for clause in rest)]


def _has_former(attribute: Mapping[str, Any]) -> bool:
    mark = Mark.of_attribute(attribute)
    return mark is not None and mark.former != ""


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
