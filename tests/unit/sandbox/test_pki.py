"""The databases' certificates are what clients take them for."""

from __future__ import annotations

import contextlib
import ssl
import stat
from pathlib import Path

import pytest
from cryptography import x509

from sandbox import pki
from sandbox.layout import DATABASE, DATABASES, Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    pki.ensure(paths)
    return paths


def certificate(paths: Paths, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(paths.certificate(name).read_bytes())


def shake_hands(paths: Paths, name: str) -> None:
    """Greet the database by a name or an address, as a strict client does, without a network."""
    serving = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
    serving.load_cert_chain(paths.certificate(DATABASE.name), paths.key(DATABASE.name))
    calling = ssl.create_default_context(cafile=str(paths.certificate(pki.AUTHORITY)))
    calling.verify_flags |= ssl.VERIFY_X509_STRICT
    there, back = ssl.MemoryBIO(), ssl.MemoryBIO()
    client = calling.wrap_bio(back, there, server_hostname=name)
    server = serving.wrap_bio(there, back, server_side=True)
    for side in (client, server, client, server):
        with contextlib.suppress(ssl.SSLWantReadError):
            side.do_handshake()
    assert client.getpeercert()


@pytest.mark.parametrize("name", [DATABASE.host, str(DATABASE.ipv4), str(DATABASE.ipv6)])
def test_the_databases_certificate_serves_its_name_and_both_addresses(
    paths: Paths, name: str
) -> None:
    shake_hands(paths, name)


def test_it_serves_no_other_name(paths: Paths) -> None:
    with pytest.raises(ssl.SSLCertVerificationError):
        shake_hands(paths, "elsewhere.test")


def test_keys_are_readable_by_their_owner_only(paths: Paths) -> None:
    modes = {key.name: stat.S_IMODE(key.stat().st_mode) for key in paths.pki.glob("*.key")}
    assert modes == dict.fromkeys(modes, 0o600)
    assert len(modes) == len(DATABASES) + 1


def test_a_second_run_makes_nothing(paths: Paths) -> None:
    before = {file: file.read_bytes() for file in paths.pki.iterdir()}
    assert pki.ensure(paths) is False
    assert {file: file.read_bytes() for file in paths.pki.iterdir()} == before


def test_a_certificate_without_its_key_is_made_anew(paths: Paths) -> None:
    before = certificate(paths, DATABASE.name)
    paths.key(DATABASE.name).unlink()
    assert pki.ensure(paths) is True
    assert certificate(paths, DATABASE.name) != before


def test_another_authority_makes_all_certificates_anew(paths: Paths) -> None:
    paths.key(pki.AUTHORITY).unlink()
    assert pki.ensure(paths) is True
    for database in DATABASES:
        authority = certificate(paths, pki.AUTHORITY)
        certificate(paths, database.name).verify_directly_issued_by(authority)


def test_the_bundle_holds_the_persons_own_authorities_and_ours(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = paths.certificate(pki.AUTHORITY).read_text()
    theirs = tmp_path / "corporate.crt"
    theirs.write_text("their authorities\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    pki.ensure(paths)
    assert paths.ca_bundle.read_text() == "their authorities\n" + ours
