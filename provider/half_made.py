"""What pulumi-mysql made for an update that was killed before it could keep that it did.

The next update makes it once more, and MySQL refuses: it is there already. So whatever is ours
without a doubt is taken away first; anything else is refused in one line. This runs in the program,
just before that plugin creates something, and sees no resource of this provider.
"""

from __future__ import annotations

from mysql import adoption
from mysql.account import Account
from mysql.admin import Admin
from provider.account import accounts, drop, is_opened
from provider.configuration import Configuration
from provider.connection import DatabaseProblem
from provider.schema import contents, drop_database, exists, hold

_NOBODY = ""
ANOTHER = "pulumi config set external-mysql:rotation $(date +%s)"
"""What gives another account, whatever the setting was."""


def at(admin: Admin) -> Configuration:
    """Give the server of an admin account."""
    return Configuration(admin)


def clear_account(server: Configuration, account: Account, password: str) -> None:
    """Drop an account that is about to be made: it has no mark yet, and this password opens it.

    Raises:
        DatabaseProblem: It is there, and not to be taken for one that was left half-made.
    """
    with server.connect() as connection:
        there = accounts(connection, account.user)
        if account not in there:
            return
        if there[account]:
            raise DatabaseProblem(
                f"external-mysql:reader: {account} stands, and cannot be made once more under its "
                f"name; for another one, `{ANOTHER}`"
            )
        if not is_opened(server, account, password):
            raise DatabaseProblem(
                f"external-mysql:reader: {account} exists already at {server.admin.endpoint}, and "
                f"the password that was drawn for it does not open it; for another one, "
                f"`{ANOTHER}`, or, if nobody needs it, DROP USER {account}"
            )
        drop(connection, account)


def clear_database(server: Configuration, name: str) -> None:
    """Drop a database that is about to be made: there is nothing in it.

    Raises:
        DatabaseProblem: It is there, with something in it.
    """
    with server.connect() as connection:
        if not exists(connection, name):
            return
        hold(connection)
        if held := contents(connection, name, _NOBODY):
            raise DatabaseProblem(
                f"external-mysql:database: {name} stands at {server.admin.endpoint}, with "
                f"{', '.join(held)}, and cannot be made once more under its name; leave it out "
                f"of --replace, give another name, or add "
                f"{adoption.word(adoption.DATABASE, name)} to external-mysql:adopt"
            )
        drop_database(connection, name)
