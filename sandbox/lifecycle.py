"""The whole sandbox: up, down, clean."""

from __future__ import annotations

import contextlib
import os
import shutil
import signal
from collections.abc import Mapping
from pathlib import Path
from typing import Final

from rich.console import Console

from sandbox import cache, checks, debian, images, mysql_tree, network, node, pki, toolchain
from sandbox.bringup import bring_up
from sandbox.cluster import Cluster
from sandbox.database import Server
from sandbox.dns import COREDNS, Nameserver
from sandbox.images import catalog
from sandbox.layout import CHECKOUT, DATABASE, SERVERS, SPARE_DATABASES, Paths
from sandbox.mesh import Mesh
from sandbox.node import Node
from sandbox.parts import Part
from sandbox.plugins import installation
from sandbox.processes import Supervisor
from sandbox.progress import Progress
from sandbox.toolchain.catalog import MESH as MESH_TOOLS

PULUMI: Final = "pulumi"
KUBERNETES_PLUGIN: Final = "pulumi-resource-kubernetes"
TOOLS: Final = (
    *(debian.NODE.name, *node.TOOLS, COREDNS),
    *("kubectl", "istio", PULUMI, KUBERNETES_PLUGIN),
)
IMAGES: Final = (*catalog.CLUSTER, *catalog.STACK)


def up(paths: Paths, console: Console, *, mesh: bool = False) -> bool:
    """Brings all of the sandbox up, or what is missing of it.

    Args:
        paths: Where the sandbox keeps its files.
        console: Shows the progress.
        mesh: Whether Istio is to be installed in the cluster; once it is, it stays.

    Returns:
        Whether anything had to be done.

    Raises:
        SandboxError: If something is in the way, or a part does not get ready.
    """
    checks.check_rights()
    progress = Progress(console)
    wanted = [image.reference for image in (*IMAGES, *(catalog.MESH if mesh else ()))]
    needed = {*TOOLS, *(MESH_TOOLS if mesh else ()), *images.tools(wanted)}
    packages = checks.PACKAGES | (checks.MESH_PACKAGES if mesh else {})
    with cache.locked(_lock(paths)):
        with progress.shown(), progress.step("machine") as step:
            step.changed = checks.install_missing(packages, progress.say)
            checks.check_disk(to_build=len(toolchain.at_hand(needed)) < len(needed))
            _check_network(paths, progress)
        # These are long, and show their own progress.
        beside = [] if mysql_tree.ENTRY.is_there else [mysql_tree.ensure]
        tools = toolchain.ensure(sorted(needed), beside)
        built = images.ensure(wanted, tools)
        with progress.shown():
            _install(paths, tools, progress)
            parts = _parts(paths, tools, built, progress, mesh=mesh)
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
    with cache.locked(_lock(paths)):
        return _down(paths, console)


def clean(paths: Paths, console: Console) -> None:
    """Stops the sandbox and removes its data; what is in the cache stays."""
    checks.check_rights()
    with cache.locked(_lock(paths)):
        _down(paths, console)
        shutil.rmtree(paths.root)


def _down(paths: Paths, console: Console) -> bool:
    was_up = Supervisor(paths).pid() is not None
    if network.owner() not in {CHECKOUT, None}:
        _end_servers(paths)
        console.print(f"the network of {network.owner()} is left alone")
        return was_up
    had_network = bool(network.namespaces())
    _end_everything(paths)
    network.destroy()
    return was_up or had_network


def _check_network(paths: Paths, progress: Progress) -> None:
    running = [name for name, state in Supervisor(paths).states().items() if state.is_up]
    if not running:
        checks.check_owner(progress.say)
    if network.owner() is None:
        checks.check_routes(progress.say)
    checks.check_ports(running)


def _install(paths: Paths, tools: Mapping[str, Path], progress: Progress) -> None:
    for folder in (paths.bin, paths.state, paths.logs):
        folder.mkdir(parents=True, exist_ok=True)
    with progress.step("programs") as step:
        step.changed = not (paths.bin / "pulumi").exists()
        installation.install(paths.pulumi_home, paths.bin, tools[PULUMI], tools[KUBERNETES_PLUGIN])
        installation.link(tools["kubectl"], paths.bin / "kubectl")


def _parts(
    paths: Paths,
    tools: Mapping[str, Path],
    built: Mapping[str, str],
    progress: Progress,
    *,
    mesh: bool,
) -> list[Part]:
    """All parts, known to supervisord, with the ground laid that they stand on."""
    tree = mysql_tree.ensure()
    with progress.step("network, certificates") as step:
        step.changed = _lay_ground(paths)
    cluster = Cluster(paths, tools, Node(paths, tools))
    servers = [
        *cluster.node.parts(built),
        *cluster.parts(),
        *Server(DATABASE, paths, tree).parts(),
        *Nameserver(paths, tools).parts(),
        *Mesh(cluster, tools, wanted=mesh).parts(),
    ]
    programs = [part.program for part in servers if part.program]
    spare = [Server(database, paths, tree).program for database in SPARE_DATABASES]
    Supervisor(paths).ensure([*programs, *spare])
    return servers


def _lay_ground(paths: Paths) -> bool:
    """Makes certificates and network; whatever runs on older ones is stopped first."""
    stands = network.owner() == CHECKOUT and network.NODE in network.namespaces()
    made = pki.ensure(paths)
    if made or not stands:
        _end_everything(paths)
    return network.create() or made


def _end_everything(paths: Paths) -> None:
    _end_servers(paths)
    node.clear()
    # What a database that lost its supervisord has left.
    for namespace in network.namespaces():
        for pid in network.processes(namespace):
            with contextlib.suppress(ProcessLookupError):
                os.kill(pid, signal.SIGKILL)


def _end_servers(paths: Paths) -> None:
    supervisor = Supervisor(paths)
    supervisor.stop(*SERVERS)
    supervisor.shutdown()


def _lock(paths: Paths) -> Path:
    return paths.run / "lock"
