"""The API server would take the pods: their security level, limits, policies, webhooks.

It is asked by a dry run, for each of these can be changed by a webhook, the injector's among them.
https://kubernetes.io/docs/reference/using-api/api-concepts/#dry-run
"""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.quotas import QUOTA
from checks.rules.when import BEFORE_A_CHANGE
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

TAKEN = ok("{namespace} takes a pod like those of ratings-v2-mysql")
NOT_TAKEN = failure(
    f"{PROJECT}:namespace: {{namespace}} would not take the pods: {{said}}",
    "have the rule there let them in",
)
LEVEL = failure(
    f"{PROJECT}:namespace: {{namespace}} would not take the pods: {{said}}",
    "install Istio's CNI plugin, for what a sidecar needs besides is refused by that level, or "
    "lower the label pod-security.kubernetes.io/enforce",
)

_LEVEL = "violates PodSecurity"


def judge(facts: Facts) -> Iterator[Finding]:
    """Say what the API server said; of quotas another rule does."""
    said, namespace = seen(inside(facts).admission).refusal, facts.settings.namespace
    if not said or QUOTA in said:
        yield TAKEN(namespace=namespace)
    else:
        yield (LEVEL if _LEVEL in said else NOT_TAKEN)(namespace=namespace, said=said)
