"""The admin account of the MySQL server, as both MySQL plugins take it."""

from __future__ import annotations

import re
from collections.abc import Callable, Mapping
from dataclasses import dataclass, field
from ipaddress import ip_address
from pathlib import Path

TLS = ("true", "false", "skip-verify")
_DEFAULT_PORT = 3306
_HIGHEST_PORT = 65535
_ENDPOINT = re.compile(r"(\[[0-9a-f:.]+\]:|[^:]+:)(?P<port>[0-9]+)|[^:]+", re.IGNORECASE)

#: Setting -> the variable that gives it where the configuration does not. All but the authority's
#: are those of pulumi-mysql.
VARIABLES = {
    "endpoint": "MYSQL_ENDPOINT",
    "username": "MYSQL_USERNAME",
    "password": "MYSQL_PASSWORD",
    "tls": "MYSQL_TLS_CONFIG",
    "ca": "MYSQL_TLS_CA",
}
_EXAMPLES = {"endpoint": "mysql.example.com:3306", "username": "admin"}


class AdminProblem(ValueError):
    """A setting of the account is missing or malformed.

    Attributes:
        setting: Its name, e.g. `endpoint`.
    """

    def __init__(self, setting: str, reason: str) -> None:
        super().__init__(reason)
        self.setting = setting


@dataclass(frozen=True)
class Admin:
    """An account that may make databases and accounts.

    Attributes:
        endpoint: `host:port`, or the path of a socket.
        username: Its user name.
        password: Its password; may be empty.
        tls: `true`, `false`, or `skip-verify`.
        ca: The authority of the server's certificate, beside those of this machine: a file, or
            PEM text; empty for none.
    """

    endpoint: str
    username: str
    password: str = field(repr=False)
    tls: str
    ca: str = ""

    @classmethod
    def read(cls, config: Callable[[str], str | None], environ: Mapping[str, str]) -> Admin:
        """Read the account where pulumi-mysql reads it, with TLS on where that has it off.

        https://www.pulumi.com/registry/packages/mysql/installation-configuration/

        Args:
            config: Gives a setting by its name, e.g. `endpoint`; None where it is not set.
            environ: The environment; configuration comes first.

        Raises:
            AdminProblem: A setting is missing or malformed.
        """
        given = {name: config(name) or environ.get(VARIABLES[name], "") for name in VARIABLES}
        for name, value in given.items():
            if not isinstance(value, str):
                raise AdminProblem(name, "it is no text; give it in quotes")
        if given["ca"].startswith("~"):
            given["ca"] = str(Path(given["ca"]).expanduser())
        for name, example in _EXAMPLES.items():
            if not given[name]:
                raise AdminProblem(
                    name,
                    f"it is not set; run `pulumi config set mysql:{name} {example}` "
                    f"or set {VARIABLES[name]}",
                )
        endpoint = given["endpoint"]
        if not _is_endpoint(endpoint):
            raise AdminProblem(
                "endpoint",
                f"{endpoint!r} is no host with a port of 1 to {_HIGHEST_PORT}; "
                "give it as mysql.example.com:3306 or [2001:db8::7]:3306",
            )
        tls = given["tls"].lower() or ("false" if stays_here(endpoint) else "true")
        if tls not in TLS:
            raise AdminProblem("tls", f"{tls!r} is none of {', '.join(TLS)}")
        if given["ca"] and tls != "true":
            raise AdminProblem("ca", f"an authority has no effect with tls {tls}; set tls to true")
        return cls(endpoint, given["username"], given["password"], tls, given["ca"])

    def authority(self) -> str:
        """Give the authority of the server's certificate in PEM; empty where it is well known.

        Raises:
            AdminProblem: The file cannot be read.
        """
        if not self.ca or is_pem(self.ca):
            return self.ca
        try:
            return Path(self.ca).read_text()
        except (OSError, ValueError) as error:
            raise AdminProblem("ca", f"{self.ca!r} cannot be read: {error}") from None

    @property
    def address(self) -> tuple[str, int]:
        """Host and port; a socket has neither."""
        host, _, port = self.endpoint.rpartition(":")
        return (host.strip("[]"), int(port)) if host else (self.endpoint, _DEFAULT_PORT)


def is_socket(endpoint: str) -> bool:
    """Say whether an endpoint is a Unix socket's path."""
    return endpoint.startswith("/")


def is_pem(ca: str) -> bool:
    """Say whether an authority is given as PEM text, and not as a file of it."""
    return "-----BEGIN" in ca


def stays_here(endpoint: str) -> bool:
    """Say whether a connection never leaves this machine, so that nobody can listen to it."""
    if is_socket(endpoint):
        return True
    host = (endpoint.rpartition(":")[0] or endpoint).strip("[]")
    try:
        return ip_address(host).is_loopback
    except ValueError:
        return host.lower() == "localhost"


def _is_endpoint(text: str) -> bool:
    if is_socket(text):
        return True
    match = _ENDPOINT.fullmatch(text)
    return match is not None and 0 < int(match["port"] or _DEFAULT_PORT) <= _HIGHEST_PORT
