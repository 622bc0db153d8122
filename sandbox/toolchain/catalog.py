"""Every tool by name, and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError
from sandbox.toolchain.bundle import Bundle
from sandbox.toolchain.engine import Engine
from sandbox.toolchain.golang import GoModule, GoProgram
from sandbox.toolchain.installed import Installed
from sandbox.toolchain.java import Reviews
from sandbox.toolchain.nodejs import Node, NodeService
from sandbox.toolchain.python import ProductpagePackages, Python
from sandbox.toolchain.wheels import WheelProgram

if TYPE_CHECKING:
    from sandbox.toolchain.tool import Tool

KUBERNETES_VERSION: Final = "k8s.io/component-base/version"
KUBERNETES_STAMPS: Final = {
    f"{KUBERNETES_VERSION}.gitVersion": "v{major}.{minor}.{patch}",
    f"{KUBERNETES_VERSION}.gitMajor": "{major}",
    f"{KUBERNETES_VERSION}.gitMinor": "{minor}",
    f"{KUBERNETES_VERSION}.gitTreeState": "clean",
}


def kubernetes(program: str) -> GoProgram:
    """A program of Kubernetes."""
    return GoProgram(
        name=program,
        folder="kubernetes",
        module="k8s.io/kubernetes",
        package=f"k8s.io/kubernetes/cmd/{program}",
        stamps=KUBERNETES_STAMPS,
    )


ISTIO: Final = "istio.io/istio"
ISTIO_RELEASE: Final = "1.31.0"
"""The release of the pinned commit, which bears no version that a program could be stamped with."""
ISTIO_HUB: Final = "registry.istio.io/release"
"""Where the images of Istio and of Bookinfo would come from."""


def istio(program: str, package: str) -> GoProgram:
    """A program of Istio."""
    return GoProgram(
        name=program,
        folder="istio",
        module=ISTIO,
        package=f"{ISTIO}/{package}",
        stamps={f"{ISTIO}/pkg/version.buildVersion": ISTIO_RELEASE},
    )


PILOT_AGENT: Final = istio("pilot-agent", "pilot/cmd/pilot-agent")
ENVOY: Final = WheelProgram("envoy", "envoy/_bin/envoy")

KUBERNETES_PROVIDER: Final = "github.com/pulumi/pulumi-kubernetes/provider/v4"

TOOLS: Final[dict[str, Tool]] = {
    tool.name: tool
    for tool in (
        kubernetes("kube-apiserver"),
        kubernetes("kube-controller-manager"),
        kubernetes("kube-scheduler"),
        kubernetes("kube-proxy"),
        kubernetes("kubectl"),
        GoProgram(
            name="coredns",
            folder="coredns",
            module="github.com/coredns/coredns",
            package="github.com/coredns/coredns",
        ),
        Engine(
            GoProgram(
                name="pulumi",
                folder="pulumi",
                module="github.com/pulumi/pulumi/pkg/v3",
                package="github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",
                stamps={
                    "github.com/pulumi/pulumi/sdk/v3/go/common/version.Version": (
                        "v{major}.{minor}.{patch}"
                    )
                },
            )
        ),
        GoProgram(
            name="pulumi-resource-kubernetes",
            folder="kubernetes-provider",
            module=KUBERNETES_PROVIDER,
            package=".",
            embeds={
                name: f"cmd/pulumi-resource-kubernetes/{name}"
                for name in ("schema.json", "terraform-mapping.json")
            },
        ),
        GoModule(name="istio", folder="istio", module=ISTIO),
        istio("pilot-discovery", "pilot/cmd/pilot-discovery"),
        istio("istioctl", "istioctl/cmd/istioctl"),
        PILOT_AGENT,
        ENVOY,
        Bundle("proxyv2", (PILOT_AGENT, ENVOY)),
        Node(),
        NodeService("ratings-mysql"),
        NodeService("ratings-mysql2"),
        Python(),
        ProductpagePackages(),
        Installed("ruby", "ruby"),
        Installed("java", "default-jre-headless"),
        Installed("javac", "default-jdk-headless"),
        Installed("mvn", "maven"),
        Reviews(),
    )
}

MESH: Final = (
    "istio",
    "istioctl",
    "pilot-discovery",
    "proxyv2",
    "node",
    "ratings-mysql",
    "productpage",
    "ruby",
    "java",
    "reviews",
)
"""What the mesh and Bookinfo in it are made of."""


def named(name: str) -> Tool:
    """The tool of that name.

    Raises:
        SandboxError: If there is none.
    """
    if name not in TOOLS:
        raise SandboxError(f"there is no tool {name!r}", f"Tools: {', '.join(sorted(TOOLS))}.")
    return TOOLS[name]
