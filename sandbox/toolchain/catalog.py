"""Every tool by name, and what it is made of."""

from __future__ import annotations

from typing import TYPE_CHECKING, Final

from sandbox.errors import SandboxError
from sandbox.toolchain.engine import Engine
from sandbox.toolchain.golang import GoModule, GoProgram
from sandbox.toolchain.nodejs import Node, NodeService

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


KUBERNETES_PROVIDER: Final = "github.com/pulumi/pulumi-kubernetes/provider/v4"

TOOLS: Final[dict[str, Tool]] = {
    tool.name: tool
    for tool in (
        kubernetes("kube-apiserver"),
        kubernetes("kube-controller-manager"),
        kubernetes("kube-scheduler"),
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
        GoModule(name="istio", folder="istio", module="istio.io/istio"),
        Node(),
        NodeService("ratings-mysql"),
        NodeService("ratings-mysql2"),
    )
}


def named(name: str) -> Tool:
    """The tool of that name.

    Raises:
        SandboxError: If there is none.
    """
    if name not in TOOLS:
        raise SandboxError(f"there is no tool {name!r}", f"Tools: {', '.join(sorted(TOOLS))}.")
    return TOOLS[name]
