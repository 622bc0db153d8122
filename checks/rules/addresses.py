"""The host's addresses, as this machine's DNS gives them."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.gathering import Facts, Need
from checks.facts.seen import Unseen
from checks.finding import Finding, failure, ok, warning
from checks.rules.when import BY_THE_DOCTOR
from mesh.egress import Egress
from settings import PROJECT

NEEDS: tuple[Need, ...] = ("addresses",)
WHEN = BY_THE_DOCTOR  # the program looks them up itself, before all else

FOUND = ok("{host} has {addresses}")
UNUSABLE = failure(f"{PROJECT}:host: {{problem}}", "{todo}")
UNKNOWN_HERE = warning(
    f"{PROJECT}:host: {{problem}}", "{todo}; pods need its addresses, this machine does not"
)


def judge(facts: Facts) -> Iterator[Finding]:
    """See whether there are any; only with `lookup` does the entry hold them."""
    found = facts.addresses
    if isinstance(found, Unseen):
        message = UNUSABLE if facts.settings.egress is Egress.LOOKUP else UNKNOWN_HERE
        yield message(problem=found.reason, todo=found.todo or "mend its DNS first")
    else:
        yield FOUND(host=facts.settings.host, addresses=", ".join(found))
