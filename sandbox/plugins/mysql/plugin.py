"""Serves the mysql stand-in."""

from __future__ import annotations

from sandbox.plugins.mysql.resources import Database, Grant, User
from sandbox.plugins.mysql.server import Settings
from sandbox.plugins.provider import Provider, run

VERSION = "3.3.3"


def main() -> None:
    """Serve until the engine is done."""
    settings = Settings()
    run(
        Provider(
            VERSION,
            settings,
            {
                "mysql:index/database:Database": Database(settings),
                "mysql:index/user:User": User(settings),
                "mysql:index/grant:Grant": Grant(settings),
            },
        )
    )
