"""The files through which a pod's processes find names: resolv.conf, hosts, hostname."""

from __future__ import annotations

from typing import TYPE_CHECKING

from lightkube.models.core_v1 import PodDNSConfig

from sandbox import layout
from sandbox.node.identity import identity, spec

if TYPE_CHECKING:
    from ipaddress import IPv4Address

    from lightkube.models.core_v1 import Pod

_LOOPBACK = """\
127.0.0.1\tlocalhost
::1\tlocalhost ip6-localhost ip6-loopback
"""


def resolv_conf(pod: Pod) -> str:
    """As ``dnsPolicy`` and ``dnsConfig`` ask for; the sandbox's DNS server is the cluster's.

    https://kubernetes.io/docs/concepts/services-networking/dns-pod-service/
    """
    namespace = identity(pod).namespace
    own = spec(pod).dnsConfig or PodDNSConfig()
    servers, searches = list(own.nameservers or []), list(own.searches or [])
    options = [
        f"{each.name}:{each.value}" if each.value else str(each.name) for each in own.options or []
    ]
    if spec(pod).dnsPolicy != "None":
        servers.insert(0, str(layout.HOST_V4))
    if spec(pod).dnsPolicy in {None, "ClusterFirst", "ClusterFirstWithHostNet"}:
        zone = layout.CLUSTER_DOMAIN
        zones = (f"{namespace}.svc.{zone}", f"svc.{zone}", zone)
        searches = [*zones, *searches]
        options = ["ndots:5", *options]
    lines = [f"nameserver {server}" for server in servers]
    lines += [f"search {' '.join(searches)}"] if searches else []
    lines += [f"options {' '.join(options)}"] if options else []
    return "".join(f"{line}\n" for line in lines)


def hosts(pod: Pod, address: IPv4Address) -> str:
    """The pod's own name and its ``hostAliases``."""
    name = spec(pod).hostname or identity(pod).name
    aliases = spec(pod).hostAliases or []
    lines = [f"{alias.ip}\t{' '.join(alias.hostnames or [])}\n" for alias in aliases]
    return _LOOPBACK + f"{address}\t{name}\n" + "".join(lines)
