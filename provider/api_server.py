"""The cluster behind a context: asked once it is needed, and known by more than its name."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextlib import contextmanager
from threading import Lock

from cluster.api import Api, ApiProblem, Refused
from cluster.kubeconfig import contexts, files, paths
from provider.protocol.service import RefusedError

GONE_FOR_GOOD = "PULUMI_K8S_DELETE_UNREACHABLE"
"""As for pulumi-kubernetes: what cannot be reached any more is given up."""

_WHO = (
    "namespaces/kube-system",
    "namespaces/{}",
    "namespaces/{}/serviceaccounts/default",
    "namespaces/{}/configmaps/kube-root-ca.crt",
)
"""What tells clusters apart, by its UID; of those that a deployer may read the first counts."""


BY_NAME = "context"
"""What a cluster is known by whose deployer may read none of these."""


class ClusterProblem(RefusedError):
    """The cluster does not do what it was asked for; the message is one line for a person."""


class Away(ClusterProblem):
    """No API server answers there, or another cluster's."""


class Silent(Away):
    """Nobody is heard there now; the right one may be, later."""


class ApiServer:
    """The API server of a context.

    Args:
        context: Name of the context.
        kubeconfig: Path of the kubeconfig; empty for kubectl's default.
    """

    def __init__(self, context: str, kubeconfig: str) -> None:
        self.context = context
        self.kubeconfig = kubeconfig
        self._api: Api | None = None
        self._known: set[str] = set()
        self._silent = ""
        # The engine asks of several resources at once, and one client serves them all.
        self._connecting = Lock()

    @contextmanager
    def asked(self, expected: str = "") -> Iterator[Api]:
        """Ask it; what goes wrong meanwhile is a `ClusterProblem`.

        Args:
            expected: The identity of the cluster that is meant; empty for any.
        """
        if self._silent:  # nobody waits for it twice in a run
            raise Silent(self._silent)
        try:
            with self._connecting:
                api = self._api = self._api or self._connected()
            if expected and expected not in self._known:
                self._identify(api, expected)
                self._known.add(expected)
            yield api
        except Refused as refused:
            raise ClusterProblem(
                f"external-mysql:context: the API server of {self.context} refused: {refused}"
            ) from None
        except ApiProblem as problem:
            self._silent = (
                f"external-mysql:context: the API server of {self.context} does not answer: "
                f"{problem}; try `kubectl --context {self.context} get --raw /readyz`"
            )
            raise Silent(self._silent) from None

    def identity(self, namespace: str) -> str:
        """Say which cluster it is.

        Args:
            namespace: Tells it where the deployer may see no other one.
        """
        is_lacking = False
        with self.asked() as api:
            for what in (each.format(namespace) for each in _WHO):
                try:
                    found = api.get(f"/api/v1/{what}")
                except Refused as refused:
                    if not refused.is_forbidden:
                        raise
                    continue
                if found is not None:
                    return f"{what} {found['metadata']['uid']}"
                is_lacking = True
        if is_lacking:
            raise ClusterProblem(
                f"external-mysql:namespace: {namespace!r} is not in {self.context}; create it, or "
                "give the one that Bookinfo runs in"
            )
        return f"{BY_NAME} {self.context}"

    @staticmethod
    def is_given_up() -> bool:
        """Say whether somebody wants what is there forgotten, for it is gone for good."""
        return os.environ.get(GONE_FOR_GOOD, "").lower() == "true"

    def _connected(self) -> Api:
        found = files(self.kubeconfig)
        try:
            known = contexts(found)
        except ValueError as problem:
            raise ClusterProblem(f"external-mysql:kubeconfig: {problem}") from None
        if self.context not in known:
            looked_at = ", ".join(map(str, found or paths(self.kubeconfig)))
            raise Away(f"external-mysql:context: {self.context!r} is no context of {looked_at}")
        return Api(self.context, found)

    def _identify(self, api: Api, expected: str) -> None:
        what, _, uid = expected.rpartition(" ")
        if what == BY_NAME:
            return
        found = api.get(f"/api/v1/{what}")
        if found is None or found["metadata"]["uid"] != uid:
            now = found["metadata"]["uid"] if found else "not there"
            raise Away(
                f"external-mysql:context: {self.context} is another cluster than the one that this "
                f"stack stands on ({what} has the UID {now}, and had {uid}); give that one's "
                f"context, or, where it is gone for good, `{GONE_FOR_GOOD}=true pulumi destroy`"
            )
