"""The sandbox's certificates are what its parts take them for."""

from __future__ import annotations

import stat
from pathlib import Path

import pytest
from cryptography import x509
from cryptography.x509 import verification
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox import pki
from sandbox.layout import DATABASE, Paths


@pytest.fixture
def paths(tmp_path: Path) -> Paths:
    paths = Paths(tmp_path)
    pki.ensure(paths)
    return paths


def certificate(paths: Paths, name: str) -> x509.Certificate:
    return x509.load_pem_x509_certificate(paths.certificate(name).read_bytes())


def uses(held: x509.Certificate) -> list[x509.ObjectIdentifier]:
    return list(held.extensions.get_extension_for_class(x509.ExtendedKeyUsage).value)


@pytest.mark.parametrize(
    "subject",
    [x509.DNSName(DATABASE.host), x509.IPAddress(DATABASE.ipv4), x509.IPAddress(DATABASE.ipv6)],
)
def test_the_databases_certificate_serves_its_name_and_both_addresses(
    paths: Paths, subject: x509.DNSName | x509.IPAddress
) -> None:
    store = verification.Store([certificate(paths, pki.AUTHORITY)])
    verifier = verification.PolicyBuilder().store(store).build_server_verifier(subject)
    verifier.verify(certificate(paths, DATABASE.name), [])


@pytest.mark.parametrize(
    ("leaf", "user", "group"),
    [
        ("admin", "kubernetes-admin", "system:masters"),
        ("node", "system:node:sandbox", "system:nodes"),
        ("scheduler", "system:kube-scheduler", None),
    ],
)
def test_clients_are_who_kubernetes_takes_them_for(
    paths: Paths, leaf: str, user: str, group: str | None
) -> None:
    held = certificate(paths, leaf)
    held.verify_directly_issued_by(certificate(paths, pki.AUTHORITY))
    assert ExtendedKeyUsageOID.CLIENT_AUTH in uses(held)
    groups = [part.value for part in held.subject.get_attributes_for_oid(NameOID.ORGANIZATION_NAME)]
    (name,) = held.subject.get_attributes_for_oid(NameOID.COMMON_NAME)
    assert (name.value, groups) == (user, [group] if group else [])


def test_a_servers_certificate_lets_nobody_in_as_a_client(paths: Paths) -> None:
    assert ExtendedKeyUsageOID.CLIENT_AUTH not in uses(certificate(paths, DATABASE.name))


def test_keys_are_readable_by_their_owner_only(paths: Paths) -> None:
    modes = {key.name: stat.S_IMODE(key.stat().st_mode) for key in paths.pki.glob("*.key")}
    assert modes == dict.fromkeys(modes, 0o600)
    assert len(modes) == len(pki.LEAVES) + 2


def test_a_second_run_makes_nothing(paths: Paths) -> None:
    assert pki.ensure(paths) == []


def test_a_certificate_without_its_key_is_made_anew(paths: Paths) -> None:
    paths.key("admin").unlink()
    assert pki.ensure(paths) == ["admin"]


def test_a_leaf_that_serves_other_names_is_made_anew(
    paths: Paths, monkeypatch: pytest.MonkeyPatch
) -> None:
    wider = pki.Leaf("etcd", "etcd", names=("localhost", "etcd.local"))
    monkeypatch.setattr(pki, "LEAVES", (wider,))
    assert pki.ensure(paths) == ["etcd"]


def test_another_authority_makes_all_leaves_anew(paths: Paths) -> None:
    paths.certificate(pki.AUTHORITY).unlink()
    assert pki.ensure(paths) == [pki.AUTHORITY, *(leaf.name for leaf in pki.LEAVES)]


def test_the_bundle_holds_the_persons_own_authorities_and_ours(
    paths: Paths, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    ours = paths.certificate(pki.AUTHORITY).read_text()
    theirs = tmp_path / "corporate.crt"
    theirs.write_text("their authorities\n")
    monkeypatch.setenv("SSL_CERT_FILE", str(theirs))
    pki.ensure(paths)
    assert paths.ca_bundle.read_text() == "their authorities\n" + ours
