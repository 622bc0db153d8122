"""A MySQL server as far as a login goes: it greets, speaks TLS or not, and answers as it is told.

https://dev.mysql.com/doc/dev/mysql-server/latest/page_protocol_connection_phase.html
"""

from __future__ import annotations

import socket
import ssl
import struct
from collections.abc import Iterator, Mapping
from contextlib import contextmanager, suppress
from dataclasses import dataclass, field
from threading import Thread

_SECURE_LOGIN = 0x0000_8200 | 0x0008_0000  # protocol 4.1 with an authentication plugin
_TLS = 0x0000_0800
_SSL_REQUEST = 32
_QUERY = 3
_OK = b"\x00\x00\x00\x02\x00\x00\x00"
_SALT = b"12345678901234567890"


@dataclass
class FakeServer:
    """What it does.

    Attributes:
        tls: Its certificate; None where it does not speak TLS.
        login: Number and text of the error with which it answers a login; None to let it in.
        errors: Start of a statement -> number and text of the error that answers it.
        loses: Start of the statement at which it breaks off.
        users: Whose logins it has seen.
        statements: The statements that it was sent.
        greeting: What it says in place of a greeting of MySQL's; None for one.
        port: Where it listens, once it does.
    """

    tls: ssl.SSLContext | None = None
    login: tuple[int, str] | None = None
    errors: Mapping[str, tuple[int, str]] = field(default_factory=dict)
    loses: str = "nothing is lost"
    greeting: bytes | None = None
    users: list[str] = field(default_factory=list)
    statements: list[str] = field(default_factory=list)
    port: int = 0

    @contextmanager
    def listening(self) -> Iterator[FakeServer]:
        """Serve on loopback, one client after the other."""
        with socket.create_server(("127.0.0.1", 0)) as listener:
            self.port = listener.getsockname()[1]
            thread = Thread(target=self._accept, args=(listener,), daemon=True)
            thread.start()
            yield self
            listener.shutdown(socket.SHUT_RDWR)
            thread.join()

    def _accept(self, listener: socket.socket) -> None:
        with suppress(OSError):
            while True:
                client, _ = listener.accept()
                with client, suppress(OSError):
                    self._serve(client)

    def _serve(self, client: socket.socket) -> None:
        if self.greeting is not None:
            client.sendall(self.greeting)
            client.recv(1)  # until the client has had enough
            return
        _send(client, 0, _greeting(_SECURE_LOGIN | (_TLS if self.tls else 0)))
        said = _receive(client)
        if self.tls and len(said) == _SSL_REQUEST:
            with self.tls.wrap_socket(client, server_side=True) as encrypted:
                self._let_in(encrypted, _receive(encrypted), 3)
        else:
            self._let_in(client, said, 2)

    def _let_in(self, client: socket.socket, said: bytes, number: int) -> None:
        if not said:
            return
        self.users.append(said[_SSL_REQUEST:].partition(b"\0")[0].decode())
        _send(client, number, _OK if self.login is None else _error(self.login))
        if self.login is not None:
            return
        while said := _receive(client):
            if said[0] != _QUERY:
                return
            statement = said[1:].decode()
            self.statements.append(statement)
            if statement.startswith(self.loses):
                return
            error = next(
                (e for start, e in self.errors.items() if statement.startswith(start)), None
            )
            _send(client, 1, _OK if error is None else _error(error))


def _greeting(capabilities: int) -> bytes:
    low, high = capabilities & 0xFFFF, capabilities >> 16
    return (
        b"\x0a9.7.4\0"
        + struct.pack("<I", 7)
        + _SALT[:8]
        + b"\0"
        + struct.pack("<HBHH", low, 255, 2, high)
        + bytes([len(_SALT) + 1])
        + bytes(10)
        + _SALT[8:]
        + b"\0mysql_native_password\0"
    )


def _error(error: tuple[int, str]) -> bytes:
    number, text = error
    return b"\xff" + struct.pack("<H", number) + b"#HY000" + text.encode()


def _send(client: socket.socket, number: int, packet: bytes) -> None:
    client.sendall(struct.pack("<I", len(packet))[:3] + bytes([number]) + packet)


def _receive(client: socket.socket) -> bytes:
    header = _exactly(client, 4)
    return _exactly(client, int.from_bytes(header[:3], "little")) if header else b""


def _exactly(client: socket.socket, size: int) -> bytes:
    received = b""
    while len(received) < size:
        if not (more := client.recv(size - len(received))):
            return b""
        received += more
    return received
