"""Answers the engine about Python projects, and runs them."""

# ruff: noqa: D102, N802 - names and documentation of the calls are those of Pulumi's protocol

from __future__ import annotations

import json
import signal
import subprocess
import sys
import threading
from pathlib import Path
from typing import TYPE_CHECKING, Any

import grpc
from google.protobuf import empty_pb2, json_format
from pulumi.runtime.proto import language_pb2, language_pb2_grpc, plugin_pb2

from sandbox.plugins.language_host.environment import Environment, UnusableEnvironmentError
from sandbox.plugins.serving import serve

if TYPE_CHECKING:
    from collections.abc import Iterator

PROGRAM = Path(__file__).with_name("program.py")
TOLD = 32
"""The exit code of a program that has told the person why it failed."""
GRACE = 5.0
"""Seconds that a program has between SIGINT and SIGKILL."""


def plugin_needed(package: dict[str, Any]) -> plugin_pb2.PackageDependency | None:
    """The resource plugin that an installed package speaks to, if any.

    Args:
        package: One entry of :mod:`.packages`.
    """
    plugin = package["plugin"]
    if not plugin or not plugin.get("resource"):
        return None
    version = plugin.get("version") or package["version"]
    return plugin_pb2.PackageDependency(
        name=plugin.get("name") or package["name"].removeprefix("pulumi-"),
        kind="resource",
        version=f"v{version.removeprefix('v')}",
        server=plugin.get("server", ""),
    )


def program_arguments(engine: str, request: language_pb2.RunRequest) -> list[str]:
    """The arguments of :mod:`.program` for one run.

    Args:
        engine: The engine's address.
        request: What the engine asked for.
    """
    named = {
        "monitor": request.monitor_address,
        "engine": engine,
        "project": request.project,
        "root_directory": request.info.root_directory,
        "stack": request.stack,
        "organization": request.organization,
        "pwd": request.pwd,
        "dry_run": "true" if request.dryRun else "false",
        "parallel": str(request.parallel),
    }
    arguments = [part for name, value in named.items() if value for part in (f"--{name}", value)]
    return [*arguments, request.info.entry_point, *request.args]


def verdict(code: int) -> language_pb2.RunResponse:
    """What the engine is told about a program that ended with an exit code."""
    if code == 0:
        return language_pb2.RunResponse()
    if code == TOLD:
        return language_pb2.RunResponse(bail=True)
    return language_pb2.RunResponse(error=f"program exited with non-zero exit code: {code}")


class LanguageHost(language_pb2_grpc.LanguageRuntimeServicer):
    """The service; the docstring of each call is in Pulumi's ``language.proto``."""

    def __init__(self, engine: str) -> None:
        self._engine = engine
        self._running: set[subprocess.Popen[bytes]] = set()

    def Handshake(
        self, request: language_pb2.LanguageHandshakeRequest, _: grpc.ServicerContext
    ) -> language_pb2.LanguageHandshakeResponse:
        self._engine = request.engine_address
        return language_pb2.LanguageHandshakeResponse()

    def GetPluginInfo(
        self, _request: empty_pb2.Empty, _: grpc.ServicerContext
    ) -> plugin_pb2.PluginInfo:
        return plugin_pb2.PluginInfo()

    def About(
        self, request: language_pb2.AboutRequest, context: grpc.ServicerContext
    ) -> language_pb2.AboutResponse:
        environment = self._environment(request.info, context)
        return language_pb2.AboutResponse(
            executable=environment.python, version=environment.version()
        )

    def RuntimeOptionsPrompts(
        self, _request: language_pb2.RuntimeOptionsRequest, _: grpc.ServicerContext
    ) -> language_pb2.RuntimeOptionsResponse:
        return language_pb2.RuntimeOptionsResponse()

    def GetRequiredPackages(
        self, request: language_pb2.GetRequiredPackagesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetRequiredPackagesResponse:
        environment = self._environment(request.info, context)
        needed = map(plugin_needed, environment.packages())
        return language_pb2.GetRequiredPackagesResponse(packages=filter(None, needed))

    def GetProgramDependencies(
        self, request: language_pb2.GetProgramDependenciesRequest, context: grpc.ServicerContext
    ) -> language_pb2.GetProgramDependenciesResponse:
        environment = self._environment(request.info, context)
        return language_pb2.GetProgramDependenciesResponse(
            dependencies=[
                language_pb2.DependencyInfo(name=package["name"], version=package["version"])
                for package in environment.packages()
                if request.transitiveDependencies or not package["required"]
            ]
        )

    def InstallDependencies(
        self, request: language_pb2.InstallDependenciesRequest, context: grpc.ServicerContext
    ) -> Iterator[language_pb2.InstallDependenciesResponse]:
        try:
            environment = environment_of(request.info)
            for line in environment.install(request.info.program_directory):
                yield language_pb2.InstallDependenciesResponse(stdout=line.encode())
        except UnusableEnvironmentError as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))

    def Run(
        self, request: language_pb2.RunRequest, context: grpc.ServicerContext
    ) -> language_pb2.RunResponse:
        environment = self._environment(request.info, context)
        process = subprocess.Popen(
            [environment.python, "-u", PROGRAM, *program_arguments(self._engine, request)],
            env={
                **environment.variables,
                "PULUMI_CONFIG": json.dumps(dict(request.config)),
                "PULUMI_CONFIG_SECRET_KEYS": json.dumps(list(request.configSecretKeys)),
            },
            stdin=subprocess.DEVNULL,
        )
        self._running.add(process)
        context.add_callback(lambda: interrupt(process))
        try:
            return verdict(process.wait())
        finally:
            self._running.discard(process)

    def Cancel(self, _request: empty_pb2.Empty, _: grpc.ServicerContext) -> empty_pb2.Empty:
        self.interrupt_all()
        return empty_pb2.Empty()

    def interrupt_all(self) -> None:
        """Ask every program that still runs to end."""
        for process in list(self._running):
            interrupt(process)

    @staticmethod
    def _environment(info: language_pb2.ProgramInfo, context: grpc.ServicerContext) -> Environment:
        try:
            environment = environment_of(info)
            environment.python  # noqa: B018 - asked for here so that it is refused here
        except UnusableEnvironmentError as refusal:
            context.abort(grpc.StatusCode.UNKNOWN, str(refusal))
        return environment


def environment_of(info: language_pb2.ProgramInfo) -> Environment:
    """The environment that a project's ``Pulumi.yaml`` names."""
    return Environment.of(info.root_directory, json_format.MessageToDict(info.options))


def interrupt(process: subprocess.Popen[bytes]) -> None:
    """Ask a program to end, and end it where it does not; does nothing once it has ended."""
    if process.poll() is not None:
        return
    process.send_signal(signal.SIGINT)
    last_word = threading.Timer(GRACE, process.kill)
    last_word.daemon = True
    last_word.start()


def main() -> None:
    """Serve; the engine's address is the last argument."""
    host = LanguageHost(sys.argv[-1])
    serve(
        lambda server: language_pb2_grpc.add_LanguageRuntimeServicer_to_server(host, server),
        at_the_end=host.interrupt_all,
    )
