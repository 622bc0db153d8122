"""Istio's ServiceEntry: https://istio.io/latest/docs/reference/config/networking/service-entry/."""

from __future__ import annotations

from collections.abc import Iterator
from ipaddress import IPv4Network, IPv6Network, ip_network

from guard.field import Field
from guard.resource import Resource

Network = IPv4Network | IPv6Network


def specs(resource: Resource) -> Iterator[Field]:
    """Give the spec of a ServiceEntry; none of another object."""
    if resource.kind == "ServiceEntry":
        yield resource.root["spec"]


def network(address: Field) -> Network | None:
    """Read an address or a block; None where it is neither, which Istio says itself."""
    try:
        return ip_network(address.text(), strict=False)
    except ValueError:
        return None
