"""Serves the random stand-in."""

from __future__ import annotations

from typing import TYPE_CHECKING

from sandbox.plugins.passwords.password import Password
from sandbox.plugins.provider import Provider, run

if TYPE_CHECKING:
    from collections.abc import Sequence

    from sandbox.plugins.values import Properties

VERSION = "4.21.4"


class NoSettings:
    """The random provider has none."""

    def check(self, urn: str, news: Properties) -> Sequence[str]:  # noqa: ARG002 - nothing to check
        """See :meth:`sandbox.plugins.provider.Settings.check`."""
        return []

    def take(self, settings: Properties) -> None:
        """See :meth:`sandbox.plugins.provider.Settings.take`."""


def main() -> None:
    """Serve until the engine is done."""
    run(Provider(VERSION, NoSettings(), {"random:index/randomPassword:RandomPassword": Password()}))
