"""The cluster of the stack's context, as the deployer sees it."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future, ThreadPoolExecutor
from dataclasses import dataclass, field
from typing import Any

from checks.context import api_of
from checks.facts.pod import would_be_pod
from checks.facts.rights import Right, listed, needed
from checks.facts.seen import Seen, Unseen
from cluster.api import Api, ApiProblem, NotReached, Object, Refused
from settings import PROJECT, Settings

CONTROL_PLANE = "istio-system"
"""Where Istio is installed, and the root namespace of its configuration."""
ISTIO = "networking.istio.io"

_AT_ONCE = 8
"""Questions side by side: each has a connection, and to begin one takes as long as several."""
_CORE = "/api/v1"
_ISTIO = f"/apis/{ISTIO}/v1"
_REVIEWS = "/apis/authorization.k8s.io/v1/selfsubjectaccessreviews"
_RULES = "/apis/authorization.k8s.io/v1/selfsubjectrulesreviews"
_WHO = "/apis/authentication.k8s.io/v1/selfsubjectreviews"
_INJECTORS = "/apis/admissionregistration.k8s.io/v1/mutatingwebhookconfigurations"
# Name of a kind's list -> the path of its group.
_EVERYWHERE = {
    "services": _CORE,
    "serviceentries": _ISTIO,
    "sidecars": _ISTIO,
    "virtualservices": _ISTIO,
    "destinationrules": _ISTIO,
}
_IN_NAMESPACE = {"pods": _CORE, "resourcequotas": _CORE}
_UNAUTHORISED = 401
_NOT_TAKEN = {400, 403, 422}
"""How admission says no; what else there is says nothing of the pod."""
_NOT_TRIED = ("cannot create resource", "does not support dry run")

Objects = Sequence[Object]


@dataclass(frozen=True)
class Admission:
    """What the API server said to a pod like ours, which it was asked about and did not make.

    Attributes:
        refusal: Why it would not take it; empty where it would.
        pod: The pod as it would be, with all that webhooks put into it.
    """

    refusal: str = ""
    pod: Object = field(default_factory=dict)


@dataclass(frozen=True)
class Cluster:
    """A cluster. What the deployer may not see of it says so for itself.

    Attributes:
        version: Of the API server.
        identity: Who the API server takes the deployer for.
        kinds: The kinds of Istio's that it serves in v1.
        namespace: The stack's namespace; None where there is none.
        lists: Plural of a kind -> its objects: of all namespaces those of Istio and Services, of
            the stack's own the others.
        narrow: The kinds of which only those of the stack's namespace could be seen.
        config_maps: Those beside the control plane.
        istiods: The Deployments of the control plane.
        ztunnels: The DaemonSets of an ambient data plane.
        injectors: The webhooks that give pods a sidecar.
        refused: What the deployer may not do, of what the stack needs.
        admission: Whether the API server would take a pod like ours.
    """

    version: str = ""
    identity: Seen[str] = ""
    kinds: Seen[frozenset[str]] = frozenset()
    namespace: Seen[Object | None] = None
    lists: Mapping[str, Seen[Objects]] = field(default_factory=dict)
    narrow: tuple[str, ...] = ()
    config_maps: Seen[Objects] = ()
    istiods: Seen[Objects] = ()
    ztunnels: Seen[Objects] = ()
    injectors: Seen[Objects] = ()
    refused: Seen[Sequence[Right]] = ()
    admission: Seen[Admission] = Admission()


def look_at(settings: Settings) -> Seen[Cluster]:
    """Ask the API server all that there is to ask, side by side."""
    try:
        api = api_of(settings)
        version = _version(api)
    except ApiProblem as problem:
        return _unreached(settings, problem)
    with ThreadPoolExecutor(_AT_ONCE) as pool:
        return _look(_Asking(api, pool), settings, version)


def _version(api: Api) -> str:
    """Ask for the version, by which it shows who is let in; who is, need not be told it."""
    try:
        return str((api.get("/version") or {}).get("gitVersion", ""))
    except Refused as refused:
        if refused.status == _UNAUTHORISED:
            raise
        return "of an unknown version"


def _unreached(settings: Settings, problem: ApiProblem) -> Unseen:
    where = f"{PROJECT}:context: the API server of {settings.context}"
    if isinstance(problem, Refused):
        return Unseen(f"{where} refused: {problem}", "log in to the cluster again")
    try_it = f"try `kubectl --context {settings.context} get --raw /readyz`"
    if isinstance(problem, NotReached):
        return Unseen(f"{where} was not reached: {problem}", try_it, is_final=False)
    return Unseen(f"{where} does not answer: {problem}", try_it)


@dataclass(frozen=True)
class _Asking:
    """Questions that are under way."""

    api: Api
    pool: ThreadPoolExecutor

    def get(self, path: str, **query: str) -> Future[Seen[Object | None]]:
        return self.pool.submit(_seen, lambda: self.api.get(path, **query))

    def items(self, path: str, **query: str) -> Future[Seen[Objects]]:
        # From the API server's own memory: no load on etcd, and as it was a moment ago.
        return self.pool.submit(
            _seen, lambda: _items(self.api.get(path, resourceVersion="0", **query))
        )

    def create(self, path: str, body: Object, **query: str) -> Future[Seen[Object]]:
        return self.pool.submit(_seen, lambda: self.api.create(path, body, **query))

    def admission(self, namespace: str, pod: Object) -> Future[Seen[Admission]]:
        return self.pool.submit(self._admission, namespace, pod)

    def _admission(self, namespace: str, pod: Object) -> Seen[Admission]:
        path = f"{_CORE}/namespaces/{namespace}/pods"
        try:
            return Admission(pod=self.api.create(path, pod, dryRun="All"))
        except Refused as refused:
            said = str(refused)
            if refused.status not in _NOT_TAKEN or any(word in said for word in _NOT_TRIED):
                return Unseen(f"a pod was not tried: {said}", "let the deployer create pods there")
            return Admission(said)
        except ApiProblem as problem:
            return Unseen(f"a pod was not tried: {problem}")


def _look(ask: _Asking, settings: Settings, version: str) -> Cluster:
    name = settings.namespace
    inside = f"/namespaces/{name}"
    identity = ask.create(_WHO, _object("authentication.k8s.io/v1", "SelfSubjectReview", {}))
    kinds = ask.get(_ISTIO)
    namespace = ask.get(f"{_CORE}{inside}")
    everywhere = {kind: ask.items(f"{group}/{kind}") for kind, group in _EVERYWHERE.items()}
    in_namespace = {
        kind: ask.items(f"{group}{inside}/{kind}") for kind, group in _IN_NAMESPACE.items()
    }
    config_maps = ask.items(f"{_CORE}/namespaces/{CONTROL_PLANE}/configmaps")
    istiods = ask.items("/apis/apps/v1/deployments", labelSelector="app=istiod")
    ztunnels = ask.items("/apis/apps/v1/daemonsets", labelSelector="app=ztunnel")
    injectors = ask.items(_INJECTORS, labelSelector="app=sidecar-injector")
    rules = ask.create(
        _RULES, _object("authorization.k8s.io/v1", "SelfSubjectRulesReview", {"namespace": name})
    )
    admission = ask.admission(name, would_be_pod(settings))
    in_doubt = _not_listed(rules.result(), needed(settings))
    rights = {right: ask.create(_REVIEWS, _review(right, name)) for right in in_doubt}
    lists = {kind: future.result() for kind, future in everywhere.items()}
    narrow = tuple(kind for kind, found in lists.items() if isinstance(found, Unseen))
    # Who may not see all namespaces may see its own.
    lists |= {
        kind: future.result()
        for kind, future in {
            kind: ask.items(f"{_EVERYWHERE[kind]}{inside}/{kind}") for kind in narrow
        }.items()
    }
    return Cluster(
        version=version,
        identity=_of(identity.result(), _user),
        kinds=_of(kinds.result(), _kinds),
        namespace=namespace.result(),
        lists={**lists, **{kind: future.result() for kind, future in in_namespace.items()}},
        narrow=tuple(kind for kind in narrow if not isinstance(lists[kind], Unseen)),
        config_maps=config_maps.result(),
        istiods=istiods.result(),
        ztunnels=ztunnels.result(),
        injectors=injectors.result(),
        refused=_refused({right: future.result() for right, future in rights.items()}),
        admission=admission.result(),
    )


def _seen(ask: Callable[[], Any]) -> Any:  # noqa: ANN401 - as the question is
    try:
        return ask()
    except ApiProblem as problem:
        return Unseen(str(problem))


def _of(found: Seen[Any], read: Callable[[Any], Any]) -> Any:  # noqa: ANN401 - as it is read
    return found if isinstance(found, Unseen) else read(found)


def _items(answer: Object | None) -> Objects:
    return list((answer or {}).get("items") or [])


def _kinds(answer: Object | None) -> frozenset[str]:
    return frozenset(each["kind"] for each in (answer or {}).get("resources") or [])


def _user(answer: Object) -> str:
    return str(answer["status"]["userInfo"]["username"])


def _object(api_version: str, kind: str, spec: Object) -> Object:
    return {"apiVersion": api_version, "kind": kind, "spec": spec}


def _not_listed(answer: Seen[Object], rights: Sequence[Right]) -> Sequence[Right]:
    """Give the rights that are to be asked for one by one, which takes longer.

    Those that are listed are had, where no authorizer is there that cannot list them.
    https://kubernetes.io/docs/reference/kubernetes-api/authorization-resources/self-subject-rules-review-v1/
    """
    if isinstance(answer, Unseen) or answer["status"].get("incomplete", True):
        return rights
    rules = answer["status"].get("resourceRules") or ()
    return [right for right in rights if not listed(right, rules)]


def _review(right: Right, namespace: str) -> Object:
    attributes = {
        "group": right.group,
        "resource": right.resource,
        "verb": right.verb,
        "namespace": namespace,
    }
    return _object(
        "authorization.k8s.io/v1", "SelfSubjectAccessReview", {"resourceAttributes": attributes}
    )


def _refused(answers: Mapping[Right, Seen[Object]]) -> Seen[Sequence[Right]]:
    for answer in answers.values():
        if isinstance(answer, Unseen):
            return answer
    return [
        right
        for right, answer in answers.items()
        if not isinstance(answer, Unseen) and not answer["status"].get("allowed")
    ]
