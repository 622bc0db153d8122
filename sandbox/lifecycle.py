"""The whole sandbox: up, down, clean."""

from __future__ import annotations

import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from sandbox import cache, checks, mysql_tree, network, pki, plugins, toolchain
from sandbox.bringup import bring_up
from sandbox.cluster import APISERVER, ETCD, Cluster
from sandbox.cluster import TOOLS as CLUSTER_TOOLS
from sandbox.database import Server
from sandbox.dns import TOOLS as DNS_TOOLS
from sandbox.dns import Nameserver
from sandbox.layout import CHECKOUT, DATABASE, SERVERS, TESTS_DATABASE, Paths
from sandbox.processes import Supervisor
from sandbox.progress import Progress

IMAGES: Final = ("ratings-mysql", "ratings-mysql2")
TOOLS: Final = (*CLUSTER_TOOLS, *DNS_TOOLS, *IMAGES, "pulumi", "pulumi-resource-kubernetes")


def up(paths: Paths, console: Console) -> bool:
    """Brings all of the sandbox up, or what is missing of it.

    Args:
        paths: Where the sandbox keeps its files.
        console: Shows the progress.

    Returns:
        Whether anything had to be done.

    Raises:
        SandboxError: If something is in the way, or a part does not get ready.
    """
    checks.check_rights()
    with cache.locked(_lock(paths)), Progress(console).shown() as progress:
        with progress.step("machine") as step:
            step.changed = checks.install_missing(progress.say)
            checks.check_disk()
            _check_network(paths, progress)
        tools = _tools(paths, progress)
        with progress.step("mysql tree") as step:
            step.changed = not mysql_tree.is_there()
            tree = mysql_tree.ensure()
        with progress.step("network, certificates") as step:
            step.changed = _lay_ground(paths)
        cluster = Cluster(paths, tools)
        cluster.write_kubeconfigs()
        database = Server(DATABASE, paths, tree)
        parts = [*cluster.parts(), *database.parts(), *Nameserver(paths, tools).parts()]
        programs = [part.program for part in parts if part.program]
        Supervisor(paths).ensure([*programs, Server(TESTS_DATABASE, paths, tree).program])
        bring_up(parts, paths, progress)
    return progress.changes > 0


def down(paths: Paths, console: Console) -> bool:
    """Stops all of the sandbox; its data stays, nothing else does.

    Args:
        paths: Where the sandbox keeps its files.
        console: Is told of what is left alone.

    Returns:
        Whether there was anything to stop.
    """
    checks.check_rights()
    supervisor = Supervisor(paths)
    with cache.locked(_lock(paths)):
        was_up = supervisor.pid() is not None
        # Clients end before what they talk to, so that each can say good-bye.
        supervisor.stop(*(SERVERS.keys() - {APISERVER, ETCD}))
        supervisor.stop(APISERVER)
        supervisor.shutdown()
        if network.owner() not in {CHECKOUT, None}:
            console.print(f"the network of {network.owner()} is left alone")
            return was_up
        had_network = bool(network.namespaces())
        for namespace in network.namespaces():
            for pid in network.processes(namespace):
                os.kill(pid, signal.SIGKILL)
        network.destroy()
    return was_up or had_network


def clean(paths: Paths, console: Console) -> None:
    """Stops the sandbox and removes its data; what is in the cache stays."""
    down(paths, console)
    shutil.rmtree(paths.root, ignore_errors=True)


def _check_network(paths: Paths, progress: Progress) -> None:
    running = [name for name, state in Supervisor(paths).states().items() if state.is_up]
    checks.check_owner(progress.say)
    if network.owner() is None:
        checks.check_routes(progress.say)
    checks.check_ports(running)


def _tools(paths: Paths, progress: Progress) -> Mapping[str, Path]:
    with progress.step("tools") as step:
        tools = toolchain.ensure(TOOLS)
        step.changed = False
    for folder in (paths.bin, paths.state, paths.logs, paths.run):
        folder.mkdir(parents=True, exist_ok=True)
    plugins.install(paths.pulumi_home, paths.bin, tools["pulumi"])
    _link(paths.bin / "kubectl", tools["kubectl"])
    return tools


def _lay_ground(paths: Paths) -> bool:
    """Makes certificates and network; whatever runs on older ones is stopped first."""
    stands = network.owner() == CHECKOUT and network.SWITCH in network.namespaces()
    made = pki.ensure(paths)
    if made or not stands:
        Supervisor(paths).shutdown()
    return network.create() or bool(made)


def _link(link: Path, target: Path) -> None:
    if not link.is_symlink() or link.readlink() != target:
        link.unlink(missing_ok=True)
        link.symlink_to(target)


def _lock(paths: Paths) -> Path:
    return paths.run / "lock"
