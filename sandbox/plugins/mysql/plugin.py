"""Serves the mysql stand-in."""

from __future__ import annotations

from provider.protocol.service import Provider, Resource
from sandbox.plugins.mysql.resources import Database, Grant, User
from sandbox.plugins.mysql.server import Server

VERSION = "3.3.3"


def main() -> None:
    """Serve until the engine is done."""
    server = Server()
    resources: dict[str, Resource] = {
        "mysql:index/database:Database": Database(server),
        "mysql:index/user:User": User(server),
        "mysql:index/grant:Grant": Grant(server),
    }
    Provider(VERSION, server, resources).run()
