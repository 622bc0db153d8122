"""The sandbox's network: the node, and a namespace with an address for each database.

::

    host: emx0 ──┐
    emx-db: eth0 ┼── bridge, in the node's namespace emx-node ── pods, each with a link of its own
    emx-db-…: … ─┘

The node has a namespace of its own, where no packet filter of the host is in force: a host that
filters bridged traffic (``br_netfilter`` and Docker's ``FORWARD DROP``) would cut pods off from
their database otherwise, and no sysctl or rule of the host has to change for it. What is in it for
pods, and kube-proxy's rules, are Kubernetes' and CNI's, and go with it.
"""

from __future__ import annotations

import json
import shutil
import subprocess
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final

from sandbox.errors import SandboxError
from sandbox.layout import (
    BRIDGE,
    CHECKOUT,
    DATABASES_V4,
    DATABASES_V6,
    HOST_V4,
    HOST_V6,
    NAMESPACE_PREFIX,
    NODE_V4,
    PODS_V4,
    SERVICES_V4,
)

if TYPE_CHECKING:
    from ipaddress import IPv4Address, IPv6Address

NODE: Final = "emx-node"
_BRIDGE_ON_NODE: Final = "bridge"
_HOST_PORT: Final = "host"
_NAMESPACES: Final = Path("/run/netns")
_NAMESPACE_FILES: Final = Path("/etc/netns")


def create() -> bool:
    """Makes the node and puts the host on its bridge; ``emx0``'s alias names this checkout.

    Returns:
        Whether anything had to be made.

    Raises:
        SandboxError: If the kernel refuses.
    """
    if owner() == CHECKOUT and NODE in namespaces():
        return False
    destroy()
    _ip("netns", "add", NODE)
    # Databases send to pods through the node, and so does the host.
    _run(["ip", "netns", "exec", NODE, "sh", "-c", "echo 1 > /proc/sys/net/ipv4/ip_forward"])
    _ip_batch(
        NODE,
        "link set lo up",
        # Left to itself a bridge takes the lowest address of its ports: the next one plugged in may
        # change it, and whoever knows the old one is cut off from the node for half a minute.
        f"link add {_BRIDGE_ON_NODE} address {_hardware_address(NODE_V4)} type bridge "
        "mcast_snooping 0",
        f"address add {NODE_V4}/{DATABASES_V4.prefixlen} dev {_BRIDGE_ON_NODE}",
        f"link set {_BRIDGE_ON_NODE} up",
        # kube-proxy gives a packet to a Service its way only once the node has one for it.
        f"route add {SERVICES_V4} dev {_BRIDGE_ON_NODE}",
    )
    _ip("link", "add", BRIDGE, "type", "veth", "peer", "name", _HOST_PORT, "netns", NODE)
    # Ours has an IPv6 address also where the machine's other links have none.
    Path("/proc/sys/net/ipv6/conf", BRIDGE, "disable_ipv6").write_text("0")
    _ip_batch(
        None,
        f"address add {HOST_V4}/{DATABASES_V4.prefixlen} dev {BRIDGE}",
        f"address add {HOST_V6}/{DATABASES_V6.prefixlen} dev {BRIDGE} nodad",
        f"link set {BRIDGE} up",
        f"route add {PODS_V4} via {NODE_V4} dev {BRIDGE}",
        f"route add {SERVICES_V4} via {NODE_V4} dev {BRIDGE}",
    )
    _plug_in(_HOST_PORT)
    # The alias comes last: a network without it was left half-made and is made anew.
    _ip("link", "set", BRIDGE, "alias", str(CHECKOUT))
    return True


def destroy() -> None:
    """Takes the node and every namespace of ours away, with the files kept for them."""
    for namespace in namespaces():
        _ip("netns", "del", namespace)
    if link_exists():
        _ip("link", "del", BRIDGE)
    for files in _NAMESPACE_FILES.glob(f"{NAMESPACE_PREFIX}*"):
        shutil.rmtree(files)
    if _NAMESPACES.exists() and not any(_NAMESPACES.iterdir()):
        # `ip netns add` mounts the folder onto itself, and `ip netns del` leaves that.
        _run(["umount", "--lazy", str(_NAMESPACES)], check=False)


def attach(namespace: str, ipv4: IPv4Address, ipv6: IPv6Address) -> bool:
    """Makes a namespace, puts it on the bridge and gives it its addresses.

    Args:
        namespace: Its name, starting with ``emx-``; what follows must fit a link name (15).
        ipv4: Its address.
        ipv6: Its second address.

    Returns:
        Whether anything had to be made; one that stands with these addresses is left alone.

    Raises:
        SandboxError: If the kernel refuses.
    """
    if is_attached(namespace, ipv4, ipv6):
        return False
    if namespace in namespaces():
        detach(namespace)
    port = namespace.removeprefix(NAMESPACE_PREFIX)
    _ip("netns", "add", namespace)
    _ip_batch(
        namespace,
        "link set lo up",
        f"link add eth0 address {_hardware_address(ipv4)} type veth peer name {port} netns {NODE}",
        f"address add {ipv6}/{DATABASES_V6.prefixlen} dev eth0 nodad",
        f"address add {ipv4}/{DATABASES_V4.prefixlen} dev eth0",
        "link set eth0 up",
        f"route add {PODS_V4} via {NODE_V4} dev eth0",
    )
    _plug_in(port)
    return True


def detach(namespace: str) -> None:
    """Takes a namespace away, if it is there; the caller has ended the processes in it."""
    if namespace not in namespaces():
        return
    # Deleting the port first frees its name at once; the kernel ends a namespace at its leisure.
    _run(["ip", "-n", NODE, "link", "del", namespace.removeprefix(NAMESPACE_PREFIX)], check=False)
    _ip("netns", "del", namespace)
    shutil.rmtree(_NAMESPACE_FILES / namespace, ignore_errors=True)


def is_attached(namespace: str, ipv4: IPv4Address, ipv6: IPv6Address) -> bool:
    """Whether a namespace stands with these addresses and a link that is up."""
    if namespace not in namespaces():
        return False
    links = _ip_json("-n", namespace, "address")
    held = {entry["local"] for link in links for entry in link.get("addr_info", [])}
    return {str(ipv4), str(ipv6)} <= held


def namespaces() -> list[str]:
    """The namespaces whose name starts with ``emx-``, the node's among them."""
    return sorted(entry.name for entry in _NAMESPACES.glob(f"{NAMESPACE_PREFIX}*"))


def processes(namespace: str) -> list[int]:
    """The ids of all processes in a namespace."""
    return [int(pid) for pid in _run(["ip", "netns", "pids", namespace]).split()]


def link_exists() -> bool:
    """Whether a link of the name ``emx0`` stands on this machine, whoever made it."""
    return Path("/sys/class/net", BRIDGE).exists()


def owner() -> Path | None:
    """The checkout that made ``emx0``; None without such a link, or where it names nobody."""
    alias = Path("/sys/class/net", BRIDGE, "ifalias")
    text = alias.read_text().strip() if alias.exists() else ""
    return Path(text) if text else None


def addresses() -> list[dict[str, Any]]:
    """All links of this machine with their addresses, as ``ip -json address`` shows them."""
    return _ip_json("address")


def routes() -> list[dict[str, Any]]:
    """All routes of this machine, of both families and all tables, as ``ip -json`` shows them."""
    return [
        route
        for family in ("-4", "-6")
        for route in _ip_json(family, "route", "show", "table", "all")
    ]


def _hardware_address(ipv4: IPv4Address) -> str:
    """A MAC address that goes with an address, so that neighbours need not learn a new one.

    Otherwise they would send to the one of its last holder for some seconds.
    """
    return ":".join(f"{byte:02x}" for byte in (0x02, 0, *ipv4.packed))


def _plug_in(port: str) -> None:
    _ip_batch(NODE, f"link set {port} master {_BRIDGE_ON_NODE} up")


def _ip(*arguments: str) -> str:
    return _run(["ip", *arguments])


def _ip_json(*arguments: str) -> list[dict[str, Any]]:
    found: list[dict[str, Any]] = json.loads(_ip("-json", *arguments) or "[]")
    return found


def _ip_batch(namespace: str | None, *lines: str) -> None:
    where = ["-n", namespace] if namespace else []
    _run(["ip", *where, "-batch", "-"], stdin="\n".join(lines))


def _run(command: list[str], *, stdin: str = "", check: bool = True) -> str:
    done = subprocess.run(command, input=stdin, capture_output=True, text=True, check=False)
    if check and done.returncode:
        said = (done.stderr.strip() or "no word why").replace("\n", "; ")
        raise SandboxError(f"`{' '.join(command)}` failed: {said}", stdin)
    return done.stdout
