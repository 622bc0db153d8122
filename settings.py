"""All settings of the program: typed, validated, each error one line that names its setting.

They are declared for the CLI in `Pulumi.yaml`, with the same types, defaults and descriptions.
"""

from __future__ import annotations

import json
import re
from collections.abc import Mapping
from datetime import date
from difflib import get_close_matches
from typing import Annotated, Any, Literal, Self

from pydantic import (
    AfterValidator,
    BaseModel,
    BeforeValidator,
    ConfigDict,
    Field,
    TypeAdapter,
    ValidationError,
    model_validator,
)
from pydantic.alias_generators import to_camel
from pydantic_core import ErrorDetails

from cluster.kinds import short
from mesh.addresses import Widest, parse_cidrs
from mesh.egress import Egress
from mesh.hosts import normalise_host
from mesh.lookup import Lookup
from mesh.nameserver import Nameserver
from mesh.times import parse_span
from mysql import adoption
from mysql.identifiers import account_host, account_name, schema_name
from mysql.rows import INT_RANGE, PLAIN_INT
from mysql.table import TABLE

PROJECT = "external-mysql"

ALL: Literal["all"] = "all"
#: The rows of the article's `mysqldb-init.sql`.
ARTICLE: dict[int | Literal["all"], int | None] = {1: 5, 2: 4}

_TURN = re.compile(r"[0-9A-Za-z.:+-]{0,64}", re.ASCII)
_LABEL = re.compile(r"([a-z0-9.-]{1,253}/)?[A-Za-z0-9]([A-Za-z0-9_.-]{0,61}[A-Za-z0-9])?", re.ASCII)
_DNS_LABEL = re.compile(r"[a-z0-9]([a-z0-9-]{0,61}[a-z0-9])?", re.ASCII)


class SettingsProblem(ValueError):
    """One or more settings are wrong; the message has one line for each."""


def _plain_int(value: object) -> object:
    """Refuse what would be read as another row: `01`, `1.0` and `true` all stand for 1."""
    if isinstance(value, bool) or (isinstance(value, str) and not PLAIN_INT.fullmatch(value)):
        raise ValueError(f"{json.dumps(value)} is no whole number; write it as in 5")
    return value


def _in_int_range(number: int) -> int:
    if number not in INT_RANGE:
        raise ValueError(
            f"{number} does not fit a MySQL INT; give {INT_RANGE[0]} to {INT_RANGE[-1]}"
        )
    return number


def _nameserver(text: str) -> str:
    if text:
        Nameserver.parse(text)
    return text


def _nameservers(texts: list[str]) -> list[str]:
    for text in texts:
        Nameserver.parse(text)
        if texts.count(text) > 1:
            raise ValueError(f"{text!r} is there twice; give each nameserver once")
    return texts


def _span(text: str) -> str:
    parse_span(text)
    return text


def _hosts(texts: list[str]) -> list[str]:
    hosts = [normalise_host(text) for text in texts]
    for host in hosts:
        if hosts.count(host) > 1:
            raise ValueError(f"{host!r} is there twice; give each host once")
    return hosts


def _text(value: object) -> object:
    """Take a number or a date as it is written."""
    plain = isinstance(value, int | date) and not isinstance(value, bool)
    return str(value) if plain else value


def _turn(text: str) -> str:
    if not _TURN.fullmatch(text):
        raise ValueError(f"{text!r} is no number or date; give e.g. 2, or 2026-11-29")
    return text


def _dns_label(text: str) -> str:
    if not _DNS_LABEL.fullmatch(text):
        raise ValueError(
            f"{text!r} is no Kubernetes name; use at most 63 lower case letters, digits and -"
        )
    return text


def _adopt(texts: list[str]) -> list[str]:
    return sorted({short(text, *adoption.KINDS) for text in texts})


def _label(text: str) -> str:
    """https://kubernetes.io/docs/concepts/overview/working-with-objects/labels/."""
    if text and not _LABEL.fullmatch(text):
        raise ValueError(f"{text!r} is no label of nodes; give e.g. topology.kubernetes.io/zone")
    return text


def _export_to(texts: list[str]) -> list[str]:
    for text in texts:
        if text not in (".", "*", "~"):
            _dns_label(text)
        if texts.count(text) > 1:
            raise ValueError(f"{text!r} is there twice; give each namespace once")
        if text in ("*", "~") and len(texts) > 1:
            raise ValueError(f"{text!r} leaves nothing to add; give it alone")
    if not texts:
        raise ValueError("it is empty; give . for the entry's own namespace")
    return texts


def _least_privileges(privileges: list[str]) -> list[str]:
    """Accept what a reader needs and nothing more."""
    wanted = sorted({privilege.strip().upper() for privilege in privileges})
    if wanted != ["SELECT"]:
        more = ", ".join(p for p in wanted if p != "SELECT") or "nothing"
        raise ValueError(f"{more} is not what a reader needs; give SELECT alone")
    return wanted


def _json(value: object) -> object:
    """Read what the CLI hands over: lists and objects come as JSON."""
    try:
        return json.loads(value) if isinstance(value, str) else value
    except ValueError:
        return value


def _review(value: object) -> object:
    return value if value == ALL else _in_int_range(_INT.validate_python(value))


def _rating(value: object) -> object:
    """Take `null` for no row also where the CLI makes text of it: `config set --path` does."""
    return None if value in (None, "null") else value


Int = Annotated[int, BeforeValidator(_plain_int), AfterValidator(_in_int_range)]
_INT = TypeAdapter[int](Int)
Review = Annotated[int | Literal["all"], BeforeValidator(_review)]
Rating = Annotated[Int | None, BeforeValidator(_rating)]
Strings = Annotated[list[str], BeforeValidator(_json)]


class Settings(BaseModel):
    """Settings of one stack, under `external-mysql:` in its configuration."""

    model_config = ConfigDict(alias_generator=to_camel, extra="forbid", frozen=True)

    host: Annotated[str, AfterValidator(normalise_host)] = Field(
        description="DNS name of the MySQL server, as the pods dial it"
    )
    port: int = Field(3306, ge=1, le=65535, description="Port of the MySQL server")
    database: Annotated[str, AfterValidator(schema_name)] = Field(
        "test", description="Database to make; Bookinfo's images read test"
    )
    ratings: Annotated[dict[Review, Rating], BeforeValidator(_json)] = Field(
        {},
        description="Ratings unlike the article's: ReviewID, or all -> Rating, or null for none",
    )
    exclusive_rows: bool = Field(
        default=False, description="Delete rows that somebody else added, instead of reporting them"
    )
    reader: Annotated[str, AfterValidator(account_name)] = Field(
        "bookinfo", description="User name of the account that may read the ratings"
    )
    reader_host: Annotated[str, AfterValidator(account_host)] = Field(
        "%", description="Host part of that account: from where it may log in"
    )
    reader_tls: bool = Field(
        default=False,
        description=(
            "Whether the reader has to use TLS, and the pods do; "
            "changed, another account takes over"
        ),
    )
    rotation: Annotated[str, BeforeValidator(_text), AfterValidator(_turn)] = Field(
        "", description="A number or a date: another one makes another password and account"
    )
    previous_account: Literal["drop", "keep", "cut"] = Field(
        "drop",
        description="The account before: drop it once no pod uses it, keep it until the next "
        "rotation, or cut it at once",
    )
    privileges: Annotated[Strings, AfterValidator(_least_privileges)] = Field(
        ["SELECT"], description="What that account may do; SELECT is all that is accepted"
    )
    protect: bool = Field(
        default=True, description="Refuse to delete or replace the database and its table"
    )
    read_replica: bool = Field(
        default=False,
        description="Whether host may be a replica of the server at mysql:endpoint",
    )
    proof: bool = Field(
        default=True, description="Log in as the reader and prove what it may not do"
    )
    context: str = Field(min_length=1, description="Context of the cluster in the kubeconfig")
    kubeconfig: str = Field(
        "", description="Path of the kubeconfig; empty for KUBECONFIG or ~/.kube/config"
    )
    namespace: Annotated[str, AfterValidator(_dns_label)] = Field(
        "default", description="Bookinfo's namespace"
    )
    adopt: Annotated[Strings, AfterValidator(_adopt)] = Field(
        [],
        description="What exists and is taken over until destroy gives it back, as in "
        "VirtualService/ratings or Database/test",
    )
    image: str = Field(
        "registry.istio.io/release/examples-bookinfo-ratings-v2:1.20.3",
        min_length=1,
        description="Image of ratings v2; the stock one cannot log in to MySQL 8 and later",
    )
    replicas: int = Field(1, ge=1, le=100, description="Pods of ratings-v2-mysql")
    spread_over: Annotated[str, AfterValidator(_label)] = Field(
        "",
        description="Label of nodes over which the pods are spread, "
        "e.g. topology.kubernetes.io/zone",
    )
    egress: Egress = Field(
        Egress.LOOKUP,
        description="Way out of the mesh: lookup, cidrs, mesh-dns, bypass or off",
    )
    cidrs: Strings = Field([], description="CIDR blocks of the database, for cidrs and bypass")
    widest_ipv4: int = Field(
        16,
        alias="widestIPv4",
        ge=1,
        le=32,
        description="Shortest prefix of an IPv4 block in cidrs, and of all together",
    )
    widest_ipv6: int = Field(
        48,
        alias="widestIPv6",
        ge=1,
        le=128,
        description="Shortest prefix of an IPv6 block in cidrs, and of all together",
    )
    additional_hosts: Annotated[Strings, AfterValidator(_hosts)] = Field(
        [], description="Further DNS names of the database in the same ServiceEntry"
    )
    protocol: Literal["TCP", "MONGO"] = Field(
        "TCP", description="Protocol of the port: TCP, or MONGO for MongoDB's wire protocol"
    )
    export_to: Annotated[Strings, AfterValidator(_export_to)] = Field(
        ["."], description="Namespaces that see the ServiceEntry; . is its own"
    )
    nameserver: Annotated[str, AfterValidator(_nameserver)] = Field(
        "", description="Nameserver to ask, address or address:port; empty for this machine's own"
    )
    additional_nameservers: Annotated[Strings, AfterValidator(_nameservers)] = Field(
        [], description="Further nameservers to ask for the same names"
    )
    nameserver_answers: Literal["agree", "merge"] = Field(
        "agree",
        description="Whether answers of several nameservers agree or are merged: agree or merge",
    )
    dns_timeout: int = Field(5, ge=1, le=60, description="Seconds that a lookup may take")
    public_only: bool = Field(
        default=False, description="Refuse a host whose addresses are all private"
    )
    keep_addresses: Annotated[str, AfterValidator(_span)] = Field(
        "1h",
        description="Time for which an address that left DNS stays in the entry: 90s, 30m, 1h, 2d",
    )
    on_hole: Literal["keep", "refuse"] = Field(
        "keep",
        description="Where DNS has a hole, keep all addresses and warn, or refuse: keep or refuse",
    )
    hole_below: int = Field(
        50,
        ge=0,
        le=100,
        description="Percent of the addresses before, below which an answer is a hole",
    )
    drift_interval: Annotated[str, AfterValidator(_span)] = Field(
        "1h", description="Time between two runs of your drift job: shorter TTLs are pointed out"
    )
    network_policy: bool = Field(
        default=False,
        description="Keep the ratings pods from all but DNS, the mesh and the database's addresses",
    )
    routing: bool = Field(default=True, description="Route reviews to v3 and ratings to v2-mysql")
    destination_rules: bool = Field(
        default=False, description="Make Bookinfo's default DestinationRules too"
    )

    @model_validator(mode="after")
    def _check_adopted(self) -> Self:
        made = {
            adoption.DATABASE: self.database,
            adoption.TABLE: TABLE,
            adoption.ACCOUNT: self.reader,
        }
        for each in self.adopted_on_server():
            kind = each.partition("/")[0]
            if each != (known := adoption.word(kind, made[kind])):
                raise ValueError(f"adopt: {each!r} is nothing that is made here; give {known}")
        if self.adopts_table() and self.exclusive_rows:
            raise ValueError(
                f"exclusiveRows: it would delete rows of others, and {adoption.TABLE}/{TABLE} in "
                "adopt gives them back; set exclusiveRows to false"
            )
        return self

    @model_validator(mode="after")
    def _check_together(self) -> Self:
        blocks = self.blocks()
        if self.egress is Egress.CIDRS and not blocks:
            raise ValueError(
                "cidrs: it is empty, and egress is cidrs; give the blocks of the database"
            )
        if self.cidrs and self.egress not in (Egress.CIDRS, Egress.BYPASS):
            raise ValueError(
                f"cidrs: {', '.join(self.cidrs)} would not be used, for egress is {self.egress}; "
                "set egress to cidrs or bypass, or unset cidrs"
            )
        if self.network_policy and not blocks and self.egress in (Egress.MESH_DNS, Egress.BYPASS):
            hint = "set cidrs" if self.egress is Egress.BYPASS else "set egress to lookup or cidrs"
            raise ValueError(
                f"networkPolicy: no address of the database is known, for egress is {self.egress}; "
                f"{hint}, or unset networkPolicy"
            )
        if self.additional_hosts and self.egress not in (Egress.LOOKUP, Egress.CIDRS):
            raise ValueError(
                f"additionalHosts: Istio takes one host a TCP port where egress is {self.egress}; "
                "unset additionalHosts"
            )
        if self.additional_nameservers and not self.nameserver:
            raise ValueError(
                "additionalNameservers: nameserver is empty; set it to the first of them"
            )
        if self.nameserver in self.additional_nameservers:
            raise ValueError(
                f"additionalNameservers: {self.nameserver!r} is nameserver itself; unset it"
            )
        if self.host in self.additional_hosts:
            raise ValueError(f"additionalHosts: {self.host!r} is the host itself; unset it")
        return self

    def adopted_on_server(self) -> list[str]:
        """Say what may be taken over on the MySQL server, e.g. `Database/test`."""
        return [each for each in self.adopt if adoption.is_word(each)]

    def adopted_in_cluster(self) -> list[str]:
        """Say what may be taken over in the cluster, e.g. `VirtualService/ratings`."""
        return [each for each in self.adopt if not adoption.is_word(each)]

    def adopts_database(self) -> bool:
        """Say whether the database is somebody else's, and stays."""
        return adoption.word(adoption.DATABASE, self.database) in self.adopt

    def adopts_table(self) -> bool:
        """Say whether a table of somebody else's is taken over."""
        return adoption.word(adoption.TABLE, TABLE) in self.adopt

    def adopts_account(self) -> bool:
        """Say whether an account of somebody else's is taken over."""
        return adoption.word(adoption.ACCOUNT, self.reader) in self.adopt

    def blocks(self) -> list[str]:
        """Give the CIDR blocks written by hand, checked and in order."""
        try:
            return parse_cidrs(self.cidrs, Widest(self.widest_ipv4, self.widest_ipv6))
        except ValueError as error:
            raise ValueError(f"cidrs: {error}") from None

    def lookup(self) -> Lookup | None:
        """Say what to ask DNS for, where the way out is made of its answers."""
        return self.dns() if self.egress is Egress.LOOKUP else None

    def dns(self) -> Lookup:
        """Say what DNS may be asked for."""
        return {
            "hosts": [self.host, *self.additional_hosts],
            "nameservers": [
                each for each in (self.nameserver, *self.additional_nameservers) if each
            ],
            "merge": self.nameserver_answers == "merge",
            "timeout": self.dns_timeout,
            "public": self.public_only,
            "keep": int(parse_span(self.keep_addresses).total_seconds()),
            "share": self.hole_below,
            "refuse": self.on_hole == "refuse",
            "interval": int(parse_span(self.drift_interval).total_seconds()),
        }

    def has_entry(self) -> bool:
        """Say whether the way out of the mesh is a ServiceEntry."""
        return self.egress not in (Egress.BYPASS, Egress.OFF)

    def rows(self) -> dict[str, int]:
        """Give the rows, the article's and one's own, as the engine takes a map: text for keys."""
        merged = {**ARTICLE, **self.ratings}
        every = merged.pop(ALL, None)
        return {
            str(review): rating if every is None else every
            for review, rating in merged.items()
            if rating is not None
        }


def load(config: Mapping[str, Any]) -> Settings:
    """Validate a stack's configuration.

    Args:
        config: `namespace:name` -> value, as the engine hands it over: text, lists and objects as
            JSON; other namespaces than the project's are left alone.

    Raises:
        SettingsProblem: Settings are wrong, unknown or missing.
    """
    prefix = f"{PROJECT}:"
    given = {key.removeprefix(prefix): v for key, v in config.items() if key.startswith(prefix)}
    try:
        return Settings.model_validate(given)
    except ValidationError as error:
        raise SettingsProblem("\n".join(_in_one_line(e) for e in error.errors())) from None


def names() -> list[str]:
    """Give the names of all settings, as the configuration spells them."""
    return [field.alias or name for name, field in Settings.model_fields.items()]


def _in_one_line(error: ErrorDetails) -> str:
    setting = ".".join(str(part) for part in error["loc"] if part != "[key]")
    name = f"{PROJECT}:{setting}" if setting else PROJECT
    if error["type"] == "missing":
        return f"{name} is not set; run `pulumi config set {setting} ...`"
    if error["type"] == "extra_forbidden":
        near = get_close_matches(setting, names(), n=1)
        hint = f"did you mean {near[0]}?" if near else f"the settings are {', '.join(names())}"
        return f"{name} is no setting; {hint}"
    if error["type"] == "value_error":
        message = str(error["ctx"]["error"])
        return f"{name}: {message}" if setting else f"{name}:{message}"
    return f"{name}: {error['input']!r} is wrong: {error['msg'][0].lower()}{error['msg'][1:]}"
