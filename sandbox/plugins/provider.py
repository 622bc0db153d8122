"""A provider plugin: what the engine asks about resources, handed to one object a type."""

# ruff: noqa: D102, N802 - names and documentation of the calls are those of Pulumi's protocol

from __future__ import annotations

from contextlib import contextmanager
from dataclasses import dataclass
from typing import TYPE_CHECKING, Protocol

import grpc
from google.protobuf import empty_pb2
from pulumi.runtime.proto import plugin_pb2, provider_pb2, provider_pb2_grpc

from sandbox.plugins.serving import serve
from sandbox.plugins.values import Properties, from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Collection, Iterator, Mapping, Sequence


class RefusedError(Exception):
    """What was asked for cannot be done; the message, one line, is what the person sees."""


@dataclass(frozen=True)
class Checked:
    """Inputs as they will be used, and what is wrong with them, a line each."""

    inputs: Properties
    refusals: Sequence[str] = ()


@dataclass(frozen=True)
class Change:
    """One property that differs, and whether that makes a new resource."""

    property: str
    replaces: bool


@dataclass(frozen=True)
class Found:
    """A resource as it was read: its state, and the inputs that would lead there."""

    state: Properties
    inputs: Properties


class Resource(Protocol):
    """One resource type. All but the first three may raise :class:`RefusedError`."""

    @property
    def secrets(self) -> Collection[str]:
        """The properties that the engine has to hide."""

    def check(self, name: str, news: Properties) -> Checked:
        """Fill in the defaults and refuse what is wrong.

        Args:
            name: The resource's logical name.
            news: Its inputs as the program gives them.
        """

    def diff(self, state: Properties, inputs: Properties) -> Sequence[Change]:
        """What changes if a resource in that state is given those inputs."""

    def plan(self, inputs: Properties) -> Properties:
        """The state that :meth:`create` and :meth:`update` would leave, for a preview."""

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Make it; returns its id and its state."""

    def read(self, state: Properties, inputs: Properties) -> Found | None:
        """Look at it; None where it is gone."""

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """Change it in place; returns its new state."""

    def delete(self, state: Properties) -> None:
        """Remove it."""


class Settings:
    """What a provider as a whole is configured with; by default nothing."""

    def check(self, news: Properties) -> Sequence[str]:  # noqa: ARG002 - for those that have some
        """What is wrong with the settings, a line each."""
        return []

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
        self, request: provider_pb2.CheckRequest, _: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        refusals = self._settings.check(from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(refusals))

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, _: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = from_wire(request.olds), from_wire(request.news)
        changed = [name for name in {**olds, **news} if olds.get(name) != news.get(name)]
        return _diff_response([Change(name, replaces=False) for name in changed])

    def Configure(
        self, request: provider_pb2.ConfigureRequest, _: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        self._settings.take(from_wire(request.args))
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        resource = self._resource(request.urn, context)
        checked = resource.check(request.urn.rpartition("::")[2], from_wire(request.news))
        return provider_pb2.CheckResponse(
            inputs=to_wire(checked.inputs, resource.secrets), failures=_failures(checked.refusals)
        )

    def Diff(
        self, request: provider_pb2.DiffRequest, context: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        resource = self._resource(request.urn, context)
        return _diff_response(resource.diff(from_wire(request.olds), from_wire(request.news)))

    def Create(
        self, request: provider_pb2.CreateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CreateResponse:
        resource = self._resource(request.urn, context)
        identity, inputs = "", from_wire(request.properties)
        with _refusing(context):
            if request.preview:
                state = resource.plan(inputs)
            else:
                identity, state = resource.create(inputs)
        return provider_pb2.CreateResponse(id=identity, properties=to_wire(state, resource.secrets))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        resource = self._resource(request.urn, context)
        with _refusing(context):
            if not request.properties.fields:
                raise RefusedError("this plugin cannot import what exists")
            found = resource.read(from_wire(request.properties), from_wire(request.inputs))
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
        resource = self._resource(request.urn, context)
        state, inputs = from_wire(request.olds), from_wire(request.news)
        with _refusing(context):
            state = resource.plan(inputs) if request.preview else resource.update(state, inputs)
        return provider_pb2.UpdateResponse(properties=to_wire(state, resource.secrets))

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        resource = self._resource(request.urn, context)
        with _refusing(context):
            resource.delete(from_wire(request.properties))
        return empty_pb2.Empty()

    def Cancel(self, _request: empty_pb2.Empty, _: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _resource(self, urn: str, context: grpc.ServicerContext) -> Resource:
        kind = urn.split("::")[2].rpartition("$")[2]
        with _refusing(context):
            if kind not in self._resources:
                known = ", ".join(self._resources)
                raise RefusedError(f"this plugin has {known}, but no {kind}")
        return self._resources[kind]


@contextmanager
def _refusing(context: grpc.ServicerContext) -> Iterator[None]:
    """Tell the engine in one line why something cannot be done."""
    try:
        yield
    except RefusedError as refusal:
        context.abort(grpc.StatusCode.UNKNOWN, str(refusal))


def _failures(refusals: Sequence[str]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(reason=refusal) for refusal in refusals]


def _diff_response(changes: Sequence[Change]) -> provider_pb2.DiffResponse:
    changed = provider_pb2.DiffResponse.DIFF_SOME
    unchanged = provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=changed if changes else unchanged,
        diffs=[change.property for change in changes],
        replaces=[change.property for change in changes if change.replaces],
    )
