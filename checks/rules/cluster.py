"""The API server of the context answers, and knows who asks."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import Unseen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

REACHED = ok("{context} is Kubernetes {version}, and takes the deployer for {identity}")
NOT_REACHED = failure("{problem}", "{todo}")
NOT_REACHED_FROM_HERE = warning(
    "{problem}", "nothing in it was looked at; the Kubernetes provider may get through: {todo}"
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Refuse only what the Kubernetes provider cannot reach either."""
    cluster = facts.cluster
    if isinstance(cluster, Unseen):
        message = NOT_REACHED if cluster.is_final else NOT_REACHED_FROM_HERE
        yield message(problem=cluster.reason, todo=cluster.todo)
        return
    identity = "somebody" if isinstance(cluster.identity, Unseen) else cluster.identity
    yield REACHED(context=facts.settings.context, version=cluster.version, identity=identity)
