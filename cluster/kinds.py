"""The kinds of objects that the program makes or waits for, and where the API server has them."""

from __future__ import annotations

from dataclasses import dataclass


@dataclass(frozen=True)
class Kind:
    """A kind, as the API server serves it.

    Attributes:
        api_version: E.g. `apps/v1`.
        plural: Its name in paths, e.g. `deployments`.
    """

    api_version: str
    plural: str

    def path(self, namespace: str, name: str = "") -> str:
        """Give the path of one object, or of all of a namespace; of all there are where empty."""
        api = f"/apis/{self.api_version}" if "/" in self.api_version else f"/api/{self.api_version}"
        within = f"/namespaces/{namespace}" if namespace else ""
        return f"{api}{within}/{self.plural}" + (f"/{name}" if name else "")


_ISTIO = "networking.istio.io/v1"
"""Served since Istio 1.22."""

KINDS = {
    "ConfigMap": Kind("v1", "configmaps"),
    "Deployment": Kind("apps/v1", "deployments"),
    "DestinationRule": Kind(_ISTIO, "destinationrules"),
    "Pod": Kind("v1", "pods"),
    "NetworkPolicy": Kind("networking.k8s.io/v1", "networkpolicies"),
    "PodDisruptionBudget": Kind("policy/v1", "poddisruptionbudgets"),
    "Secret": Kind("v1", "secrets"),
    "ServiceEntry": Kind(_ISTIO, "serviceentries"),
    "VirtualService": Kind(_ISTIO, "virtualservices"),
}

ADOPTABLE = tuple(kind for kind in KINDS if kind not in ("ConfigMap", "Pod", "Secret"))
"""Those with fixed names; what holds a password or an authority is the stack's own, always."""


@dataclass(frozen=True)
class Named:
    """One object by its name.

    Attributes:
        kind: One of `KINDS`.
        namespace: Its namespace.
        name: Its name.
    """

    kind: str
    namespace: str
    name: str

    def __str__(self) -> str:
        """For messages: `VirtualService default/ratings`."""
        return f"{self.kind} {self.namespace}/{self.name}"

    @property
    def path(self) -> str:
        """Its path at the API server."""
        return KINDS[self.kind].path(self.namespace, self.name)

    @property
    def short(self) -> str:
        """Its name in settings: `VirtualService/ratings`."""
        return f"{self.kind}/{self.name}"

    def kubectl(self, verb: str, context: str) -> str:
        """Give the command with which a person does something to it."""
        return f"kubectl --context {context} -n {self.namespace} {verb} {self.short.lower()}"


def short(text: str, *besides: str) -> str:
    """Accept an object's name in settings, `Kind/name`.

    Args:
        text: The name.
        besides: Kinds elsewhere that the setting takes too.

    Raises:
        ValueError: It is none, or of a kind that is not adopted.
    """
    kind, _, name = text.partition("/")
    kinds = (*besides, *ADOPTABLE)
    spelt = {each.lower(): each for each in kinds}.get(kind.lower())
    if spelt is None or not name:
        raise ValueError(
            f"{text!r} is no object that can be adopted; give its kind and name, as in "
            f"VirtualService/ratings; the kinds are {', '.join(kinds)}"
        )
    return f"{spelt}/{name}"
