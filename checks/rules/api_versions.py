"""The API server serves those of Istio's kinds that are made here."""

from __future__ import annotations

from collections.abc import Iterator

from checks.facts.cluster import ISTIO
from checks.facts.gathering import Facts, Need
from checks.facts.mesh import inside
from checks.facts.seen import seen
from checks.finding import Finding, failure, ok
from checks.rules.when import BEFORE_A_CHANGE
from mesh.egress import Egress
from settings import PROJECT, Settings

NEEDS: tuple[Need, ...] = ("cluster",)
WHEN = BEFORE_A_CHANGE

SERVED = ok("{kinds} of networking.istio.io/v1")
NOT_SERVED = failure(
    f"{PROJECT}:context: {{context}} does not serve {{kinds}} of {ISTIO}/v1",
    "install Istio 1.22 or newer there",
)


def judge(facts: Facts) -> Iterator[Finding]:
    """Compare what is served with what is wanted, which may be nothing."""
    wanted = _wanted(facts.settings)
    kinds = seen(inside(facts).kinds)
    lacking = [kind for kind in wanted if kind not in kinds]
    if lacking:
        yield NOT_SERVED(context=facts.settings.context, kinds=", ".join(lacking))
    elif wanted:
        yield SERVED(kinds=", ".join(wanted))


def _wanted(settings: Settings) -> list[str]:
    wanted = {
        "ServiceEntry": settings.egress not in (Egress.BYPASS, Egress.OFF),
        "VirtualService": settings.routing,
        "DestinationRule": settings.routing or settings.destination_rules,
    }
    return [kind for kind, is_wanted in wanted.items() if is_wanted]
