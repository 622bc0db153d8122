"""Serves the random stand-in."""

from __future__ import annotations

from provider.protocol.service import Provider, Resource, Settings
from sandbox.plugins.passwords.password import Password, Uuid

VERSION = "4.21.4"


def main() -> None:
    """Serve until the engine is done."""
    resources: dict[str, Resource] = {
        "random:index/randomPassword:RandomPassword": Password(),
        "random:index/randomUuid:RandomUuid": Uuid(),
    }
    Provider(VERSION, Settings(), resources).run()
