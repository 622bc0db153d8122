"""A provider plugin: what the engine asks about resources, handed to one object a type."""

# ruff: noqa: D102, N802 - names and documentation of the calls are those of Pulumi's protocol

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from enum import Enum
from typing import TYPE_CHECKING, NoReturn, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from provider.protocol.serving import serve
from provider.protocol.values import Properties, from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


class RefusedError(Exception):
    """What was asked for cannot be done; the message, one line, is what the person sees."""


@dataclass(frozen=True)
class Failure:
    """What is wrong with one input: the engine puts its name in front of the reason."""

    reason: str
    property: str = ""


@dataclass(frozen=True)
class Checked:
    """Inputs as they will be used, and what is wrong with them."""

    inputs: Properties
    failures: Sequence[Failure] = ()


class Kind(Enum):
    """What becomes of a property that differs."""

    ADD = "ADD"
    DELETE = "DELETE"
    UPDATE = "UPDATE"


@dataclass(frozen=True)
class Change:
    """One property that differs.

    Attributes:
        property: Its path, e.g. `rows["7"]`.
        replaces: Whether that makes a new resource.
        kind: What becomes of it.
        shown: Whether the engine is to show it. It compares the state with inputs, so what is in
            the state alone would look as if it were to go.
        goes_first: Whether what is replaced goes before there is a new one, and not at the end.
    """

    property: str
    replaces: bool = False
    kind: Kind = Kind.UPDATE
    shown: bool = True
    goes_first: bool = False


@dataclass(frozen=True)
class Found:
    """A resource as it was read: its state, and the inputs that would lead there."""

    state: Properties
    inputs: Properties


class Resource(Protocol):
    """One resource type. All that look at or touch the world may raise :class:`RefusedError`."""

    @property
    def secrets(self) -> Collection[str]:
        """The properties that the engine has to hide."""

    def check(self, urn: str, news: Properties, olds: Properties | None = None) -> Checked:
        """Fill in the defaults and say what is wrong.

        Args:
            urn: The resource's URN, which ends in its logical name.
            news: Its inputs as the program gives them.
            olds: The inputs with which it stands, though it be replaced; None where it is new.
        """

    def diff(self, urn: str, state: Properties, inputs: Properties) -> Sequence[Change]:
        """What changes if a resource in that state is given those inputs."""

    def plan(self, urn: str, state: Properties | None, inputs: Properties) -> Properties:
        """The state that :meth:`create` (of no state) or :meth:`update` would leave."""

    def create(self, urn: str, inputs: Properties) -> tuple[str, Properties]:
        """Make it; returns its id and its state."""

    def read(self, urn: str, state: Properties, inputs: Properties) -> Found | None:
        """Look at it; None where it is gone."""

    def update(self, urn: str, state: Properties, inputs: Properties) -> Properties:
        """Change it in place; returns its new state."""

    def delete(self, urn: str, state: Properties) -> None:
        """Remove it."""


class Settings:
    """What a provider as a whole is configured with; by default nothing."""

    @property
    def secrets(self) -> Collection[str]:
        """The settings that the engine has to hide."""
        return ()

    def check(self, news: Properties) -> Checked:
        """Fill in the defaults and say what is wrong."""
        return Checked(news)

    def prepare(self, settings: Properties) -> None:
        """Get ready: the stack had no such provider before, and all is about to be made."""

    def take(self, settings: Properties) -> None:
        """Use these settings from now on."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The service; the docstring of each call is in Pulumi's ``provider.proto``.

    Args:
        version: Its version, as the SDKs that speak to it ask for it.
        settings: Takes the provider's settings.
        resources: What answers for each type, by type token.
    """

    def __init__(self, version: str, settings: Settings, resources: Mapping[str, Resource]) -> None:
        self._version = version
        self._settings = settings
        self._resources = resources

    def run(self) -> None:
        """Serve until the engine is done."""
        serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(self, server))

    def GetPluginInfo(
        self, _request: empty_pb2.Empty, _: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        with _refusing(context):
            checked = self._settings.check(from_wire(request.news))
            if not request.olds.fields and not checked.failures:
                self._settings.prepare(checked.inputs)
            return _check_response(checked, self._settings.secrets)

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, _: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = from_wire(request.olds), from_wire(request.news)
        changed = [name for name in {**olds, **news} if olds.get(name) != news.get(name)]
        return _diff_response([Change(name) for name in changed])

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        with _refusing(context):
            self._settings.take(from_wire(request.args))
            return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        with _refusing(context):
            resource = self._resource(request.urn)
            olds = from_wire(request.olds) if request.olds.fields else None
            checked = resource.check(request.urn, from_wire(request.news), olds)
            return _check_response(checked, resource.secrets)

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        with _refusing(context):
            resource = self._resource(request.urn)
            olds, news = from_wire(request.olds), from_wire(request.news)
            return _diff_response(resource.diff(request.urn, olds, news))

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        with _refusing(context):
            resource = self._resource(request.urn)
            identity, inputs = "", from_wire(request.properties)
            if request.preview:
                state = resource.plan(request.urn, None, inputs)
            else:
                identity, state = resource.create(request.urn, inputs)
            return provider_pb2.CreateResponse(
                id=identity, properties=to_wire(state, resource.secrets)
            )

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        with _refusing(context):
            resource = self._resource(request.urn)
            if not request.properties.fields:
                raise RefusedError("this plugin cannot import what exists")
            state, inputs = from_wire(request.properties), from_wire(request.inputs)
            found = resource.read(request.urn, state, inputs)
            if found is None:
                return provider_pb2.ReadResponse()
            return provider_pb2.ReadResponse(
                id=request.id,
                properties=to_wire(found.state, resource.secrets),
                inputs=to_wire(found.inputs, resource.secrets),
            )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        with _refusing(context):
            resource = self._resource(request.urn)
            olds, news = from_wire(request.olds), from_wire(request.news)
            change = resource.plan if request.preview else resource.update
            state = change(request.urn, olds, news)
            return provider_pb2.UpdateResponse(properties=to_wire(state, resource.secrets))

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        name = request.urn.rpartition("::")[2]
        left = f"; until then {name} stays, and all behind it: the same command goes on from there"
        with _refusing(context, left):
            resource = self._resource(request.urn)
            resource.delete(request.urn, from_wire(request.properties))
            return empty_pb2.Empty()

    def Cancel(self, _request: empty_pb2.Empty, _: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _resource(self, urn: str) -> Resource:
        kind = urn.split("::")[2].rpartition("$")[2]
        if kind not in self._resources:
            known = ", ".join(self._resources)
            raise RefusedError(f"this plugin has {known}, but no {kind}")
        return self._resources[kind]


@contextmanager
def _refusing(context: grpc.ServicerContext, and_then: str = "") -> Iterator[None]:
    """Tell the engine in one line why something cannot be done, and what that means."""
    try:
        yield
    except RefusedError as refusal:
        _abort(context, f"{refusal}{and_then}")
    except Exception as bug:  # noqa: BLE001 - the engine shows a traceback to people
        at = bug.__traceback__
        while at and at.tb_next:
            at = at.tb_next
        place = f"{at.tb_frame.f_code.co_filename}:{at.tb_lineno}" if at else "an unknown place"
        # Not its message, which may hold values that are nobody's business.
        _abort(context, f"{type(bug).__name__} at {place}: a bug of this plugin; please report it")


def _abort(context: grpc.ServicerContext, line: str) -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, line)
    raise AssertionError("abort() raises")


def _check_response(checked: Checked, secrets: Collection[str]) -> provider_pb2.CheckResponse:
    return provider_pb2.CheckResponse(
        inputs=to_wire(checked.inputs, secrets),
        failures=[
            provider_pb2.CheckFailure(property=failure.property, reason=failure.reason)
            for failure in checked.failures
        ],
    )


def _diff_response(changes: Sequence[Change]) -> provider_pb2.DiffResponse:
    changed = provider_pb2.DiffResponse.DIFF_SOME
    unchanged = provider_pb2.DiffResponse.DIFF_NONE
    shown = [change for change in changes if change.shown]
    # A path says which entry of a map differs; the other two lists know top-level names only.
    return provider_pb2.DiffResponse(
        changes=changed if changes else unchanged,
        diffs=sorted({_top(change.property) for change in changes}),
        replaces=sorted({_top(change.property) for change in changes if change.replaces}),
        detailedDiff={change.property: _property_diff(change) for change in shown},
        hasDetailedDiff=bool(shown),
        deleteBeforeReplace=any(change.goes_first for change in changes),
    )


def _top(path: str) -> str:
    return path.partition("[")[0].partition(".")[0]


def _property_diff(change: Change) -> provider_pb2.PropertyDiff:
    kind = f"{change.kind.value}_REPLACE" if change.replaces else change.kind.value
    return provider_pb2.PropertyDiff(kind=provider_pb2.PropertyDiff.Kind.Value(kind))
