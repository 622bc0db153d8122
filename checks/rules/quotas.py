"""The namespace's quotas leave room for the pods."""

from __future__ import annotations

from collections.abc import Callable, Iterator, Mapping
from decimal import Decimal

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside, labels
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

QUOTA = "exceeded quota"
"""By which the API server says so."""
_OURS = {"app": "ratings", "version": "v2-mysql"}

ROOM = ok("room for {pods} pods")
NO_ROOM = failure(
    f"{PROJECT}:namespace: the quotas of {{namespace}} leave no room for a pod of "
    "ratings-v2-mysql: {said}",
    "have them raised",
)
NO_ROOM_FOR_MORE = warning(
    f"{PROJECT}:namespace: the quotas of {{namespace}} leave no room for the one pod more that a "
    "roll-out of ratings-v2-mysql wants: {said}",
    "have them raised before the pods change",
)
TOO_LITTLE = failure(
    f"{PROJECT}:replicas: the quota {{quota}} of {{namespace}} has {{left}} of {{resource}} left, "
    "and {pods} pods more want {wanted}",
    "have it raised, or want fewer replicas",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by a dry run for one pod, and count for those beyond it."""
    cluster, settings = inside(facts), facts.settings
    standing = sum(_OURS.items() <= labels(pod).items() for pod in seen(cluster.lists["pods"]))
    admission = seen(cluster.admission)
    if QUOTA in admission.refusal:
        message = NO_ROOM_FOR_MORE if standing else NO_ROOM
        yield message(namespace=settings.namespace, said=admission.refusal)
        return
    more = settings.replicas - standing
    short = False
    wanted = {name: each * more for name, each in _of_one(admission.pod).items()}
    for quota in seen(cluster.lists["resourcequotas"]) if more > 0 else ():
        for resource, left in _left(quota).items():
            if wanted.get(resource, Decimal()) > left:
                short = True
                yield TOO_LITTLE(
                    quota=quota["metadata"]["name"],
                    namespace=settings.namespace,
                    left=f"{left.normalize():f}",
                    resource=resource,
                    pods=more,
                    wanted=f"{wanted[resource].normalize():f}",
                )
    if not short:
        yield ROOM(pods=settings.replicas)


def _of_one(pod: Object) -> Mapping[str, Decimal]:
    """Add up what a quota counts of a pod: those that go on running together."""
    from kubernetes.utils.quantity import parse_quantity  # noqa: PLC0415 - loads the client

    read: Callable[[str], Decimal] = parse_quantity
    spec = pod.get("spec") or {}
    running = [
        *(spec.get("containers") or ()),
        *(each for each in spec.get("initContainers") or () if each.get("restartPolicy")),
    ]
    found = {"pods": Decimal(1), "count/pods": Decimal(1)}
    for container in running:
        for kind in ("requests", "limits"):
            for name, value in ((container.get("resources") or {}).get(kind) or {}).items():
                amount = read(value)
                for key in (f"{kind}.{name}", *((name,) if kind == "requests" else ())):
                    found[key] = found.get(key, Decimal()) + amount
    return found


def _left(quota: Object) -> Mapping[str, Decimal]:
    """Give what a quota leaves; one for some pods only is not counted."""
    from kubernetes.utils.quantity import parse_quantity  # noqa: PLC0415 - likewise

    if quota["spec"].get("scopes") or quota["spec"].get("scopeSelector"):
        return {}
    status = quota.get("status") or {}
    used = status.get("used") or {}
    read: Callable[[str], Decimal] = parse_quantity
    return {
        name: read(hard) - read(used.get(name, "0"))
        for name, hard in (status.get("hard") or {}).items()
    }
