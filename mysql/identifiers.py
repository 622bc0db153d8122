"""Names that go into SQL where no placeholder can: databases, tables, columns, accounts."""

from __future__ import annotations

import re

_SYSTEM_SCHEMAS = {"information_schema", "mysql", "ndbinfo", "performance_schema", "sys"}
_PLAIN = re.compile(r"[0-9A-Za-z_$][0-9A-Za-z_$-]*", re.ASCII)
_ACCOUNT_HOST = re.compile(r"[0-9A-Za-z_.:%/-]+", re.ASCII)
_LONGEST_SCHEMA = 64
_LONGEST_USER = 32
_LONGEST_ACCOUNT_HOST = 255


def quote(identifier: str) -> str:
    """Quote an identifier.

    https://dev.mysql.com/doc/refman/9.7/en/identifiers.html
    """
    return "`" + identifier.replace("`", "``") + "`"


def schema_name(text: str) -> str:
    """Accept a database name that is no system schema and needs no escaping anywhere.

    The mysql plugin and Bookinfo put names into SQL each in their own way, so a name that one of
    them could read differently is refused.

    Raises:
        ValueError: The name is a system schema, or has quotes, backticks or other signs.
    """
    if text.lower() in _SYSTEM_SCHEMAS:
        raise ValueError(
            f"{text!r} is a system schema of MySQL; give the database a name of its own"
        )
    return _plain(text, _LONGEST_SCHEMA)


def account_name(text: str) -> str:
    """Accept a user name that needs no escaping.

    Raises:
        ValueError: The name has quotes, backticks or other signs, or belongs to the server.
    """
    if text.lower() == "root" or text.lower().startswith("mysql."):
        raise ValueError(f"{text!r} is the server's own account; give the reader a name of its own")
    return _plain(text, _LONGEST_USER)


def account_host(text: str) -> str:
    """Accept the host part of an account: a name, an address, or a pattern with `%` and `_`.

    It has no case, and MySQL keeps it in lower case.

    https://dev.mysql.com/doc/refman/9.7/en/account-names.html

    Raises:
        ValueError: The text is no host part.
    """
    if not _ACCOUNT_HOST.fullmatch(text) or len(text) > _LONGEST_ACCOUNT_HOST:
        raise ValueError(
            f"{text!r} is no host part of an account; give % or a pattern such as 10.0.%"
        )
    return text.lower()


def _plain(text: str, longest: int) -> str:
    if not _PLAIN.fullmatch(text):
        raise ValueError(f"{text!r} is no plain name; use letters, digits, _ $ and - only")
    if len(text) > longest:
        raise ValueError(f"{text!r} is {len(text)} characters long, and MySQL takes {longest}")
    return text
