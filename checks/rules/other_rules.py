"""DestinationRules that would put TLS of Istio's around MySQL's own protocol, which breaks it.

MySQL begins in plain text, with the server, and turns to TLS later; a sidecar that begins with TLS
gets no answer. https://istio.io/latest/docs/reference/config/networking/destination-rule/#ClientTLSSettings
"""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import meshed, visible
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE
from cluster.api import Object
from components.workload import LABELS
from mesh.egress import Egress
from mesh.visibility import matches, name_of, namespace_of
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

NONE = ok("no DestinationRule puts TLS around connections to {host}")
WRAPPED = failure(
    f"{PROJECT}:host: DestinationRule {{who}} has sidecars begin connections to {{host}} port "
    f"{{port}} "
    "with TLS ({mode}), and MySQL's server, which is the one that begins, does not understand it",
    "except {host} there with tls mode DISABLE; the pods themselves use TLS with "
    f"{PROJECT}:readerTls",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Look at the rule that is in force for each host."""
    settings = facts.settings
    if settings.egress in (Egress.BYPASS, Egress.OFF):
        return
    cluster, plane = meshed(facts)
    rules = [
        rule
        for rule, _ in visible(
            "DestinationRule", "destinationrules", cluster, plane, settings.namespace
        )
        if _selector(rule).items() <= LABELS.items()
    ]
    fine = True
    for host in (settings.host, *settings.additional_hosts):
        rule = _in_force(rules, host, settings.namespace, plane.root)
        mode = _mode(rule, settings.port) if rule else "DISABLE"
        if rule and mode != "DISABLE":
            fine = False
            yield WRAPPED(
                who=f"{namespace_of(rule)}/{name_of(rule)}",
                host=host,
                port=settings.port,
                mode=mode,
            )
    if fine:
        yield NONE(host=settings.host)


def _in_force(rules: Sequence[Object], host: str, home: str, root: str) -> Object | None:
    """Find the rule for a host: of its own namespace, or else of the mesh's root namespace.

    Of these the narrowest: an exact host, then the longest pattern.
    """
    for namespace in (home, root):
        fitting = [
            rule
            for rule in rules
            if namespace_of(rule) == namespace and matches(host, rule["spec"]["host"])
        ]
        if fitting:
            return max(
                fitting,
                key=lambda rule: ("*" not in rule["spec"]["host"], len(rule["spec"]["host"])),
            )
    return None


def _selector(rule: Object) -> Mapping[str, str]:
    selector: Mapping[str, str] = (rule["spec"].get("workloadSelector") or {}).get(
        "matchLabels"
    ) or {}
    return selector


def _mode(rule: Object, port: int) -> str:
    policy = rule["spec"].get("trafficPolicy") or {}
    for each in policy.get("portLevelSettings") or ():
        if (each.get("port") or {}).get("number") == port:
            return str((each.get("tls") or {}).get("mode", "DISABLE"))
    return str((policy.get("tls") or {}).get("mode", "DISABLE"))
