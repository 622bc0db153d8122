"""The deployer may do in the namespace what this stack asks for, and needs nothing elsewhere."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside
from checks.facts.rights import Right
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BEFORE_A_CHANGE
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

ENOUGH = ok("all that this stack needs in {namespace}")
TOO_FEW = failure(
    f"{PROJECT}:context: {{context}} does not let the deployer {{verbs}} in {{namespace}}",
    "have it grant that there, by a Role and a RoleBinding",
)
NARROW = warning(
    "the deployer may list {kinds} in {namespace} alone: those of other namespaces were not looked "
    "at, and may be in the way",
    "have somebody who may list them run `make doctor`",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Judge by what the API server itself says to each right."""
    cluster, settings = inside(facts), facts.settings
    refused = seen(cluster.refused)
    where = {"context": settings.context, "namespace": settings.namespace}
    if refused:
        yield TOO_FEW(verbs=_in_words(refused), **where)
    else:
        yield ENOUGH(**where)
    if cluster.narrow:
        yield NARROW(kinds=", ".join(cluster.narrow), **where)


def _in_words(rights: Sequence[Right]) -> str:
    verbs: dict[str, list[str]] = {}
    for right in rights:
        name = f"{right.resource}.{right.group}" if right.group else right.resource
        verbs.setdefault(name, []).append(right.verb)
    return " and ".join(f"{', '.join(each)} {name}" for name, each in verbs.items())
