"""Whether the MySQL driver inside a ratings image can log in to a server.

The stock image's npm driver `mysql` 2.18.1 speaks mysql_native_password only, which MySQL 8 and
later no longer give to new accounts. https://github.com/mysqljs/mysql/issues/2046
"""

from __future__ import annotations

import re
from dataclasses import dataclass

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


def database_problem(image: str, database: str) -> str | None:
    """Say why this image cannot work with a database of that name, if so; one line."""
    if _repository(image) not in (STOCK_IMAGE, OUR_IMAGE) or database == BOOKINFO_DATABASE:
        return None
    return (
        f"database: {database!r} cannot work with the image {image}, whose ratings.js reads "
        f"{BOOKINFO_DATABASE!r}; set database to that, or image to one of your own"
    )


def image_problem(image: str, server: ServerFacts, *, tls: bool) -> str | None:
    """Say why this image cannot work with this server, if so; one line.

    An image that is not known here is trusted.
    """
    name = _repository(image)
    if name not in (STOCK_IMAGE, OUR_IMAGE):
        return None
    if tls and name == STOCK_IMAGE:
        return (
            f"image: {image} cannot dial over TLS, and readerTls is true; build images/ratings and "
            f"set image to your {OUR_IMAGE}"
        )
    if server.tls_only and not tls:
        return (
            f"readerTls: it is false, and this MySQL {server.version} takes TLS only "
            "(require_secure_transport); set readerTls to true"
        )
    if name == STOCK_IMAGE and server.account_plugin != _NATIVE:
        return (
            f"image: {image} cannot log in to this MySQL {server.version}: its driver knows only "
            f"{_NATIVE}, and new accounts here get {server.account_plugin}; "
            f"build images/ratings and set image to your {OUR_IMAGE}"
        )
    return None


def account_plugin(version: str, default: str, policy: str) -> str:
    """Say with which plugin a server makes accounts that ask for none.

    Args:
        version: As it gives it.
        default: Its `default_authentication_plugin`, which MySQL 9 no longer has.
        policy: Its `authentication_policy`, MySQL 8.0.27 and later.
    """
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
