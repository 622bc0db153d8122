"""Istio's images, as ``pilot/docker`` of its sources makes them."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path

from sandbox.node.images.image import Image

PROGRAMS = "/usr/local/bin"
BOOTSTRAP = "tools/packaging/common/envoy_bootstrap.json"
"""In Istio's sources: what ``pilot-agent`` makes Envoy's first configuration of."""


def pilot(ready: Mapping[str, Path]) -> Image:
    """istiod, as in ``Dockerfile.pilot``."""
    return Image(
        entrypoint=(f"{PROGRAMS}/pilot-discovery",),
        command=(),
        user=1337,
        working_dir="/",
        files={PROGRAMS: ready["pilot-discovery"].parent},
    )


def proxyv2(ready: Mapping[str, Path]) -> Image:
    """The sidecar, as in ``Dockerfile.proxyv2``.

    Its Envoy is upstream's, hence no ``ISTIO_META_ISTIO_PROXY_SHA``; iptables is the machine's.
    """
    return Image(
        entrypoint=(f"{PROGRAMS}/pilot-agent",),
        command=(),
        user=0,
        working_dir="/",
        files={
            PROGRAMS: ready["proxyv2"],
            "/var/lib/istio/envoy/envoy_bootstrap_tmpl.json": ready["istio"] / BOOTSTRAP,
        },
    )
