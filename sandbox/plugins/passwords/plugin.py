"""Serves the random stand-in."""

from __future__ import annotations

from sandbox.plugins.passwords.password import Password
from sandbox.plugins.provider import Provider, Settings

VERSION = "4.21.4"


def main() -> None:
    """Serve until the engine is done."""
    resources = {"random:index/randomPassword:RandomPassword": Password()}
    Provider(VERSION, Settings(), resources).run()
