"""Whom pulumi-mysql trusts: it is a Go program, which takes authorities from the environment alone.

And whom pods trust that are told of no authority: nobody but the well-known ones.

Otherwise than OpenSSL, Go reads every file of a folder in SSL_CERT_DIR, whatever its name, and that
beside this machine's own bundle. https://pkg.go.dev/crypto/x509#SystemCertPool
"""

from __future__ import annotations

import ssl
from collections.abc import Mapping
from dataclasses import replace
from functools import cache
from pathlib import Path
from threading import Lock

from mysql.admin import Admin, is_socket
from provider.connection import Unreachable, as_admin

# root_linux.go of crypto/x509; of the files the first that is there counts.
_FILES = (
    "/etc/ssl/certs/ca-certificates.crt",
    "/etc/pki/tls/certs/ca-bundle.crt",
    "/etc/ssl/ca-bundle.pem",
    "/etc/pki/tls/cacert.pem",
    "/etc/pki/ca-trust/extracted/pem/tls-ca-bundle.pem",
    "/etc/ssl/cert.pem",
)
_FOLDERS = ("/etc/ssl/certs", "/etc/pki/tls/certs")
_READING = Lock()


def context(environ: Mapping[str, str]) -> ssl.SSLContext:
    """Give a TLS client that trusts whom a Go program trusts in that environment."""
    with _READING:  # once, though two connect at once
        return _context(environ.get("SSL_CERT_FILE"), environ.get("SSL_CERT_DIR"))


@cache  # reading them takes longer than logging in
def _context(
    own_file: str | None, own_folders: str | None, *, any_name: bool = False
) -> ssl.SSLContext:
    client = ssl.SSLContext(ssl.PROTOCOL_TLS_CLIENT)
    client.check_hostname = not any_name
    files = [path for path in map(Path, [own_file] if own_file else _FILES) if path.is_file()][:1]
    for folder in own_folders.split(":") if own_folders else ():
        files += sorted(path for path in Path(folder).glob("*") if path.is_file())
    # Most are there under two names.
    for path in dict.fromkeys(path.resolve() for path in files):
        try:
            client.load_verify_locations(path)
        except (OSError, ssl.SSLError):
            continue  # a Go program passes over it too
    if not own_folders:
        for folder in _FOLDERS:  # whose files have the names by which OpenSSL finds them
            client.load_verify_locations(capath=folder)
    return client


def untrusted(admin: Admin, environ: Mapping[str, str]) -> str:
    """Say why pulumi-mysql would not trust the admin's server; empty where it would."""
    if not admin.ca or is_socket(admin.endpoint):
        return ""
    return _refusal(admin, context(environ))


def untrusted_by_pods(admin: Admin) -> str:
    """Say why pods over TLS would not trust the admin's server; empty where they would.

    They are told of the admin's authority; without one, this machine's own bundle is taken for the
    well-known ones. For which name the certificate is they see at the host that they dial.
    """
    if admin.ca or is_socket(admin.endpoint):
        return ""
    return _refusal(replace(admin, tls="true"), _context(None, None, any_name=True))


def _refusal(admin: Admin, trusting: ssl.SSLContext) -> str:
    try:
        with as_admin(replace(admin, ca="")).connected(trusting=trusting):
            return ""
    except Unreachable as problem:
        return str(problem)
