"""The SQL that the plugin sends, word for word; nothing here talks to a server."""

from __future__ import annotations

import re
import zlib
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from collections.abc import Iterable

Version = tuple[int, ...]


def version(text: str) -> Version:
    """The numbers of a server version such as ``9.7.4``."""
    return tuple(int(part) for part in re.findall(r"\d+", text.partition("-")[0]))


def identifier(name: str) -> str:
    """A name in backticks, those inside it doubled."""
    return "`" + name.replace("`", "``") + "`"


def account(user: str, host: str) -> str:
    """A user account; quotes inside it stay as they are."""
    return f"'{user}'@'{host}'"


def in_set_order(values: Iterable[str]) -> list[str]:
    """Values of a Terraform set, in its order: that of their checksums' digits."""
    return sorted(set(values), key=lambda value: str(zlib.crc32(value.encode())))


def database(verb: str, name: str, charset: str, collation: str) -> str:
    """``CREATE DATABASE`` or ``ALTER DATABASE``; an empty charset or collation is left out."""
    charset_clause = f"CHARACTER SET {identifier(charset)}" if charset else ""
    collation_clause = f"COLLATE {identifier(collation)}" if collation else ""
    return f"{verb} DATABASE {identifier(name)} {charset_clause} {collation_clause}"


def word_after(keyword: str, text: str) -> str:
    """The word behind a keyword of ``SHOW CREATE DATABASE``'s answer; empty if it is not there."""
    found = re.search(re.escape(keyword) + r" (\S*)", text)
    return found[1] if found else ""


def create_user(
    of: str, password: str, *, auth_plugin: str, tls_option: str, server: Version
) -> str:
    """``CREATE USER`` of an account; of authentication plugins it knows two, and ignores others."""
    identified = {
        "AWSAuthenticationPlugin": "WITH AWSAuthenticationPlugin as 'RDS'",
        "mysql_no_login": "WITH mysql_no_login",
    }.get(auth_plugin, f"BY '{password}'")
    require = f" REQUIRE {tls_option}" if tls_option and server > (5, 7, 0) else ""
    return f"CREATE USER {of} IDENTIFIED {identified}{require}"


def find_user(user: str) -> str:
    """Looks for accounts of that user name, whatever their host."""
    return f"SELECT USER FROM mysql.user WHERE USER='{user}'"  # noqa: S608 - the plugin's own words


def set_password(of: str, password: str, server: Version) -> str:
    """The new password of an account, in the words of the server's age."""
    if server < (5, 7, 6):
        return f"SET PASSWORD FOR {of} = PASSWORD('{password}')"
    return f"ALTER USER {of} IDENTIFIED BY '{password}'"


def granted_database(name: str) -> str:
    """A grant's database; ``*`` and what ends in a backtick stay as they are."""
    return name if name == "*" or name.endswith("`") else f"`{name}`"


def granted_object(name: str, table: str) -> str:
    """What a grant is on: ``database.table``."""
    return f"{granted_database(name)}.{'*' if table in ('', '*') else f'`{table}`'}"


def grant(  # noqa: PLR0913 - the plugin's own inputs
    privileges: list[str],
    roles: list[str],
    on: str,
    to: str,
    *,
    tls_option: str,
    grant_option: bool,
    server_has_roles: bool,
    to_role: bool,
) -> str:
    """``GRANT``; on a server that has roles it never passes the right to grant on."""
    what = ", ".join(privileges) if privileges else ", ".join(f"'{role}'" for role in roles)
    where = f" ON {on}" if privileges else ""
    require = f" REQUIRE {tls_option}" if tls_option and not server_has_roles else ""
    option = " WITH GRANT OPTION" if grant_option and not (server_has_roles or to_role) else ""
    return f"GRANT {what}{where} TO {to}{require}{option}"


def revoke(privileges: list[str], roles: list[str], on: str, held_by: str) -> str:
    """``REVOKE`` of what was granted."""
    if roles:
        what = ", ".join(f"'{role}'" for role in roles)
    else:
        what = f"{', '.join(privileges) if privileges else 'ALL'} ON {on}"
    return f"REVOKE {what} FROM {held_by}"
