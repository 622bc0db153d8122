"""The whole program, run in-process against an engine that only writes down what it is told.

https://www.pulumi.com/docs/iac/concepts/testing/unit/
"""

from __future__ import annotations

import asyncio
import contextvars
import json
import logging
import runpy
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from hashlib import sha256
from pathlib import Path
from typing import Any, cast

import pulumi
from google.protobuf import json_format
from pulumi.runtime import mocks, rpc
from pulumi.runtime.proto import resource_pb2
from pulumi.runtime.settings import SETTINGS, get_root_resource
from pulumi.runtime.stack import Stack, run_pulumi_func

from provider.addresses import Addresses
from provider.configuration import Configuration
from provider.protocol.engine import Engine as ProviderEngine

Values = dict[str, Any]

PROGRAM = Path(__file__).parents[2] / "__main__.py"
PROJECT = "external-mysql"
STACK = "tests"
PASSWORD = "Gen3rated-by_the.random:plugin+x"  # noqa: S105 - no account has it
_LOGIN = f"bookinfo_2\x00%\x00{PASSWORD}"
SECRET = f"reader-password-{sha256(_LOGIN.encode()).hexdigest()[:8]}"
OWNER = "0f3b1a52-7c1d-4c59-9a53-2f1a6d6c7e11"
SERVER = "7e7a9c1e-aa2c-11f0-8c1f-0242ac110002"
CLUSTER = "namespaces/kube-system 9c1d7f0e-0b7d-4a6f-8d0e-6f1b2c3d4e5f"
ANNOTATIONS = {"external-mysql/owner": OWNER, "external-mysql/holder": "drawn by the provider"}
PROOF: Values = {
    "ratings": {"1": 5, "2": 4},
    "refused": {"refused (MySQL error 1142)": "INSERT, UPDATE, DELETE"},
}

# An engine waits for ever for what a broken program never resolves; a test does not.
_PATIENCE = 20

# As Pulumi's language host has it: a program that ends leaves futures that nobody awaits any more.
logging.getLogger("asyncio").setLevel(logging.CRITICAL)


@dataclass(frozen=True)
class Created:
    """One resource, as the program registered it.

    Attributes:
        kind: What its type ends in, e.g. `Deployment`.
        parent: URN of its parent.
        depends_on: URNs of what is there before it: declared, or behind one of its inputs.
        provider: Reference of its provider, `urn::id`; empty for the default one.
        protected: Whether it is neither deleted nor replaced.
        retained: Whether it stays where the program lets it go.
        hooks: Names of the hooks that run before it is created.
        inputs: Its inputs, in clear.
        secrets: Paths of the inputs that are secret, e.g. `stringData.password`.
    """

    kind: str
    name: str
    urn: str
    parent: str
    depends_on: frozenset[str]
    provider: str
    protected: bool
    retained: bool
    hooks: tuple[str, ...]
    inputs: Values
    secrets: frozenset[str]


@dataclass
class Engine:
    """What the program told its engine.

    Attributes:
        outputs: The stack's outputs, in clear.
        secret_outputs: Names of those that are secret.
        said: Level and text of its diagnostics.
        exit_code: What it gave to `sys.exit`, if it gave up.
    """

    resources: list[Created] = field(default_factory=list)
    outputs: Values = field(default_factory=dict)
    secret_outputs: set[str] = field(default_factory=set)
    said: list[tuple[str, str]] = field(default_factory=list)
    exit_code: object = None

    def errors(self) -> list[str]:
        """Give the lines that the program said as errors."""
        return [line for level, text in self.said if level == "ERROR" for line in text.splitlines()]


def all_created(engine: Engine, kind: str) -> list[Created]:
    """Give the resources of a kind, in the order of their registration."""
    return [resource for resource in engine.resources if resource.kind == kind]


def created(engine: Engine, kind: str) -> Created:
    """Give the one resource of a kind."""
    (resource,) = all_created(engine, kind)
    return resource


def kinds(engine: Engine) -> set[str]:
    """Give the kinds of all resources."""
    return {resource.kind for resource in engine.resources}


def texts(value: object) -> Iterator[str]:
    """Walk all text in a nested value, the keys included."""
    if isinstance(value, Mapping):
        for key, inner in value.items():
            yield str(key)
            yield from texts(inner)
    elif isinstance(value, list | tuple):
        for inner in value:
            yield from texts(inner)
    elif value is not None:
        yield str(value)


def run_program(config: Mapping[str, object]) -> Engine:
    """Run `__main__.py` with a stack's configuration, `namespace:name` -> value.

    Raises:
        TimeoutError: The program waits for what never comes.
    """
    engine = Engine()
    given = {name: _as_the_cli_stores(value) for name, value in config.items()}
    # Pulumi keeps configuration and engine in context variables.
    contextvars.copy_context().run(asyncio.run, _run(given, engine))
    return engine


def _as_the_cli_stores(value: object) -> str:
    return value if isinstance(value, str) else json.dumps(value)


async def _run(config: Mapping[str, str], engine: Engine) -> None:
    pulumi.runtime.set_all_config(dict(config))
    pulumi.runtime.set_mocks(
        _Providers(),
        project=PROJECT,
        stack=STACK,
        organization="organization",
        preview=False,
        logger=_logger(engine),
        monitor=_Recorder(engine),
    )

    def once() -> None:
        try:
            runpy.run_path(str(PROGRAM), run_name="__main__")
        except SystemExit as ended:
            engine.exit_code = ended.code

    try:
        await asyncio.wait_for(run_pulumi_func(once), _PATIENCE)
    finally:
        SETTINGS.outputs.clear()  # what nobody awaits any more is not the next program's
    stack = get_root_resource()
    assert isinstance(stack, Stack)
    for name, value in stack.outputs.items():
        output = pulumi.Output.from_input(value)
        engine.outputs[name] = await output.future()
        if await output.is_secret():
            engine.secret_outputs.add(name)


def _logger(engine: Engine) -> logging.Logger:
    class Keep(logging.Handler):
        def emit(self, record: logging.LogRecord) -> None:
            engine.said.append((record.levelname, record.getMessage()))

    logger = logging.Logger("engine", logging.INFO)  # noqa: LOG001 - nobody else is to have it
    logger.addHandler(Keep())
    return logger


class _Providers(mocks.Mocks):
    """Answers as each provider does, where the program goes on from the answer."""

    def new_resource(self, args: mocks.MockResourceArgs) -> tuple[str, Values]:
        outputs = dict(args.inputs)
        match args.typ:
            case "random:index/randomPassword:RandomPassword":
                outputs |= {"result": PASSWORD, "bcryptHash": "$2a$10$hash"}
            case "random:index/randomUuid:RandomUuid":
                outputs["result"] = OWNER
            case "mysql-extra:index:Addresses":
                configuration = cast("Configuration", None)  # it needs no database
                _, outputs = Addresses(configuration, ProviderEngine()).create("", outputs)
            case "mysql-extra:index:Cluster":
                outputs["identity"] = CLUSTER
            case "mysql-extra:index:Object" | "mysql-extra:index:Entry" if "name" in args.inputs:
                outputs |= {"named": args.inputs["name"], "annotations": ANNOTATIONS}
            case "mysql-extra:index:Server":
                outputs["uuid"] = SERVER
            case "mysql-extra:index:AccountName":
                # The second, so that who takes the first name for it is seen.
                outputs["name"] = f"{args.inputs['user']}_2"
            case "mysql-extra:index:Rights":
                outputs["login"] = {"plugin": "caching_sha2_password", "digest": "d", "turn": "1"}
            case "mysql-extra:index:Proof":
                outputs |= PROOF
        return f"{args.name}-id", outputs

    def call(self, args: mocks.MockCallArgs) -> tuple[Values, None]:
        raise AssertionError(f"the program calls {args.token}, which no provider here knows")


class _Recorder(mocks.MockMonitor):
    """The mock engine, which also writes down what `Mocks` is not told: order and secretness."""

    def __init__(self, engine: Engine) -> None:
        super().__init__(_Providers())
        self._engine = engine

    def RegisterResource(  # noqa: N802 - gRPC's name
        self, request: resource_pb2.RegisterResourceRequest
    ) -> resource_pb2.RegisterResourceResponse:
        response: resource_pb2.RegisterResourceResponse = super().RegisterResource(request)  # type: ignore[no-untyped-call]
        self._engine.resources.append(_created(request, response.urn))
        outputs = json_format.MessageToDict(response.object)
        for name in outputs.keys() & request.additionalSecretOutputs:
            response.object.update({name: rpc.wrap_rpc_secret(outputs[name])})
        return response


def _created(request: resource_pb2.RegisterResourceRequest, urn: str) -> Created:
    secrets: set[str] = set()
    inputs = _in_clear(json_format.MessageToDict(request.object), "", secrets)
    return Created(
        kind=request.type.rpartition(":")[2],
        name=request.name,
        urn=urn,
        parent=request.parent,
        depends_on=frozenset(request.dependencies),
        provider=request.provider or next(iter(request.providers.values()), ""),
        protected=request.protect,
        retained=request.retainOnDelete,
        hooks=tuple(request.hooks.before_create),
        inputs=inputs,
        secrets=frozenset(secrets),
    )


def _in_clear(value: Any, path: str, secrets: set[str]) -> Any:
    if isinstance(value, list):
        return [_in_clear(item, f"{path}[{i}]", secrets) for i, item in enumerate(value)]
    if not isinstance(value, dict):
        return value
    if rpc.is_rpc_secret(value):
        secrets.add(path)
        return _in_clear(rpc.unwrap_rpc_secret(value), path, secrets)
    return {
        key: _in_clear(inner, f"{path}.{key}" if path else key, secrets)
        for key, inner in value.items()
    }
