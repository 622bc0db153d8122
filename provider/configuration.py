"""What the provider is configured with: the server and its admin, the cluster and its context."""

from __future__ import annotations

import os
from collections.abc import Collection, Iterator
from contextlib import contextmanager, suppress
from threading import Thread

from cluster.api import load_client
from mysql.admin import VARIABLES, Admin, AdminProblem
from provider.api_server import ApiServer
from provider.authorities import context
from provider.connection import (
    Connection,
    DatabaseProblem,
    as_admin,
    as_reader,
    load_driver,
    value,
)
from provider.protocol.service import Checked, Failure, RefusedError, Settings
from provider.protocol.values import UNKNOWN, Properties

_CLUSTER = ("context", "kubeconfig")


class Configuration(Settings):
    """The provider's settings.

    They are `endpoint`, `username`, `password`, `tls` and `ca` of the server, as for pulumi-mysql;
    `context` and `kubeconfig` of the cluster, where there is one to look after.
    """

    def __init__(self, admin: Admin | None = None) -> None:
        self._admin = admin
        self.cluster = ApiServer("", "")
        self.former_owners: set[str] = set()
        """Marks that were this stack's until this run."""
        self.program_runs = False
        """Whether there is a program in this run: a `destroy` needs none."""

    @property
    def secrets(self) -> Collection[str]:
        """See :class:`provider.protocol.service.Settings`."""
        return ("password",)

    def check(self, news: Properties) -> Checked:
        """See :class:`provider.protocol.service.Settings`."""
        unknown = [
            Failure(f"the settings are {', '.join((*VARIABLES, *_CLUSTER))}", name)
            for name in news
            if name not in (*VARIABLES, *_CLUSTER, "version")
        ]
        if unknown or UNKNOWN in news.values():
            return Checked(news, unknown)
        try:
            admin = Admin.read(news.get, os.environ)
        except AdminProblem as problem:
            return Checked(news, [Failure(str(problem), problem.setting)])
        given = {name: getattr(admin, name) for name in VARIABLES if getattr(admin, name)}
        return Checked({**news, **given})

    def prepare(self, settings: Properties) -> None:
        """See :class:`provider.protocol.service.Settings`."""
        Thread(target=load_client, daemon=True).start()
        if UNKNOWN not in settings.values():
            admin = Admin.read(settings.get, os.environ)
            Thread(target=_load_driver, args=(admin,), daemon=True).start()

    def take(self, settings: Properties) -> None:
        """See :class:`provider.protocol.service.Settings`."""
        if UNKNOWN not in settings.values():
            self.cluster = ApiServer(*(settings.get(name, "") for name in _CLUSTER))
            try:
                self._admin = Admin.read(settings.get, os.environ)
            except AdminProblem as problem:
                raise RefusedError(f"mysql:{problem.setting}: {problem}") from None

    @property
    def admin(self) -> Admin:
        """The admin account.

        Raises:
            RefusedError: A setting of it is not known yet.
        """
        if self._admin is None:
            raise RefusedError("the settings of the MySQL provider are known only after an update")
        return self._admin

    @contextmanager
    def connect(self, expected: str = "") -> Iterator[Connection]:
        """Log in as the admin.

        Args:
            expected: The `server_uuid` of the server that is meant; empty for any.

        Raises:
            DatabaseProblem: The server does not answer, refuses, or is another one.
        """
        with as_admin(self.admin).connected() as connection:
            if expected and (found := server_uuid(connection)) != expected:
                raise DatabaseProblem(
                    f"mysql:endpoint: {self.admin.endpoint} is the MySQL server {found} now, and "
                    f"this stack stands on {expected}; give that one's endpoint, or destroy the "
                    "stack there first"
                )
            yield connection

    @contextmanager
    def connect_as(self, user: str, password: str) -> Iterator[Connection]:
        """Log in as somebody else."""
        with as_reader(self.admin, user, password).connected() as connection:
            yield connection


def _load_driver(admin: Admin) -> None:
    with suppress(DatabaseProblem):  # it is said by whoever connects
        load_driver(admin)
        if admin.ca:
            context(os.environ)


def server_uuid(connection: Connection) -> str:
    """Ask a server who it is.

    https://dev.mysql.com/doc/refman/9.7/en/replication-options.html#sysvar_server_uuid
    """
    return value(connection, "SELECT @@server_uuid")
