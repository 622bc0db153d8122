"""What a stack has wired: from the page to the rows of the table, as far as it is there."""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass

from pydantic import BaseModel, ConfigDict
from pydantic.alias_generators import to_camel

from picture.state import State

_EXCLUDED_BLOCKS = "traffic.sidecar.istio.io/excludeOutboundIPRanges"
_EXCLUDED_PORTS = "traffic.sidecar.istio.io/excludeOutboundPorts"
_PROXY = "proxy.istio.io/config"


@dataclass(frozen=True)
class Destination:
    """Where a route leads.

    Attributes:
        subset: Subset of the service; empty for all of it.
        weight: Percentage of the requests.
    """

    subset: str
    weight: int


@dataclass(frozen=True)
class Workload:
    """The Deployment, and what its container is told.

    Attributes:
        ready: How many pods were ready when it was last seen; None if nobody waited for them.
        failed: Whether it did not become ready in its time.
        secret: Name of the Secret that it takes the password from; empty if it takes none.
        captures_dns: Whether its sidecars answer the pods' DNS.
    """

    name: str
    namespace: str
    version: str
    image: str
    pods: int
    ready: int | None
    failed: bool
    host: str
    port: str
    user: str
    secret: str
    captures_dns: bool


@dataclass(frozen=True)
class ServiceEntry:
    """A way out through the sidecar.

    Attributes:
        addresses: CIDR blocks that it opens; none where sidecars look the hosts up.
        resolution: As Istio has it: NONE for the address that was dialled, DNS_ROUND_ROBIN to
            look it up.
        export_to: Namespaces that see it; `.` is its own.
    """

    name: str
    namespace: str
    hosts: tuple[str, ...]
    addresses: tuple[str, ...]
    port: str
    protocol: str
    resolution: str
    export_to: tuple[str, ...]


@dataclass(frozen=True)
class Bypass:
    """A way out around the sidecar.

    Attributes:
        addresses: CIDR blocks that pass it; none where the port is all that tells.
        ports: Ports that pass it, to any address.
    """

    addresses: tuple[str, ...]
    ports: tuple[str, ...]


@dataclass(frozen=True)
class Account:
    """The reader's account on the server.

    Attributes:
        privileges: What it was granted on the table; none where the grant is not there.
        granted_on: `database.table`; empty where the grant is not there.
        refused: What it tried and was refused, logged in; none where nothing was tried.
    """

    user: str
    host: str
    privileges: tuple[str, ...]
    granted_on: str
    refused: tuple[str, ...]


@dataclass(frozen=True)
class Table:
    """The table, and this stack's rows in it.

    Attributes:
        rows: ReviewID -> Rating.
    """

    name: str
    rows: Mapping[int, int | None]


@dataclass(frozen=True)
class Wiring:
    """All of it; None for what is not there.

    Attributes:
        context: Context of the cluster in the kubeconfig; empty if the state does not say.
        routes: Service -> where its requests go; no entry for one without a route.
        subsets: Services whose DestinationRules are this stack's.
        secret: Name of the Secret with the reader's password; empty where it is not there.
        way: The way out; None where it is closed.
        database: Name of the database; empty where it is not there.
        unfinished: What an interrupted run was about to do.
    """

    stack: str
    context: str
    routes: Mapping[str, tuple[Destination, ...]]
    subsets: tuple[str, ...]
    workload: Workload | None
    secret: str
    way: ServiceEntry | Bypass | None
    account: Account | None
    database: str
    table: Table | None
    unfinished: tuple[str, ...]


def wiring(state: State) -> Wiring:
    """Find the wiring in a state.

    Raises:
        PictureProblem: A part of it has another shape than this program's.
    """
    deployment = state.of("RatingsWorkload", "Deployment")
    seen = deployment.read(_Deployment) if deployment else None
    secret = state.of("MysqlReader", "Secret")
    database = state.of("MysqlDatabase", "Database")
    cluster = state.provider_of(deployment) if deployment else None
    return Wiring(
        stack=state.stack,
        context=cluster.read(_Cluster).context if cluster else "",
        routes=_routes(state),
        subsets=tuple(
            sorted(
                rule.read(_DestinationRule).spec.host
                for rule in state.all_of("BookinfoDestinationRules", "DestinationRule")
            )
        ),
        workload=_workload(seen, failed=bool(deployment.init_errors))
        if seen and deployment
        else None,
        secret=secret.read(_Object).metadata.name if secret else "",
        way=_service_entry(state) or (_bypass(seen) if seen else None),
        account=_account(state),
        database=database.read(_Named).name if database else "",
        table=_table(state),
        unfinished=tuple(state.unfinished),
    )


class _Seen(BaseModel):
    model_config = ConfigDict(
        alias_generator=to_camel, coerce_numbers_to_str=True, extra="ignore", frozen=True
    )


class _Named(_Seen):
    name: str


class _Cluster(_Seen):
    context: str = ""


class _Metadata(_Seen):
    name: str = ""  # a pod template has none
    namespace: str = ""
    labels: dict[str, str] = {}
    annotations: dict[str, str] = {}


class _Object(_Seen):
    metadata: _Metadata


class _SecretKeyRef(_Seen):
    name: str


class _ValueFrom(_Seen):
    secret_key_ref: _SecretKeyRef | None = None


class _Variable(_Seen):
    name: str
    value: str = ""
    value_from: _ValueFrom = _ValueFrom()


class _Container(_Seen):
    image: str
    env: list[_Variable] = []

    def value(self, name: str) -> str:
        return next((v.value for v in self.env if v.name == name), "")

    def secret(self, name: str) -> str:
        refs = (v.value_from.secret_key_ref for v in self.env if v.name == name)
        return next((ref.name for ref in refs if ref), "")


class _PodSpec(_Seen):
    containers: list[_Container]


class _Template(_Seen):
    metadata: _Metadata
    spec: _PodSpec


class _DeploymentSpec(_Seen):
    replicas: int = 1
    template: _Template


class _DeploymentStatus(_Seen):
    observed_generation: int | None = None
    ready_replicas: int = 0


class _Deployment(_Object):
    spec: _DeploymentSpec
    status: _DeploymentStatus = _DeploymentStatus()


def _workload(seen: _Deployment, *, failed: bool) -> Workload:
    template = seen.spec.template
    container = template.spec.containers[0]
    watched = seen.status.observed_generation is not None
    return Workload(
        name=seen.metadata.name,
        namespace=seen.metadata.namespace,
        version=template.metadata.labels.get("version", ""),
        image=container.image,
        pods=seen.spec.replicas,
        ready=seen.status.ready_replicas if watched else None,
        failed=failed,
        host=container.value("MYSQL_DB_HOST"),
        port=container.value("MYSQL_DB_PORT"),
        user=container.value("MYSQL_DB_USER"),
        secret=container.secret("MYSQL_DB_PASSWORD"),
        captures_dns="ISTIO_META_DNS_CAPTURE" in template.metadata.annotations.get(_PROXY, ""),
    )


def _bypass(seen: _Deployment) -> Bypass | None:
    annotations = seen.spec.template.metadata.annotations
    addresses, ports = (
        tuple(annotations[key].split(",")) if annotations.get(key) else ()
        for key in (_EXCLUDED_BLOCKS, _EXCLUDED_PORTS)
    )
    return Bypass(addresses, ports) if addresses or ports else None


class _Port(_Seen):
    number: str
    protocol: str


class _ServiceEntrySpec(_Seen):
    hosts: list[str]
    addresses: list[str] = []
    ports: list[_Port]
    resolution: str = "NONE"
    export_to: list[str] = ["*"]  # Istio's default


class _ServiceEntry(_Object):
    spec: _ServiceEntrySpec


def _service_entry(state: State) -> ServiceEntry | None:
    resource = state.of("ExternalMysql", "ServiceEntry")
    if resource is None:
        return None
    seen = resource.read(_ServiceEntry)
    return ServiceEntry(
        name=seen.metadata.name,
        namespace=seen.metadata.namespace,
        hosts=tuple(seen.spec.hosts),
        # Where sidecars look the hosts up, the entry's own address stands for whatever they find.
        addresses=() if seen.spec.resolution.startswith("DNS") else tuple(seen.spec.addresses),
        port=seen.spec.ports[0].number,
        protocol=seen.spec.ports[0].protocol,
        resolution=seen.spec.resolution,
        export_to=tuple(seen.spec.export_to),
    )


class _Host(_Seen):
    host: str


class _DestinationRule(_Seen):
    spec: _Host


class _RouteDestination(_Seen):
    subset: str = ""


class _Share(_Seen):
    destination: _RouteDestination
    weight: int = 100


class _Http(_Seen):
    route: list[_Share] = []


class _VirtualServiceSpec(_Seen):
    hosts: list[str]
    http: list[_Http] = []


class _VirtualService(_Seen):
    spec: _VirtualServiceSpec


def _routes(state: State) -> dict[str, tuple[Destination, ...]]:
    seen = [r.read(_VirtualService).spec for r in state.all_of("BookinfoRouting", "VirtualService")]
    return {
        spec.hosts[0]: tuple(
            Destination(share.destination.subset, share.weight)
            for http in spec.http
            for share in http.route
        )
        for spec in sorted(seen, key=lambda spec: spec.hosts, reverse=True)  # reviews come first
    }


class _User(_Seen):
    user: str
    host: str
    adopt: bool = False


class _Grant(_Seen):
    database: str
    table: str = ""  # not known in the preview of a first update
    privileges: list[str]


class _Rights(_Seen):
    rights: dict[str, str]


_ON_TABLE = re.compile(r"([A-Z]+) ON `(?P<database>[^`]+)`\.`(?P<table>[^`]+)`")


class _Reader(_Seen):
    refused: dict[str, str] = {}  # what the server said -> what was tried, with commas


def _account(state: State) -> Account | None:
    user, resource = state.of("MysqlReader", "User"), state.of("MysqlReader", "Grant")
    grant = resource.read(_Grant) if resource else None
    if user is None:
        # Where one may be adopted, pulumi-mysql makes neither the account nor its grant.
        user, grant = state.of("MysqlReader", "Account"), _granted(state)
        if user is None or not user.read(_User).adopt:
            return None
    seen = user.read(_User)
    reader = state.component("MysqlReader")
    return Account(
        user=seen.user,
        host=seen.host,
        privileges=tuple(grant.privileges) if grant else (),
        granted_on=f"{grant.database}.{grant.table}" if grant and grant.table else "",
        refused=_tried(reader.read(_Reader)) if reader else (),
    )


def _granted(state: State) -> _Grant | None:
    """Give the one right of a reader that our own provider has granted."""
    resource = state.of("MysqlReader", "Rights")
    rights = resource.read(_Rights).rights if resource else {}
    match = _ON_TABLE.fullmatch(next(iter(rights), ""))
    return _Grant.model_validate({**match.groupdict(), "privileges": [match[1]]}) if match else None


def _tried(reader: _Reader) -> tuple[str, ...]:
    tried = [name for names in reader.refused.values() for name in names.split(", ")]
    return tuple(dict.fromkeys(tried))


class _RatingsTable(_Seen):
    database: str
    rows: dict[int, int | None]


def _table(state: State) -> Table | None:
    resource = state.of("MysqlDatabase", "RatingsTable")
    if resource is None:
        return None
    seen = resource.read(_RatingsTable)
    return Table(name=f"{seen.database}.ratings", rows=dict(sorted(seen.rows.items())))
