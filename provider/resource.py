"""What the resource types of this provider have in common."""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterator, Mapping, Sequence
from contextlib import contextmanager
from typing import ClassVar

from cluster.api import Api
from mysql.identifiers import account_host, account_name, schema_name
from provider.api_server import Away, Silent
from provider.configuration import Configuration
from provider.connection import Connection
from provider.protocol.engine import Engine
from provider.protocol.service import Change, Checked, Failure, Kind
from provider.protocol.values import UNKNOWN, Properties, Value

_HIGHEST_PORT = 65535
_OWNER = re.compile(r"[0-9A-Za-z-]{1,64}", re.ASCII)

Check = Callable[[Value], Value]
"""Accepts an input, perhaps in another spelling; raises ValueError with what is wrong."""


class Typed:
    """A resource whose inputs are all required, each with what it has to pass."""

    inputs: ClassVar[Mapping[str, Check]]
    """Name -> what its value has to pass; all of them are required."""

    secrets: ClassVar[Collection[str]] = ()

    def __init__(self, configuration: Configuration, engine: Engine) -> None:
        self.configuration = configuration
        self.engine = engine
        self.handed_over: set[str] = set()
        """What a replacement has taken over: its predecessor leaves that without a word."""
        self._stands: dict[str, Properties] = {}

    def predecessor(self, urn: str) -> Properties:
        """Give the inputs of what a resource that is made now replaces; empty where not known.

        The engine does not tell them of what `--replace` names itself.
        """
        return self._stands.get(urn, {})

    def owners(self, urn: str, inputs: Properties) -> set[str]:
        """Give the stack's mark, and the one that it had until now: what has either is ours."""
        return {inputs["owner"], self.predecessor(urn).get("owner", inputs["owner"])}

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Refuse bad input by its name, whatever language it came from."""
        self.configuration.program_runs = True
        if olds:  # of what is replaced the engine asks once more, and names it no more
            self._stands[urn] = olds
        inputs = dict(news)
        known = f"there are {', '.join(self.inputs)} alone"
        failures = [Failure(known, name) for name in news if name not in self.inputs]
        for name, accept in self.inputs.items():
            if name not in news:
                failures.append(Failure("it is missing", name))
            elif not _has_unknown(news[name]):
                try:
                    inputs[name] = accept(news[name])
                except ValueError as problem:
                    failures.append(Failure(str(problem), name))
        return Checked(inputs, failures)


class OnServer(Typed):
    """A resource on the server that the provider is configured with.

    Its input `server` is the `server_uuid` of the server that is meant: behind an endpoint another
    one may answer one day, and nothing of that is this stack's.
    """

    @contextmanager
    def connect(self, state: Properties) -> Iterator[Connection]:
        """Log in as the admin of the server that a state or inputs name."""
        with self.configuration.connect(state["server"]) as connection:
            yield connection


class InCluster(Typed):
    """A resource in the cluster that the provider is configured with.

    Its input `cluster` says which one is meant: behind a context another one may be one day, and
    nothing of that is this stack's.
    """

    def owners(self, urn: str, inputs: Properties) -> set[str]:
        """Give every mark that this stack has had in this run; what has one of them is ours."""
        return super().owners(urn, inputs) | self.configuration.former_owners

    @contextmanager
    def ask(self, state: Properties) -> Iterator[Api]:
        """Ask the API server of the cluster that a state or inputs name."""
        with self.configuration.cluster.asked(state["cluster"]) as api:
            yield api

    def is_left(self, away: Away) -> bool:
        """Say whether what is to go may be left to the end of a `destroy`, which goes on without.

        What names the cluster goes last, and takes with it whatever has this stack's mark.
        """
        return isinstance(away, Silent) and not self.configuration.program_runs


def text(value: Value) -> str:
    """Accept text that is not empty."""
    if not isinstance(value, str) or not value:
        raise ValueError(f"{value!r} is no text")
    return value


def user(value: Value) -> str:
    """Accept the user name of an account."""
    return account_name(text(value))


def host(value: Value) -> str:
    """Accept the host part of an account."""
    return account_host(text(value))


def schema(value: Value) -> str:
    """Accept the name of a database."""
    return schema_name(text(value))


def port(value: Value) -> int:
    """Accept the number of a port."""
    if isinstance(value, bool) or not isinstance(value, int) or not 0 < value <= _HIGHEST_PORT:
        raise ValueError(f"{value!r} is no whole number from 1 to {_HIGHEST_PORT}")
    return value


def owner(value: Value) -> str:
    """Accept a stack's part of the mark, which is put into SQL as it is."""
    if not _OWNER.fullmatch(text(value)):
        raise ValueError(f"{value!r} is no mark; give a UUID")
    return str(value)


def flag(value: Value) -> bool:
    """Accept yes or no."""
    if not isinstance(value, bool):
        raise ValueError(f"{value!r} is neither true nor false")  # noqa: TRY004 - one kind of refusal
    return value


def anything(value: Value) -> Value:
    """Accept what another resource or the program gave."""
    return value


def texts(value: Value) -> list[str]:
    """Accept a list of texts."""
    if not isinstance(value, list):
        raise ValueError(f"{value!r} is no list")  # noqa: TRY004 - likewise
    return [text(each) for each in value]


#: What names an account on a server, and opens it.
ACCOUNT: Mapping[str, Check] = {"server": text, "user": user, "host": host, "password": text}


def changed(state: Properties, inputs: Properties, names: Sequence[str]) -> list[Change]:
    """Compare inputs with what the state keeps of them, as they are."""
    return [Change(name) for name in names if state.get(name) != inputs.get(name)]


def replaced(state: Properties, inputs: Properties, names: Sequence[str]) -> list[Change]:
    """Compare inputs any change of which makes a new resource."""
    return [Change(name, replaces=True) for name in names if state.get(name) != inputs.get(name)]


def entries(name: str, old: Mapping[str, Value], new: Mapping[str, Value]) -> list[Change]:
    """Compare two maps entry by entry."""
    kinds = {
        key: Kind.ADD if key not in old else Kind.DELETE if key not in new else Kind.UPDATE
        for key in sorted(old.keys() | new.keys())
        if key not in old or key not in new or old[key] != new[key]
    }
    return [
        Change(f'{name}["{key.replace(chr(34), chr(92) + chr(34))}"]', kind=kind)
        for key, kind in kinds.items()
    ]


def _has_unknown(value: Value) -> bool:
    if isinstance(value, dict):
        return any(_has_unknown(each) for each in value.values())
    if isinstance(value, list):
        return any(_has_unknown(each) for each in value)
    return value is UNKNOWN
