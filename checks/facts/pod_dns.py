"""What DNS gives a pod: asked of one that is there, for none is made to see it."""

from __future__ import annotations

import json
from collections.abc import Mapping
from dataclasses import dataclass

from checks.context import api_of
from checks.facts.seen import Seen, Unseen
from cluster.api import ApiProblem, Object
from settings import Settings

_CONTAINER = "ratings"
_SELECTOR = "app=ratings"
# Each name with its A and AAAA records, as the pod's own resolver has them.
_LOOK_UP = """
const { Resolver } = require('dns').promises
const resolver = new Resolver({ timeout: 2000, tries: 1 })
const ask = host => Promise.allSettled([resolver.resolve4(host), resolver.resolve6(host)])
  .then(answers => [host, answers.flatMap(answer => answer.value || [])])
Promise.all(process.argv.slice(1).map(ask))
  .then(found => console.log(JSON.stringify(Object.fromEntries(found))))
"""


@dataclass(frozen=True)
class PodDns:
    """What a pod is told.

    Attributes:
        pod: Its name.
        captured: Whether its sidecar answers its questions, with addresses of the mesh's own.
        addresses: Host -> addresses; none where it has none.
    """

    pod: str
    captured: bool
    addresses: Mapping[str, list[str]]


def look_at(settings: Settings) -> Seen[PodDns]:
    """Have a pod of the ratings service look the database's hosts up."""
    try:
        api = api_of(settings)
        path = f"/api/v1/namespaces/{settings.namespace}/pods"
        pods = (api.get(path, labelSelector=_SELECTOR) or {}).get("items") or []
        pod = next((pod for pod in pods if _runs(pod)), None)
        if pod is None:
            return Unseen(
                f"no pod of the ratings service runs in {settings.namespace}, and none is made to "
                "look",
                "look again once one runs",
            )
        hosts = [settings.host, *settings.additional_hosts]
        name = str(pod["metadata"]["name"])
        said = api.run(settings.namespace, name, _CONTAINER, ["node", "--eval", _LOOK_UP, *hosts])
        found = json.loads(said)
    except ApiProblem as problem:
        return Unseen(f"no pod was asked: {problem}", "let the deployer create pods/exec there")
    except ValueError:
        return Unseen(f"pod {name} has no Node.js to look a name up with: {said.strip()[:200]}")
    return PodDns(
        name, _is_captured(pod), {str(host): list(map(str, a)) for host, a in found.items()}
    )


def _runs(pod: Object) -> bool:
    statuses = (pod.get("status") or {}).get("containerStatuses") or []
    return any(
        each["name"] == _CONTAINER and "running" in (each.get("state") or {}) for each in statuses
    )


def _is_captured(pod: Object) -> bool:
    config = (pod["metadata"].get("annotations") or {}).get("proxy.istio.io/config", "")
    return "ISTIO_META_DNS_CAPTURE" in config
