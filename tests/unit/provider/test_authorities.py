"""Whom pulumi-mysql trusts: a Go program takes authorities from the environment."""

from __future__ import annotations

import ssl
from pathlib import Path

import pytest
import trustme

from provider.authorities import context


@pytest.fixture(scope="module")
def authority() -> trustme.CA:
    return trustme.CA()


def trusts(client: ssl.SSLContext, authority: trustme.CA) -> bool:
    der = ssl.PEM_cert_to_DER_cert(authority.cert_pem.bytes().decode())
    return der in client.get_ca_certs(binary_form=True)


@pytest.fixture
def folder(tmp_path: Path, authority: trustme.CA) -> Path:
    """A folder with an authority under a name by which OpenSSL would not find it."""
    authority.cert_pem.write_to_path(tmp_path / "our authority.pem")
    (tmp_path / "README").write_text("what this is")
    return tmp_path


def test_a_name_is_checked_and_a_certificate_is_asked_for() -> None:
    client = context({})
    assert client.check_hostname
    assert client.verify_mode is ssl.CERT_REQUIRED


def test_nobody_elses_authority_is_trusted(authority: trustme.CA) -> None:
    assert not trusts(context({}), authority)


def test_a_file_of_the_environment_is_trusted(folder: Path, authority: trustme.CA) -> None:
    file = folder / "our authority.pem"
    assert trusts(context({"SSL_CERT_FILE": str(file)}), authority)


def test_every_file_of_a_folder_of_the_environment_is_read(
    folder: Path, authority: trustme.CA
) -> None:
    for folders in (str(folder), f"/nowhere:{folder}"):
        assert trusts(context({"SSL_CERT_DIR": folders}), authority)


def test_a_file_that_is_no_authority_is_passed_over(folder: Path, authority: trustme.CA) -> None:
    client = context({"SSL_CERT_FILE": str(folder / "README"), "SSL_CERT_DIR": "/nowhere"})
    assert not trusts(client, authority)
    assert client.get_ca_certs() == []
