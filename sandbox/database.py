"""MySQL servers outside the cluster, each in a network namespace of its own."""

from __future__ import annotations

import os
import secrets
import shutil
import subprocess
from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final

import pymysql
from rich.console import Console

from sandbox import cache, mysql_tree, network, pki
from sandbox.bringup import bring_up
from sandbox.errors import SandboxError
from sandbox.layout import HERE, DatabaseAt, Paths
from sandbox.mysql_tree import INSIDE, USER, MysqlTree
from sandbox.parts import Part
from sandbox.processes import Program, Supervisor
from sandbox.progress import Progress

if TYPE_CHECKING:
    from collections.abc import Iterator
    from pathlib import Path

ADMIN: Final = "admin"
_CONNECT_SECONDS: Final = 5
_REFUSALS: Final = {1045, 1130}
"""Access denied, and host not allowed, which is the answer while no account is for the network."""


@dataclass(frozen=True)
class Server:
    """A MySQL server.

    Args:
        at: Its name, namespace and addresses.
        paths: Where the sandbox keeps its files.
        tree: The MySQL that it runs.
    """

    at: DatabaseAt
    paths: Paths
    tree: MysqlTree

    @property
    def folder(self) -> Path:
        """All that the server keeps: data, socket, its copy of its key."""
        return self.paths.mysql / self.at.name

    @property
    def program(self) -> Program:
        """How supervisord runs it."""
        mysqld = self.tree.command(
            self.folder,
            f"--socket={INSIDE}/mysqld.sock",
            f"--pid-file={INSIDE}/mysqld.pid",
            f"--tmpdir={INSIDE}/scratch",
            f"--port={self.at.port}",
            "--bind-address=*",
            "--mysqlx=OFF",
            # Else each connection waits for a reverse look-up of its address.
            "--skip-name-resolve",
            "--secure-file-priv=NULL",
            "--disable-log-bin",
            # Small: a few rows are all that is ever in it.
            "--performance-schema=OFF",
            "--innodb-buffer-pool-size=8M",
            "--innodb-log-buffer-size=1M",
            "--innodb-redo-log-capacity=8M",
            "--innodb-doublewrite=OFF",
            "--key-buffer-size=8",
            "--table-open-cache=64",
            "--max-connections=100",
            f"--ssl-ca={INSIDE}/tls/ca.crt",
            f"--ssl-cert={INSIDE}/tls/server.crt",
            f"--ssl-key={INSIDE}/tls/server.key",
        )
        return Program(self.at.name, ("ip", "netns", "exec", self.at.namespace, *mysqld))

    def parts(self) -> list[Part]:
        """The server, and the admin account in it."""
        return [
            Part(
                self.at.name,
                self._is_silent,
                begin=self.prepare,
                program=self.program,
            ),
            Part(
                f"{self.at.name}-admin",
                self._admin_missing,
                begin=self.make_admin,
                needs=(self.at.name,),
            ),
        ]

    def prepare(self) -> None:
        """Gives the server its network, its data (a new one an empty database) and its key."""
        network.attach(self.at.namespace, self.at.ipv4, self.at.ipv6)
        self.paths.mysql.mkdir(parents=True, exist_ok=True, mode=0o700)
        if not (self.folder / "data").exists():
            fresh = self.folder.with_name(f".{self.folder.name}.unfinished")
            shutil.rmtree(fresh, ignore_errors=True)
            subprocess.run(
                ["cp", "--archive", "--reflink=auto", str(self.tree.template), str(fresh)],
                check=True,
            )
            self.paths.admin_password(self.at).unlink(missing_ok=True)
            shutil.rmtree(self.folder, ignore_errors=True)
            fresh.rename(self.folder)
        for name in ("tls", "scratch"):
            shutil.rmtree(self.folder / name, ignore_errors=True)
            (self.folder / name).mkdir(mode=0o700)
        tls = self.folder / "tls"
        # mysqld is not root: it gets copies that it may read.
        shutil.copy(self.paths.certificate(pki.AUTHORITY), tls / "ca.crt")
        shutil.copy(self.paths.certificate(self.at.name), tls / "server.crt")
        shutil.copy(self.paths.key(self.at.name), tls / "server.key")
        for path in (self.folder / "scratch", tls, *tls.iterdir()):
            os.chown(path, USER, USER)

    def make_admin(self) -> None:
        """Makes the admin account with a random password, and drops ``root``.

        ``root`` has no password, but no network either: this goes over the server's socket, which
        only this machine's root may use.

        Raises:
            SandboxError: If ``root`` is gone already, so that there is no way in.
        """
        password = self._write_password()
        try:
            with pymysql.connect(
                unix_socket=str(self.folder / "mysqld.sock"), user="root"
            ) as connection:
                cursor = connection.cursor()
                account = (ADMIN, "%")
                cursor.execute("DROP USER IF EXISTS %s@%s", account)
                cursor.execute(
                    "CREATE USER %s@%s IDENTIFIED BY %s REQUIRE SSL", (*account, password)
                )
                cursor.execute("GRANT ALL ON *.* TO %s@%s WITH GRANT OPTION", account)
                # Last: for as long as it is there, an interrupted run can begin again.
                cursor.execute("DROP USER root@localhost")
        except pymysql.MySQLError as error:
            raise SandboxError(
                f"{ADMIN} cannot log in to {self.at.host} with the password in"
                f" {self.paths.admin_password(self.at)}, and there is no other way in",
                "bring that file back, or start with an empty database: `make clean up`",
            ) from error

    def password(self) -> str:
        """The admin account's password; empty while there is none."""
        file = self.paths.admin_password(self.at)
        return file.read_text().strip() if file.exists() else ""

    def connect(self) -> pymysql.Connection:
        """Logs in as the administrator, over TLS, the server's certificate verified.

        Raises:
            pymysql.MySQLError: If the server does not answer or refuses.
        """
        return pymysql.connect(
            host=str(self.at.ipv4),
            port=self.at.port,
            user=ADMIN,
            password=self.password(),
            ssl={"ca": str(self.paths.certificate(pki.AUTHORITY))},
            connect_timeout=_CONNECT_SECONDS,
        )

    def discard(self) -> None:
        """Stops the server, if it runs, and removes all that it had."""
        Supervisor(self.paths).stop(self.at.name)
        network.detach(self.at.namespace)
        shutil.rmtree(self.folder, ignore_errors=True)
        self.paths.admin_password(self.at).unlink(missing_ok=True)

    def _is_silent(self) -> str | None:
        error = self._login_error()
        if error is None or error.args[0] in _REFUSALS:
            return None
        return f"no answer from {self.at.endpoint} ({error.args[-1]})"

    def _admin_missing(self) -> str | None:
        error = self._login_error()
        return None if error is None else f"{ADMIN} cannot log in ({error.args[-1]})"

    def _login_error(self) -> pymysql.MySQLError | None:
        try:
            self.connect().close()
        except pymysql.MySQLError as error:
            return error
        return None

    def _write_password(self) -> str:
        password = secrets.token_urlsafe(24)
        path = self.paths.admin_password(self.at)
        path.unlink(missing_ok=True)
        path.touch(mode=0o600)
        path.write_text(f"{password}\n")
        return password


@contextmanager
def fresh_server(at: DatabaseAt, paths: Paths = HERE) -> Iterator[Server]:
    """An empty, real MySQL server for as long as it lasts.

    One at a time: another process that asks for it waits. The sandbox has to be up.

    Args:
        at: Where it is, of :data:`sandbox.layout.SPARE_DATABASES`.
        paths: Where the sandbox keeps its files.

    Raises:
        SandboxError: If it does not get ready.
    """
    server = Server(at, paths, mysql_tree.ensure())
    with cache.locked(paths.run / f"{server.at.name}.lock"):
        server.discard()
        try:
            with Progress(Console(quiet=True)).shown() as progress:
                bring_up(server.parts(), paths, progress)
            yield server
        finally:
            server.discard()
