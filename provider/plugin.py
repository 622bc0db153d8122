"""Serves the provider."""

# ruff: noqa: E402 - what is put off has to be so before it is imported
from __future__ import annotations

import sys

from late import put_off

# They take a third of the start, and a preview without changes asks no server.
put_off("pymysql")
put_off("yaml")

from provider import NAME, VERSION
from provider.account import Account
from provider.account_name import AccountName
from provider.addresses import Addresses
from provider.cluster import Cluster
from provider.configuration import Configuration
from provider.entry import Entry
from provider.object import Object
from provider.proof import Proof
from provider.protocol.engine import Engine
from provider.protocol.service import Provider, Resource
from provider.ratings_table import RatingsTable
from provider.rights import Rights
from provider.schema import Schema
from provider.server import Server


def main() -> None:
    """Serve until the engine is done."""
    configuration = Configuration()
    engine = Engine(sys.argv[1] if len(sys.argv) > 1 else "")
    kinds = (
        *(Addresses, Server, Schema, RatingsTable),
        *(AccountName, Account, Rights, Proof),
        *(Cluster, Object, Entry),
    )
    resources: dict[str, Resource] = {
        f"{NAME}:index:{kind.__name__}": kind(configuration, engine) for kind in kinds
    }
    Provider(VERSION, configuration, resources).run()
