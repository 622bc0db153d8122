"""Looks before anything is taken: rights, tools, disk, the network's names and addresses, ports.

Each check is silent where all is well, and otherwise says what is in the way, whose it is and what
to do about it.
"""

from __future__ import annotations

import ipaddress
import os
import re
import shutil
import subprocess
from collections.abc import Callable, Collection, Iterable, Mapping
from dataclasses import dataclass
from pathlib import Path
from typing import Any, Final

from sandbox import layout, network
from sandbox.errors import SandboxError
from sandbox.layout import (
    BRIDGE,
    CHECKOUT,
    DATABASES,
    DATABASES_V4,
    DATABASES_V6,
    PODS_V4,
    SERVERS,
    SERVICES_V4,
    Paths,
)
from sandbox.node import NODE
from sandbox.processes import Supervisor

PACKAGES: Final = {
    "ip": "iproute2",
    "mmdebstrap": "mmdebstrap",
    "mount": "mount",
    "setpriv": "util-linux",
}
"""The programs of the machine itself that the sandbox uses, and the Debian package of each."""
MESH_PACKAGES: Final = {"chromium": "chromium"}
"""Those that look at Bookinfo's page."""

_DATA_GIB: Final = 4
_TOOLS_GIB: Final = 5
_GO_GIB: Final = 15
"""Measured: 6 GiB of sources in the module cache, and Go's build cache."""
_GIB: Final = 1024**3
_LONGEST_CHECKOUT: Final = 70
"""Characters: a unix socket's path may have 107, and supervisord's is below the checkout."""
_BROAD: Final = {4: 16, 6: 48}
"""A route that is broader leaves most of its addresses as they are when ours come on top."""
_WILDCARDS: Final = {"0.0.0.0", "*", "::"}  # noqa: S104 - compared, not bound

Say = Callable[[str], None]
"""Tells the person what is being done for them."""


@dataclass(frozen=True)
class Listener:
    """A socket of this machine that others connect to, and whose it is."""

    address: str
    port: int
    owner: str
    """``program (process 123)``, or a word that it cannot be seen."""


def check_rights() -> None:
    """Root makes namespaces and mounts; nobody else may."""
    if os.geteuid() != 0:
        raise SandboxError(
            f"the sandbox makes network namespaces and needs root; you are uid {os.geteuid()}",
            "run the same as root, for example by `sudo -E make up`",
        )
    if not Path("/proc/net/if_inet6").exists():
        raise SandboxError(
            "IPv6 is off in this kernel, and the sandbox's database has an IPv6 address",
            "start the kernel without ipv6.disable=1",
        )
    if len(str(CHECKOUT)) > _LONGEST_CHECKOUT:
        raise SandboxError(
            f"the path of this checkout is {len(str(CHECKOUT))} characters long,"
            f" and its sockets have room for {_LONGEST_CHECKOUT}: {CHECKOUT}",
            "move the checkout to a shorter path",
        )


def check_disk(*, to_build: bool) -> None:
    """There is room for what the sandbox writes.

    Args:
        to_build: Whether tools have to be built, which takes sources and intermediate files.

    Raises:
        SandboxError: If there is not; where, how much there is and how much is wanted.
    """
    needs = {CHECKOUT: _DATA_GIB}
    if to_build:
        needs |= {layout.cache(): _TOOLS_GIB, Path.home(): _GO_GIB}
    by_disk: dict[int, list[tuple[Path, int]]] = {}
    for folder, gib in needs.items():
        there = _first_existing(folder)
        by_disk.setdefault(there.stat().st_dev, []).append((there, gib))
    for wanted in by_disk.values():
        folder, total = wanted[0][0], sum(gib for _, gib in wanted)
        free = shutil.disk_usage(folder).free / _GIB
        if free < total:
            raise SandboxError(
                f"{free:.1f} GiB are free on the disk of {folder}, and the sandbox needs {total}",
                "make room; EXTERNAL_MYSQL_CACHE names another place for the tools, GOPATH and"
                " GOCACHE for what they are built of",
            )


def install_missing(packages: Mapping[str, str], say: Say) -> bool:
    """Installs the Debian packages of the programs that this machine does not have.

    Args:
        packages: Programs, and the package of each.
        say: Is told what is installed.

    Returns:
        Whether any had to be installed.

    Raises:
        SandboxError: If apt cannot.
    """
    missing = sorted({package for tool, package in packages.items() if not shutil.which(tool)})
    if not missing:
        return False
    say(f"installing from Debian: {', '.join(missing)}")
    install = ("install", "--yes", "--no-install-recommends", *missing)
    # Lists of packages that are missing or old are the usual reason why the first try fails.
    if _apt_get(*install).returncode and not _apt_get("update").returncode:
        _apt_get(*install)
    if still := sorted(tool for tool in packages if not shutil.which(tool)):
        raise SandboxError(
            f"these programs are missing and apt-get could not install them: {', '.join(still)}",
            f"install them by hand: apt-get install {' '.join(missing)}",
        )
    return True


def check_owner(say: Say) -> None:
    """The bridge's name is free or ours; what a dead sandbox left of it is cleaned up.

    Raises:
        SandboxError: If another checkout's sandbox is up, or somebody else has the name.
    """
    owner = network.owner()
    if owner == CHECKOUT or not (network.link_exists() or network.namespaces()):
        return
    if owner is None and network.link_exists() and network.NODE not in network.namespaces():
        raise SandboxError(
            f"this machine has a network link {BRIDGE} that is not the sandbox's",
            f"rename or remove it: `ip link show {BRIDGE}`",
        )
    if owner and Supervisor(Paths(owner / ".sandbox")).pid():
        raise SandboxError(
            f"the sandbox of another checkout is up: {owner}",
            f"stop it there: `make -C {owner} down`",
        )
    left = [pid for name in network.namespaces() for pid in network.processes(name)]
    if left:
        pids = " ".join(map(str, left))
        raise SandboxError(
            f"a sandbox that no longer answers ({owner or 'of an unknown checkout'})"
            f" left processes behind: {pids}",
            f"end them and run the same again: `kill {pids}`",
        )
    network.destroy()
    say(f"cleaned up the network that {owner or 'an interrupted run'} left behind")


def check_routes(say: Say, routes: Iterable[dict[str, Any]] | None = None) -> None:
    """Nothing on this machine is reached by the addresses that the sandbox takes.

    Args:
        say: Is told of a broad route that ours will come on top of.
        routes: As ``ip -json route`` shows them; this machine's by default.

    Raises:
        SandboxError: If a route leads to some of these addresses.
    """
    for route in network.routes() if routes is None else routes:
        if route["dst"] == "default" or route.get("dev") == BRIDGE:
            continue
        taken = ipaddress.ip_network(route["dst"])
        ours = [
            block
            for block in (DATABASES_V4, PODS_V4, SERVICES_V4, DATABASES_V6)
            if taken.version == block.version and taken.overlaps(block)
        ]
        if not ours:
            continue
        blocks = " and ".join(map(str, ours))
        where = f"{taken} (dev {route.get('dev', 'none')})"
        if taken.prefixlen >= _BROAD[taken.version]:
            raise SandboxError(
                f"the sandbox uses {blocks}, and this machine has a route to {where}",
                f"see `ip route show table all`; free it: `ip route del {taken}`",
            )
        say(f"while the sandbox is up, {blocks} of the route to {where} is not reached by it")


def check_ports(running: Collection[str]) -> None:
    """The ports of the servers that do not run yet are free.

    Args:
        running: Names of the sandbox's servers that run: their ports are theirs.

    Raises:
        SandboxError: Naming every port in use and who uses it.
    """
    # A database is alone in its network namespace, and so is the node.
    own = {*(database.name for database in DATABASES), NODE, *running}
    wanted = {name: address for name, address in SERVERS.items() if name not in own}
    in_use = [
        f"{address}, which {name} needs, is in use by {listener.owner}"
        for name, address in wanted.items()
        for listener in _in_the_way(address)
    ]
    if in_use:
        raise SandboxError(
            in_use[0] if len(in_use) == 1 else f"{len(in_use)} ports are in use",
            *(in_use if len(in_use) > 1 else ()),
            "end these programs, or have them listen elsewhere, then run the same again",
        )


def parse_listeners(text: str) -> list[Listener]:
    """Reads what ``ss --listening --processes`` prints, without a head line."""
    listeners = []
    for line in text.splitlines():
        columns = line.split()
        address, _, port = columns[4].rpartition(":")
        user = re.search(r'\(\("([^"]+)",pid=(\d+)', line)
        owner = f"{user[1]} (process {user[2]})" if user else "a program that cannot be seen"
        listeners.append(Listener(address.strip("[]").partition("%")[0], int(port), owner))
    return listeners


def _in_the_way(wanted: str) -> list[Listener]:
    address, _, port = wanted.rpartition(":")
    found = subprocess.run(
        ["ss", "-HlntupO", f"sport = :{port}"], capture_output=True, text=True, check=True
    )
    return [
        listener
        for listener in parse_listeners(found.stdout)
        if listener.address in {address, *_WILDCARDS}
    ][:1]


def _apt_get(*arguments: str) -> subprocess.CompletedProcess[str]:
    environment = os.environ | {"DEBIAN_FRONTEND": "noninteractive"}
    return subprocess.run(
        ["apt-get", "-qq", *arguments],
        env=environment,
        capture_output=True,
        text=True,
        check=False,
    )


def _first_existing(folder: Path) -> Path:
    return next(path for path in (folder, *folder.parents) if path.exists())
