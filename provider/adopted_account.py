"""The account of somebody else: whether it can be taken over; taken over, and given back.

Whoever uses it goes on logging in with the password that it had: that is its second one now. The
first is the stack's. Its rights are those of a reader until it is given back.
"""

from __future__ import annotations

from dataclasses import dataclass

from mysql.account import Account
from mysql.former_account import NOBODY, FormerAccount, obstacles, row_of
from mysql.login import Login, login
from mysql.mark import Mark
from mysql.rights import Difference, Right, difference, held, namesakes
from provider.connection import Connection, DatabaseProblem, attempt, value
from provider.grants import facts_of, with_password
from provider.login_facts import read_facts

_MAY = 1410
"""What is said of a grant to nobody to an admin who may give it."""
_PASSWORDS = (
    "SELECT HEX(authentication_string), "
    "HEX(CAST(User_attributes->>'$.additional_password' AS BINARY)) "
    "FROM mysql.user WHERE User = %s AND Host = %s"
)
"""The hashes of its first and of its second one."""


@dataclass(frozen=True)
class Found:
    """An account of somebody else.

    Attributes:
        account: Its name.
        login: How it logs in.
        former: What it is.
    """

    account: Account
    login: Login
    former: FormerAccount


def look(connection: Connection, account: Account) -> Found:
    """See what an account of somebody else is, which is there; nothing is changed.

    Raises:
        DatabaseProblem: It cannot be taken over so that it can be given back.
    """
    facts = facts_of(connection, account)
    plugin = read_facts(connection).account_plugin
    there, rights = login(facts, account), held(facts, account)
    if there is None:
        raise DatabaseProblem(f"the account {account} has just gone; run it again")
    said = obstacles(facts, account, there, rights, plugin)
    if others := namesakes(facts, account):
        said.append(f"{', '.join(map(str, others))} would be taken for it")
    admin = value(connection, "SELECT CURRENT_USER()")
    said += [
        f"{admin} may not give it {right} again"
        for right in sorted(rights)
        if not right.via and attempt(connection, right.grant(NOBODY))[0] != _MAY
    ]
    if said:
        raise DatabaseProblem(
            f"external-mysql:adopt: the account {account} cannot be adopted, for "
            f"{'; '.join(said)}; change that, give another name in external-mysql:reader, or "
            "remove it"
        )
    return Found(account, there, FormerAccount.of(there, row_of(facts, account), rights))


def take(connection: Connection, found: Found, mark: Mark, password: str) -> None:
    """Give an account the stack's password besides its own, and the mark with what it was.

    One statement does both: whatever run is cut off, the next one finds it there.
    """
    name = str(found.account).replace("%", "%%")
    with connection.cursor() as cursor:
        with_password(
            cursor,
            f"ALTER USER {name} IDENTIFIED WITH '{found.login.plugin}' BY %s "
            "RETAIN CURRENT PASSWORD ATTRIBUTE %s",
            password,
            Mark(mark.owner, mark.holder, former=str(found.former)).attribute,
        )


def make(connection: Connection, account: Account, mark: Mark, password: str) -> None:
    """Make an account where there is none, with its mark: no run leaves one without."""
    name = str(account).replace("%", "%%")
    with connection.cursor() as cursor:
        with_password(
            cursor, f"CREATE USER {name} IDENTIFIED BY %s ATTRIBUTE %s", password, mark.attribute
        )


def set_password(connection: Connection, account: Account, password: str) -> None:
    """Set the first password of an account; its second one stays."""
    name = str(account).replace("%", "%%")
    with connection.cursor() as cursor:
        with_password(cursor, f"ALTER USER {name} IDENTIFIED BY %s", password)


def give_back(connection: Connection, account: Account, mark: Mark, *, ours: bool) -> str | None:
    """Give an account its rights again, then its password and what else it was.

    Args:
        connection: To its server.
        account: Its name.
        mark: Its mark, with what it was.
        ours: Whether its first password is the stack's still; another one stays.

    Returns:
        What could not be given back, if anything.

    Raises:
        DatabaseProblem: The admin may not give it its rights; what it was is known as before.
    """
    former = FormerAccount.parse(mark.former)
    facts = facts_of(connection, account)
    there = login(facts, account)
    if there is None:
        return None
    with connection.cursor() as cursor:
        cursor.execute(_PASSWORDS, (account.user, account.host))
        ((first, second),) = cursor.fetchall()
        # First of all: nobody gets its rights with the stack's password.
        password = f"IDENTIFIED WITH '{there.plugin}' AS 0x{second} " if ours and second else ""
        cursor.execute(f"ALTER USER {account} {password}{former.demands}")
        own = frozenset(right for right in held(facts, account) if not right.via)
        _regrant(connection, account, difference(own, frozenset(map(Right.parse, former.rights))))
        # A run that was cut off may have given it back before.
        discard = "DISCARD OLD PASSWORD " if password or first == second else ""
        cursor.execute(f"ALTER USER {account} {discard}ATTRIBUTE '{Mark.NO_ATTRIBUTE}'")
    if ours and not second:
        return (
            f"the account {account} has lost the password that it had before: somebody discarded "
            f"it; give it one with ALTER USER {account} IDENTIFIED BY '...'"
        )
    return None


def _regrant(connection: Connection, account: Account, differs: Difference) -> None:
    for statement in differs.statements(account):
        error, _ = attempt(connection, statement)
        if error is not None:
            raise DatabaseProblem(
                f"the account {account} cannot be given its rights again (MySQL error {error}); "
                f"run, as one who may: {statement}; then run it again"
            )
