"""Whether the MySQL driver inside a ratings image can log in to a server.

The stock image's npm driver `mysql` 2.18.1 speaks mysql_native_password only, which MySQL 8 and
later no longer give to new accounts. https://github.com/mysqljs/mysql/issues/2046
"""

from __future__ import annotations

import re
from dataclasses import dataclass

from components._admin import Connection

#: `ratings.js` names this database itself.
BOOKINFO_DATABASE = "test"

OUR_IMAGE = "bookinfo-ratings-mysql2"
STOCK_IMAGE = "examples-bookinfo-ratings-v2"
_NATIVE = "mysql_native_password"
_CACHING_SHA2 = "caching_sha2_password"
_FIRST_WITH_SHA2 = (8, 0)
_REPOSITORY = re.compile(r"(?:.*/)?(?P<name>[^/:@]+)(?::[^/@]+)?(?:@.*)?")


@dataclass(frozen=True)
class ServerFacts:
    """What decides about a login.

    Attributes:
        version: As in `9.7.4` or `10.11.6-MariaDB`.
        account_plugin: The authentication plugin that a new account gets.
        tls_only: Whether the server refuses connections without TLS.
    """

    version: str
    account_plugin: str
    tls_only: bool


def read_facts(connection: Connection) -> ServerFacts:
    """Ask the server."""
    with connection.cursor() as cursor:
        cursor.execute("SELECT VERSION()")
        version = str((cursor.fetchone() or [""])[0])
        cursor.execute(
            "SHOW VARIABLES WHERE Variable_name IN ('default_authentication_plugin', "
            "'authentication_policy', 'require_secure_transport')"
        )
        variables = dict(cursor.fetchall())
    return ServerFacts(
        version=version,
        account_plugin=_account_plugin(
            version,
            variables.get("default_authentication_plugin", ""),
            variables.get("authentication_policy", ""),
        ),
        tls_only=variables.get("require_secure_transport", "OFF") == "ON",
    )


def image_problem(image: str, database: str, server: ServerFacts) -> str | None:
    """Say why this image cannot work with this server and database, if so; one line.

    An image that is not known here is trusted.
    """
    name = _repository(image)
    if name not in (STOCK_IMAGE, OUR_IMAGE):
        return None
    if database != BOOKINFO_DATABASE:
        return (
            f"database: {database!r} cannot work with the image {image}, whose ratings.js reads "
            f"{BOOKINFO_DATABASE!r}; set database to that, or image to one of your own"
        )
    if server.tls_only:
        return (
            f"image: {image} dials without TLS, and this MySQL {server.version} takes TLS only "
            "(require_secure_transport); set image to one of your own that uses TLS"
        )
    if name == STOCK_IMAGE and server.account_plugin != _NATIVE:
        return (
            f"image: {image} cannot log in to this MySQL {server.version}: its driver knows only "
            f"{_NATIVE}, and new accounts here get {server.account_plugin}; "
            f"build images/ratings and set image to your {OUR_IMAGE}"
        )
    return None


def server_problem(server: ServerFacts) -> str | None:
    """Say why pulumi-mysql cannot work with this server, if so; one line."""
    if "mariadb" in server.version.lower():
        return (
            f"mysql:endpoint: this is MariaDB {server.version}, on which the mysql plugin cannot "
            "create a user (it asks for innodb_version, which MariaDB no longer has); use MySQL"
        )
    return None


def _account_plugin(version: str, default: str, policy: str) -> str:
    first_factor = policy.partition(",")[0].strip()
    if first_factor not in ("", "*"):
        return first_factor.removeprefix("*:")
    if default:
        return default
    numbers = tuple(int(n) for n in re.findall(r"\d+", version)[:2])
    return _CACHING_SHA2 if numbers >= _FIRST_WITH_SHA2 else _NATIVE


def _repository(image: str) -> str:
    match = _REPOSITORY.fullmatch(image)
    return match["name"] if match else image
