"""Every name, address, port and path of the sandbox, in one place.

Addresses come from 198.18.0.0/15, which RFC 2544 keeps for test set-ups, so that they collide
with nobody's network; :mod:`sandbox.checks` looks before anything is taken.
"""

from __future__ import annotations

import os
from collections.abc import Mapping
from dataclasses import dataclass
from ipaddress import IPv4Address, IPv4Network, IPv6Address, IPv6Network
from pathlib import Path
from typing import Final

CHECKOUT: Final = Path(__file__).resolve().parent.parent

# --- Network: the node's namespace with the bridge, the host on it, one for each database.
BRIDGE: Final = "emx0"
DATABASES_V4: Final = IPv4Network("198.18.53.0/24")
DATABASES_V6: Final = IPv6Network("fd00:198:18:53::/64")
PODS_V4: Final = IPv4Network("10.244.53.0/24")
SERVICES_V4: Final = IPv4Network("10.96.53.0/24")
HOST_V4: Final = IPv4Address("198.18.53.1")
HOST_V6: Final = IPv6Address("fd00:198:18:53::1")
NODE_V4: Final = IPv4Address("198.18.53.2")
NAMESPACE_PREFIX: Final = "emx-"
"""Every network namespace of ours starts so; nothing else on the machine may."""

# --- Names that CoreDNS answers for.
DNS_ZONE: Final = "external.test"
CLUSTER_DOMAIN: Final = "cluster.local"
DNS_PORT: Final = 53

# --- Cluster. Its servers are pods of the node's own network, on the ports that Kubernetes has for
# them.
CONTEXT: Final = "external-mysql-sandbox"
NODE_NAME: Final = "sandbox"
LOOPBACK: Final = "127.0.0.1"
APISERVER_PORT: Final = 6443
APISERVER_URL: Final = f"https://{NODE_V4}:{APISERVER_PORT}"
KUBELET_PORT: Final = 10250
PROXY_PORT: Final = 10256
CLUSTER_DNS_V4: Final = SERVICES_V4[10]
"""Where kubeadm puts the Service of the cluster's own nameserver."""

# --- Images of the ratings service.
RATINGS_IMAGE: Final = "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3"
RATINGS_MYSQL2_IMAGE: Final = "localhost/bookinfo-ratings-mysql2:1.20.3"


@dataclass(frozen=True)
class DatabaseAt:
    """Where one MySQL server lives: its namespace, its addresses, its name in the DNS."""

    name: str
    namespace: str
    ipv4: IPv4Address
    ipv6: IPv6Address
    port: int = 3306

    @property
    def host(self) -> str:
        """Its name in the DNS, fully qualified, no trailing dot."""
        return f"{self.name}.{DNS_ZONE}"

    @property
    def endpoint(self) -> str:
        """``address:port``, as the mysql plugin wants it."""
        return f"{self.ipv4}:{self.port}"


DATABASE: Final = DatabaseAt(
    "mysql", "emx-db", IPv4Address("198.18.53.10"), IPv6Address("fd00:198:18:53::10")
)
TESTS_DATABASE: Final = DatabaseAt(
    "mysql-tests", "emx-db-tests", IPv4Address("198.18.53.20"), IPv6Address("fd00:198:18:53::20")
)
TESTS_DATABASES: Final = (
    TESTS_DATABASE,
    DatabaseAt(
        "mysql-tests-2",
        "emx-db-tests-2",
        IPv4Address("198.18.53.22"),
        IPv6Address("fd00:198:18:53::22"),
    ),
    DatabaseAt(
        "mysql-tests-3",
        "emx-db-tests-3",
        IPv4Address("198.18.53.23"),
        IPv6Address("fd00:198:18:53::23"),
    ),
)
"""One for each process that runs tests beside others."""
RATINGS_DATABASE: Final = DatabaseAt(
    "ratings", "emx-db-ratings", IPv4Address("198.18.53.30"), IPv6Address("fd00:198:18:53::30")
)
OTHER_DATABASE: Final = DatabaseAt(
    "other", "emx-db-other", IPv4Address("198.18.53.40"), IPv6Address("fd00:198:18:53::40")
)
RATINGS_OF_TESTS_DATABASE: Final = DatabaseAt(
    "ratings-tests",
    "emx-db-ratings-t",
    IPv4Address("198.18.53.31"),
    IPv6Address("fd00:198:18:53::31"),
)
OTHER_OF_TESTS_DATABASE: Final = DatabaseAt(
    "other-tests", "emx-db-other-t", IPv4Address("198.18.53.41"), IPv6Address("fd00:198:18:53::41")
)
SPARE_DATABASES: Final = (
    *TESTS_DATABASES,
    RATINGS_DATABASE,
    OTHER_DATABASE,
    RATINGS_OF_TESTS_DATABASE,
    OTHER_OF_TESTS_DATABASE,
)
"""Those of the story and of the tests, which run only while somebody needs them."""
DATABASES: Final = (DATABASE, *SPARE_DATABASES)


SERVERS: Final[Mapping[str, str]] = {
    "node": f"{NODE_V4}:{KUBELET_PORT}",
    "coredns": f"{HOST_V4}:{DNS_PORT}",
    **{database.name: database.endpoint for database in DATABASES},
}
"""Where each server answers, by its name in supervisord, which is its log's too."""


@dataclass(frozen=True)
class Paths:
    """Everything that one sandbox keeps, under ``root``; nothing of it is committed."""

    root: Path

    @property
    def bin(self) -> Path:
        """Programs of the sandbox; ``make env`` puts it first on PATH."""
        return self.root / "bin"

    @property
    def logs(self) -> Path:
        """One file a process, ``<process>.log``; the node's own ``/var/log`` in ``node/``."""
        return self.root / "logs"

    @property
    def run(self) -> Path:
        """Sockets, pid files and generated configuration."""
        return self.root / "run"

    @property
    def pki(self) -> Path:
        """Keys and certificates, ``<name>.key`` and ``<name>.crt``."""
        return self.root / "pki"

    @property
    def ca_bundle(self) -> Path:
        """The person's own authorities and the sandbox's, for ``SSL_CERT_FILE``."""
        return self.pki / "bundle.crt"

    @property
    def mysql(self) -> Path:
        """MySQL: one folder a server, named like the server."""
        return self.root / "mysql"

    @property
    def node(self) -> Path:
        """What the node keeps: images, volumes of pods, etcd's data, the cluster's keys."""
        return self.root / "node"

    @property
    def kubeconfig(self) -> Path:
        """The administrator's kubeconfig (mode 0600)."""
        return self.root / "kubeconfig"

    @property
    def pulumi_home(self) -> Path:
        """PULUMI_HOME of the sandbox's shell."""
        return self.root / "pulumi-home"

    @property
    def state(self) -> Path:
        """The file backend of the sandbox's stacks."""
        return self.root / "state"

    def admin_password(self, database: DatabaseAt) -> Path:
        """The file (mode 0600) with the admin password of one database server."""
        name = "admin.password" if database is DATABASE else f"{database.name}.admin.password"
        return self.root / name

    def certificate(self, name: str) -> Path:
        """The certificate of that name, PEM."""
        return self.pki / f"{name}.crt"

    def key(self, name: str) -> Path:
        """The private key of that name, PEM, mode 0600."""
        return self.pki / f"{name}.key"

    def log(self, process: str) -> Path:
        """The log of one supervised process."""
        return self.logs / f"{process}.log"


HERE: Final = Paths(CHECKOUT / ".sandbox")


def cache() -> Path:
    """The folder outside the checkout that keeps what is slow to build, shared by all clones."""
    if own := os.environ.get("EXTERNAL_MYSQL_CACHE"):
        return Path(own)
    base = os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache"
    return Path(base) / "external-mysql"
