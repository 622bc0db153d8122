"""What somebody changed about an account's login, and the statement that puts it right."""

from __future__ import annotations

from collections.abc import Mapping

from mysql.account import Account
from mysql.rights import Login

_TLS = "SSL"
# What else the server keeps of an account -> what takes it away.
_MORE = {
    "additional_password": "DISCARD OLD PASSWORD",
    "Password_locking": "FAILED_LOGIN_ATTEMPTS 0 PASSWORD_LOCK_TIME 0",
}


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
