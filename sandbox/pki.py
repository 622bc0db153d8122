"""The sandbox's own certificate authority, and a certificate for each of its parts.

Who may do what in the cluster follows from the names in the certificates, as in any cluster:
https://kubernetes.io/docs/setup/best-practices/certificates/
"""

from __future__ import annotations

import datetime as dt
import os
import ssl
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv6Address
from pathlib import Path
from typing import Final

from cryptography import x509
from cryptography.hazmat.primitives import hashes, serialization
from cryptography.hazmat.primitives.asymmetric import ec
from cryptography.x509.oid import ExtendedKeyUsageOID, NameOID

from sandbox.layout import (
    DATABASES,
    HOST_V4,
    LOOPBACK,
    NODE_NAME,
    SERVICES_V4,
    DatabaseAt,
    Paths,
)

AUTHORITY: Final = "ca"
SERVICE_ACCOUNT: Final = "service-account"
_LIFETIME: Final = dt.timedelta(days=3650)
_CLOCK_SKEW: Final = dt.timedelta(minutes=5)
_LOOPBACK: Final = IPv4Address(LOOPBACK)


@dataclass(frozen=True)
class Leaf:
    """A certificate to be had: whose it is, and which names and addresses it serves.

    Without names and addresses it is for a client only.
    """

    name: str
    common_name: str
    organization: str | None = None
    names: tuple[str, ...] = ()
    addresses: tuple[IPv4Address | IPv6Address, ...] = ()
    is_client: bool = True

    @property
    def subject(self) -> x509.Name:
        """Kubernetes reads the user's name from CN and the groups from O."""
        parts = [x509.NameAttribute(NameOID.COMMON_NAME, self.common_name)]
        if self.organization:
            parts.insert(0, x509.NameAttribute(NameOID.ORGANIZATION_NAME, self.organization))
        return x509.Name(parts)

    @property
    def alternatives(self) -> list[x509.GeneralName]:
        """The names and addresses that it serves."""
        return [
            *(x509.DNSName(name) for name in self.names),
            *(x509.IPAddress(address) for address in self.addresses),
        ]

    @property
    def uses(self) -> list[x509.ObjectIdentifier]:
        """Server, client, or both."""
        return [
            *([ExtendedKeyUsageOID.SERVER_AUTH] if self.alternatives else []),
            *([ExtendedKeyUsageOID.CLIENT_AUTH] if self.is_client else []),
        ]


def _database(database: DatabaseAt) -> Leaf:
    return Leaf(
        database.name,
        database.host,
        names=(database.host,),
        addresses=(database.ipv4, database.ipv6),
        is_client=False,
    )


LEAVES: Final = (
    Leaf("etcd", "etcd", names=("localhost",), addresses=(_LOOPBACK,)),
    Leaf("apiserver-etcd-client", "kube-apiserver-etcd-client"),
    Leaf(
        "apiserver",
        "kube-apiserver",
        names=(
            "kubernetes",
            "kubernetes.default",
            "kubernetes.default.svc",
            "kubernetes.default.svc.cluster.local",
        ),
        addresses=(HOST_V4, SERVICES_V4[1]),
        is_client=False,
    ),
    Leaf("apiserver-kubelet-client", "kube-apiserver-kubelet-client", "system:masters"),
    Leaf("admin", "kubernetes-admin", "system:masters"),
    Leaf("controller-manager", "system:kube-controller-manager", addresses=(_LOOPBACK,)),
    Leaf("scheduler", "system:kube-scheduler", addresses=(_LOOPBACK,)),
    Leaf(
        "node",
        f"system:node:{NODE_NAME}",
        "system:nodes",
        names=(NODE_NAME,),
        addresses=(_LOOPBACK,),
    ),
    Leaf("kube-proxy", "system:kube-proxy"),
    Leaf("coredns", "system:coredns"),
    *map(_database, DATABASES),
)


def ensure(paths: Paths) -> list[str]:
    """Makes what is missing of the authority, the certificates and the keys.

    Args:
        paths: Where the sandbox keeps them; keys are readable by root only.

    Returns:
        The names of what was made; empty where all was there and is still what is wanted.
    """
    paths.pki.mkdir(parents=True, exist_ok=True, mode=0o700)
    made = []
    if not paths.certificate(AUTHORITY).exists():
        _make_authority(paths)
        made.append(AUTHORITY)
    authority = x509.load_pem_x509_certificate(paths.certificate(AUTHORITY).read_bytes())
    for leaf in LEAVES:
        if not _is_current(paths, leaf, authority):
            _make_leaf(paths, leaf, authority)
            made.append(leaf.name)
    if not paths.key(SERVICE_ACCOUNT).exists():
        _write(paths, SERVICE_ACCOUNT, _new_key())
        made.append(SERVICE_ACCOUNT)
    _write_bundle(paths)
    return made


def client_context(paths: Paths, name: str) -> ssl.SSLContext:
    """A TLS context that trusts the sandbox's authority and shows the certificate ``name``."""
    context = ssl.create_default_context(cafile=str(paths.certificate(AUTHORITY)))
    context.load_cert_chain(paths.certificate(name), paths.key(name))
    return context


def _is_current(paths: Paths, leaf: Leaf, authority: x509.Certificate) -> bool:
    path = paths.certificate(leaf.name)
    if not path.exists() or not paths.key(leaf.name).exists():
        return False
    held = x509.load_pem_x509_certificate(path.read_bytes())
    return (
        held.subject == leaf.subject
        and _alternatives(held) == leaf.alternatives
        and held.extensions.get_extension_for_class(x509.AuthorityKeyIdentifier).value
        == _authority_id(authority)
    )


def _alternatives(certificate: x509.Certificate) -> list[x509.GeneralName]:
    try:
        return list(
            certificate.extensions.get_extension_for_class(x509.SubjectAlternativeName).value
        )
    except x509.ExtensionNotFound:
        return []


def _authority_id(authority: x509.Certificate) -> x509.AuthorityKeyIdentifier:
    return x509.AuthorityKeyIdentifier.from_issuer_subject_key_identifier(
        authority.extensions.get_extension_for_class(x509.SubjectKeyIdentifier).value
    )


def _make_authority(paths: Paths) -> None:
    key = _new_key()
    name = x509.Name([x509.NameAttribute(NameOID.COMMON_NAME, "external-mysql sandbox")])
    certificate = (
        _builder(name, name, key)
        .add_extension(x509.BasicConstraints(ca=True, path_length=0), critical=True)
        .add_extension(_key_usage(signs_certificates=True), critical=True)
        .sign(key, hashes.SHA256())
    )
    _write(paths, AUTHORITY, key, certificate)


def _make_leaf(paths: Paths, leaf: Leaf, authority: x509.Certificate) -> None:
    signer = serialization.load_pem_private_key(paths.key(AUTHORITY).read_bytes(), password=None)
    if not isinstance(signer, ec.EllipticCurvePrivateKey):
        raise TypeError(f"{paths.key(AUTHORITY)} is not an EC key")
    key = _new_key()
    builder = (
        _builder(leaf.subject, authority.subject, key)
        .add_extension(x509.BasicConstraints(ca=False, path_length=None), critical=True)
        .add_extension(_key_usage(signs_certificates=False), critical=True)
        .add_extension(x509.ExtendedKeyUsage(leaf.uses), critical=False)
        .add_extension(_authority_id(authority), critical=False)
    )
    if leaf.alternatives:
        builder = builder.add_extension(
            x509.SubjectAlternativeName(leaf.alternatives), critical=False
        )
    _write(paths, leaf.name, key, builder.sign(signer, hashes.SHA256()))


def _builder(
    subject: x509.Name, issuer: x509.Name, key: ec.EllipticCurvePrivateKey
) -> x509.CertificateBuilder:
    now = dt.datetime.now(dt.UTC)
    return (
        x509.CertificateBuilder()
        .subject_name(subject)
        .issuer_name(issuer)
        .public_key(key.public_key())
        .serial_number(x509.random_serial_number())
        .not_valid_before(now - _CLOCK_SKEW)
        .not_valid_after(now + _LIFETIME)
        .add_extension(x509.SubjectKeyIdentifier.from_public_key(key.public_key()), critical=False)
    )


def _key_usage(*, signs_certificates: bool) -> x509.KeyUsage:
    return x509.KeyUsage(
        digital_signature=True,
        key_cert_sign=signs_certificates,
        crl_sign=signs_certificates,
        content_commitment=False,
        key_encipherment=False,
        data_encipherment=False,
        key_agreement=False,
        encipher_only=False,
        decipher_only=False,
    )


def _new_key() -> ec.EllipticCurvePrivateKey:
    return ec.generate_private_key(ec.SECP256R1())


def _write(
    paths: Paths,
    name: str,
    key: ec.EllipticCurvePrivateKey,
    certificate: x509.Certificate | None = None,
) -> None:
    """Writes a key readable by root only, then its certificate: one without a key is never left."""
    pem = key.private_bytes(
        serialization.Encoding.PEM,
        # The one form that kube-apiserver also takes for the service accounts' key.
        serialization.PrivateFormat.TraditionalOpenSSL,
        serialization.NoEncryption(),
    )
    paths.key(name).unlink(missing_ok=True)
    descriptor = os.open(paths.key(name), os.O_WRONLY | os.O_CREAT | os.O_EXCL, 0o600)
    with os.fdopen(descriptor, "wb") as file:
        file.write(pem)
    if certificate:
        paths.certificate(name).write_bytes(certificate.public_bytes(serialization.Encoding.PEM))


def _write_bundle(paths: Paths) -> None:
    """Writes our authority behind those of the person's own ``SSL_CERT_FILE``, if there is one.

    The system's need not be in it: OpenSSL and Go read their folder besides, and OpenSSL only when
    it looks for one, which saves each process some 30 ms.
    """
    own = os.environ.get("SSL_CERT_FILE")
    has_own = own and Path(own) != paths.ca_bundle and Path(own).is_file()
    theirs = Path(own).read_bytes() if own and has_own else b""
    paths.ca_bundle.write_bytes(theirs + paths.certificate(AUTHORITY).read_bytes())
