"""What decides about logins on a server."""

from __future__ import annotations

from mysql.driver import ServerFacts, account_plugin
from provider.connection import Connection, value


def read_facts(connection: Connection) -> ServerFacts:
    """Ask the server what decides about a login."""
    version = value(connection, "SELECT VERSION()")
    with connection.cursor() as cursor:
        cursor.execute(
            "SHOW VARIABLES WHERE Variable_name IN ('default_authentication_plugin', "
            "'authentication_policy', 'require_secure_transport')"
        )
        variables = dict(cursor.fetchall())
    return ServerFacts(
        version=version,
        account_plugin=account_plugin(
            version,
            variables.get("default_authentication_plugin", ""),
            variables.get("authentication_policy", ""),
        ),
        tls_only=variables.get("require_secure_transport", "OFF") == "ON",
    )
