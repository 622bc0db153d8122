"""Every image that the sandbox's cluster runs, and what it is built from."""

from __future__ import annotations

from collections.abc import Iterable
from functools import partial
from pathlib import Path
from typing import Final

from sandbox import debian, layout
from sandbox.errors import SandboxError
from sandbox.images.image import Image, Source
from sandbox.toolchain.catalog import ISTIO_HUB, ISTIO_RELEASE
from sandbox.toolchain.golang import required

OWN: Final = Path(__file__).parent
OURS: Final = layout.CHECKOUT / "images" / "ratings"
BOOKINFO_RELEASE: Final = "1.20.3"
BOOKINFO: Final = "istio/samples/bookinfo/src"


_PINNED: Final = partial(required, "kubernetes")
KUBERNETES: Final = "v{}.{}.{}".format(*_PINNED("k8s.io/kubernetes"))
COREDNS: Final = "v{}.{}.{}".format(*_PINNED("github.com/coredns/coredns"))
ETCD: Final = "{}.{}.{}-0".format(*_PINNED("go.etcd.io/etcd/server/v3"))
PAUSE: Final = "3.10.2"
"""Tags, in the form that kubeadm has them; the last is its own PauseVersion."""


def _own(name: str) -> Path:
    return OWN / name / "Containerfile"


# --- What the others begin with, under the names that Containerfiles have for it.
DEBIAN: Final = Image("debian:trixie-slim", _own("debian"), {".": debian.BASE.name})
PYTHON: Final = Image("python:3.13.3-slim", _own("python"), bases=(DEBIAN,))
NODE: Final = Image("node:23.11-slim", _own("node"), bases=(PYTHON, DEBIAN))
RUBY: Final = Image("ruby:3.4.3-slim", _own("ruby"), bases=(DEBIAN,))
IPTABLES: Final = Image("localhost/iptables", _own("iptables"), bases=(DEBIAN,))
ISTIO: Final = Image(f"{ISTIO_HUB}/base:latest", _own("istio-base"), bases=(IPTABLES,))


def _program(name: str, tag: str, base: Image | None = None) -> Image:
    return Image(
        f"registry.k8s.io/{name}:{tag}",
        _own("program"),
        {f"bin/{name}": name},
        {"BASE": base.reference} if base else {},
        bases=(base,) if base else (),
    )


def _istio(name: str, **context: Source) -> Image:
    return Image(
        f"{ISTIO_HUB}/{name}:{ISTIO_RELEASE}",
        f"istio/pilot/docker/Dockerfile.{name}",
        context,
        {"TARGETARCH": "."},  # where it looks for the programs
        bases=(ISTIO,),
    )


def _bookinfo(name: str, base: Image, reference: str = "", **arguments: str) -> Image:
    service = name.rpartition("-")[0]
    return Image(
        reference or f"{ISTIO_HUB}/examples-bookinfo-{name}:{BOOKINFO_RELEASE}",
        f"{BOOKINFO}/{service}/Dockerfile",
        {".": f"{BOOKINFO}/{service}"},
        arguments,
        bases=(base,),
        keeps_steps=service == "ratings",
    )


def _reviews(version: str, **arguments: str) -> Image:
    parts = ("reviews-application", "reviews-wlpcfg")
    return Image(
        f"{ISTIO_HUB}/examples-bookinfo-reviews-{version}:{BOOKINFO_RELEASE}",
        _own("reviews"),
        {
            "pom.xml": OWN / "reviews" / "pom.xml",
            **{part: f"{BOOKINFO}/reviews/{part}" for part in parts},
        },
        {"service_version": version, **arguments},
        bases=(DEBIAN,),
        keeps_steps=True,
    )


CLUSTER: Final = (
    _program("kube-apiserver", KUBERNETES),
    _program("kube-controller-manager", KUBERNETES),
    _program("kube-scheduler", KUBERNETES),
    _program("kube-proxy", KUBERNETES, IPTABLES),
    _program("etcd", ETCD),
    Image(f"registry.k8s.io/coredns/coredns:{COREDNS}", _own("coredns"), {"coredns": "coredns"}),
    Image(
        f"registry.k8s.io/pause:{PAUSE}",
        _own("pause"),
        {"catatonit": f"{debian.NODE.name}/usr/bin/catatonit"},
    ),
)
"""What Kubernetes itself runs."""

_RATINGS: Final = _bookinfo("ratings-v2", NODE, service_version="v2")
STACK: Final = (
    _RATINGS,
    Image(
        layout.RATINGS_MYSQL2_IMAGE,
        OURS / "Dockerfile",
        {"mysql.js": OURS / "mysql.js"},
        bases=(_RATINGS,),
    ),
)
"""What stack ``dev`` runs, and the image that engineers are told to build it from."""

_PRODUCTPAGE: Final = _bookinfo("productpage-v1", PYTHON, "localhost/bookinfo-productpage")
MESH: Final = (
    _istio("pilot", **{"pilot-discovery": "pilot-discovery"}),
    _istio(
        "proxyv2",
        **{
            "envoy_bootstrap.json": "istio/tools/packaging/common/envoy_bootstrap.json",
            "envoy": "envoy",
            "pilot-agent": "pilot-agent",
        },
    ),
    Image(
        f"{ISTIO_HUB}/examples-bookinfo-productpage-v1:{BOOKINFO_RELEASE}",
        _own("productpage"),
        bases=(_PRODUCTPAGE,),
    ),
    _bookinfo("details-v1", RUBY, service_version="v1"),
    _bookinfo("ratings-v1", NODE, service_version="v1"),
    # The arguments are those of docker-bake.hcl there.
    _reviews("v1"),
    _reviews("v2", enable_ratings="true"),
    _reviews("v3", enable_ratings="true", star_color="red"),
)
"""Istio, and Bookinfo in it."""

FIREWALL: Final = Image(
    "docker.io/cloudnativelabs/kube-router:v{}.{}.{}".format(
        *required("kube-router", "github.com/cloudnativelabs/kube-router/v2")
    ),
    _own("kube-router"),
    {"kube-router": "kube-router"},
    bases=(IPTABLES,),
)
"""Enforces NetworkPolicies; runs only while a test needs it."""

KNOWN: Final = {image.reference: image for image in (*CLUSTER, *STACK, *MESH, FIREWALL)}


def named(references: Iterable[str]) -> list[Image]:
    """The images of these names.

    Raises:
        SandboxError: If one is not built here.
    """
    wanted = list(references)
    if unknown := [reference for reference in wanted if reference not in KNOWN]:
        raise SandboxError(
            f"the sandbox builds no image {unknown[0]}", f"Images: {', '.join(sorted(KNOWN))}."
        )
    return [KNOWN[reference] for reference in wanted]
