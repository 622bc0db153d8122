"""A provider plugin: what the engine asks about resources, handed to one object a type."""

# ruff: noqa: D102, N802 - names and documentation of the calls are those of Pulumi's protocol

from __future__ import annotations

from dataclasses import dataclass, field
from typing import TYPE_CHECKING, NoReturn, Protocol

import grpc
from google.protobuf import any_pb2, empty_pb2
from pulumi.runtime.proto import (
    plugin_pb2,
    provider_pb2,
    provider_pb2_grpc,
    status_pb2,
)

from sandbox.plugins.schema import DEFAULTED, Change
from sandbox.plugins.serving import serve
from sandbox.plugins.values import Properties, from_wire, to_wire

if TYPE_CHECKING:
    from collections.abc import Mapping, Sequence

_KINDS = {
    ("add", False): provider_pb2.PropertyDiff.ADD,
    ("add", True): provider_pb2.PropertyDiff.ADD_REPLACE,
    ("delete", False): provider_pb2.PropertyDiff.DELETE,
    ("delete", True): provider_pb2.PropertyDiff.DELETE_REPLACE,
    ("update", False): provider_pb2.PropertyDiff.UPDATE,
    ("update", True): provider_pb2.PropertyDiff.UPDATE_REPLACE,
}


class RefusedError(Exception):
    """What was asked for cannot be done; the message is what the person sees."""


class HalfDoneError(RefusedError):
    """An update failed on the way; the engine records the state, and tries again next time."""

    def __init__(self, message: str, state: Properties) -> None:
        super().__init__(message)
        self.state = state


@dataclass(frozen=True)
class Checked:
    """Inputs as they will be used, and what is wrong with them, a line each."""

    inputs: Properties
    refusals: Sequence[str] = ()


@dataclass(frozen=True)
class Found:
    """A resource as it was read: its state, and the inputs that would lead there."""

    state: Properties
    inputs: Properties = field(default_factory=dict)


class Resource(Protocol):
    """One resource type."""

    def check(self, name: str, olds: Properties, news: Properties, seed: bytes) -> Checked:
        """Fill in the defaults and refuse what is wrong.

        Args:
            name: The resource's logical name.
            olds: Its inputs before, empty for a new one.
            news: Its inputs as the program gives them.
            seed: The same in preview and update, so that made-up names are the same.
        """

    def diff(self, state: Properties, inputs: Properties) -> Sequence[Change]:
        """What changes if a resource in that state is given those inputs."""

    def plan(self, inputs: Properties) -> Properties:
        """The state that :meth:`create` and :meth:`update` would leave, for a preview."""

    def create(self, inputs: Properties) -> tuple[str, Properties]:
        """Make it; returns its id and its state."""

    def read(self, identity: str, state: Properties, inputs: Properties) -> Found | None:
        """Look at it; None where it is gone. State and inputs are empty for an import."""

    def update(self, state: Properties, inputs: Properties) -> Properties:
        """Change it in place; returns its new state."""

    def delete(self, state: Properties) -> None:
        """Remove it."""


class Settings(Protocol):
    """What a provider as a whole is configured with."""

    def check(self, urn: str, news: Properties) -> Sequence[str]:
        """What is wrong with the settings, a line each."""

    def take(self, settings: Properties) -> None:
        """Use these settings from now on."""


class Provider(provider_pb2_grpc.ResourceProviderServicer):
    """The service; the docstring of each call is in Pulumi's ``provider.proto``.

    Args:
        version: The version of the plugin that is stood in for.
        settings: Takes the provider's settings.
        resources: What answers for each type, by type token.
    """

    def __init__(self, version: str, settings: Settings, resources: Mapping[str, Resource]) -> None:
        self._version = version
        self._settings = settings
        self._resources = resources

    def GetPluginInfo(
        self, _request: empty_pb2.Empty, _: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo(version=self._version)

    def CheckConfig(
        self, request: provider_pb2.CheckRequest, _: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        refusals = self._settings.check(request.urn, from_wire(request.news))
        return provider_pb2.CheckResponse(inputs=request.news, failures=_failures(refusals))

    def DiffConfig(
        self, request: provider_pb2.DiffRequest, _: grpc.ServicerContext
    ) -> provider_pb2.DiffResponse:
        olds, news = from_wire(request.olds), from_wire(request.news)
        changed = [name for name in {**olds, **news} if olds.get(name) != news.get(name)]
        return _diff_response([Change(name, "update", replaces=False) for name in changed])

    def Configure(
        self, request: provider_pb2.ConfigureRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ConfigureResponse:
        try:
            self._settings.take(from_wire(request.args))
        except RefusedError as refusal:
            _refuse(context, refusal)
        return provider_pb2.ConfigureResponse(supportsPreview=True)

    def Check(
        self, request: provider_pb2.CheckRequest, context: grpc.ServicerContext
    ) -> provider_pb2.CheckResponse:
        resource = self._resource(request.urn, context)
        name = request.urn.rpartition("::")[2]
        olds, news = from_wire(request.olds), from_wire(request.news)
        checked = resource.check(name, olds, news, request.randomSeed)
        return provider_pb2.CheckResponse(
            inputs=to_wire(checked.inputs), failures=_failures(checked.refusals)
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
        inputs = from_wire(request.properties)
        if request.preview:
            return provider_pb2.CreateResponse(properties=to_wire(resource.plan(inputs)))
        try:
            identity, state = resource.create(inputs)
        except RefusedError as refusal:
            _refuse(context, refusal)
        return provider_pb2.CreateResponse(id=identity, properties=to_wire(state))

    def Read(
        self, request: provider_pb2.ReadRequest, context: grpc.ServicerContext
    ) -> provider_pb2.ReadResponse:
        resource = self._resource(request.urn, context)
        state, inputs = from_wire(request.properties), from_wire(request.inputs)
        inputs.pop(DEFAULTED, None)
        try:
            found = resource.read(request.id, state, inputs)
        except RefusedError as refusal:
            _refuse(context, refusal, f"refreshing {request.urn}: ")
        if found is None:
            return provider_pb2.ReadResponse()
        return provider_pb2.ReadResponse(
            id=request.id, properties=to_wire(found.state), inputs=to_wire(found.inputs)
        )

    def Update(
        self, request: provider_pb2.UpdateRequest, context: grpc.ServicerContext
    ) -> provider_pb2.UpdateResponse:
        resource = self._resource(request.urn, context)
        state, inputs = from_wire(request.olds), from_wire(request.news)
        if request.preview:
            return provider_pb2.UpdateResponse(properties=to_wire(resource.plan(inputs)))
        try:
            return provider_pb2.UpdateResponse(properties=to_wire(resource.update(state, inputs)))
        except HalfDoneError as failure:
            _half_done(context, request, failure)
        except RefusedError as refusal:
            _refuse(context, refusal)

    def Delete(
        self, request: provider_pb2.DeleteRequest, context: grpc.ServicerContext
    ) -> empty_pb2.Empty:
        resource = self._resource(request.urn, context)
        try:
            resource.delete(from_wire(request.properties))
        except RefusedError as refusal:
            _refuse(context, refusal, f"deleting {request.urn}: ")
        return empty_pb2.Empty()

    def Cancel(self, _request: empty_pb2.Empty, _: grpc.ServicerContext) -> empty_pb2.Empty:
        return empty_pb2.Empty()

    def _resource(self, urn: str, context: grpc.ServicerContext) -> Resource:
        kind = urn.split("::")[2].rpartition("$")[2]
        if kind not in self._resources:
            known = ", ".join(self._resources)
            _refuse(context, RefusedError(f"the sandbox's stand-in has {known}, but no {kind}"))
        return self._resources[kind]


def run(provider: Provider) -> None:
    """Serve a provider until the engine is done."""
    serve(lambda server: provider_pb2_grpc.add_ResourceProviderServicer_to_server(provider, server))


def _failures(refusals: Sequence[str]) -> list[provider_pb2.CheckFailure]:
    return [provider_pb2.CheckFailure(reason=refusal) for refusal in refusals]


def _diff_response(changes: Sequence[Change]) -> provider_pb2.DiffResponse:
    changed = provider_pb2.DiffResponse.DIFF_SOME
    unchanged = provider_pb2.DiffResponse.DIFF_NONE
    return provider_pb2.DiffResponse(
        changes=changed if changes else unchanged,
        diffs=[change.property for change in changes],
        replaces=[change.property for change in changes if change.replaces],
        detailedDiff={
            change.property: provider_pb2.PropertyDiff(kind=_KINDS[change.kind, change.replaces])
            for change in changes
        },
        hasDetailedDiff=True,
    )


def _refuse(context: grpc.ServicerContext, refusal: RefusedError, doing: str = "") -> NoReturn:
    context.abort(grpc.StatusCode.UNKNOWN, f"{doing}{refusal}")
    raise AssertionError("abort raises")


def _half_done(
    context: grpc.ServicerContext, request: provider_pb2.UpdateRequest, failure: HalfDoneError
) -> NoReturn:
    reason = f"updating {request.urn}: {failure}"
    detail = any_pb2.Any()
    detail.Pack(
        provider_pb2.ErrorResourceInitFailed(
            id=request.id,
            properties=to_wire(failure.state),
            reasons=[reason],
            inputs=request.news,
        )
    )
    status = status_pb2.Status(
        code=grpc.StatusCode.UNKNOWN.value[0], message=reason, details=[detail]
    )
    context.set_trailing_metadata((("grpc-status-details-bin", status.SerializeToString()),))
    _refuse(context, failure, f"updating {request.urn}: ")
