"""The certificates of the databases, by an authority of the sandbox's own.

Those of the cluster are kubeadm's.
"""

from __future__ import annotations

import os
from pathlib import Path
from typing import Final

import trustme

from sandbox.layout import DATABASES, Paths

AUTHORITY: Final = "ca"


def ensure(paths: Paths) -> bool:
    """Makes what is missing of the authority, the certificates and the keys.

    Args:
        paths: Where the sandbox keeps them; keys are readable by root only.

    Returns:
        Whether anything was missing.
    """
    paths.pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    if _stands(paths, AUTHORITY):
        key, certificate = paths.key(AUTHORITY), paths.certificate(AUTHORITY)
        authority = trustme.CA.from_pem(certificate.read_bytes(), key.read_bytes())
        missing = [database for database in DATABASES if not _stands(paths, database.name)]
    else:
        authority = trustme.CA()
        _write(paths, AUTHORITY, authority.private_key_pem, authority.cert_pem)
        missing = list(DATABASES)
    for each in missing:
        leaf = authority.issue_cert(each.host, str(each.ipv4), str(each.ipv6))
        _write(paths, each.name, leaf.private_key_pem, leaf.cert_chain_pems[0])
    _write_bundle(paths)
    return bool(missing)


def _stands(paths: Paths, name: str) -> bool:
    return paths.key(name).exists() and paths.certificate(name).exists()


def _write(paths: Paths, name: str, key: trustme.Blob, certificate: trustme.Blob) -> None:
    """Writes a key, readable by root only, then its certificate."""
    paths.certificate(name).unlink(missing_ok=True)
    paths.key(name).unlink(missing_ok=True)
    paths.key(name).touch(mode=0o600)
    key.write_to_path(str(paths.key(name)))
    certificate.write_to_path(str(paths.certificate(name)))


def _write_bundle(paths: Paths) -> None:
    """Writes our authority behind those of the person's own ``SSL_CERT_FILE``, if there is one.

    The system's need not be in it: OpenSSL and Go read their folder besides, and OpenSSL only when
    it looks for one, which saves each process some 30 ms.
    """
    own = os.environ.get("SSL_CERT_FILE")
    has_own = own and Path(own) != paths.ca_bundle and Path(own).is_file()
    theirs = Path(own).read_bytes() if own and has_own else b""
    paths.ca_bundle.write_bytes(theirs + paths.certificate(AUTHORITY).read_bytes())
