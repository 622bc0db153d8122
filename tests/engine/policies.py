"""The policy pack, and what it said in a run."""

from __future__ import annotations

from collections import defaultdict

from sandbox import layout
from sandbox.stack import Run

PACK = str(layout.CHECKOUT / "policy" / "pulumi-analyzer-external-mysql")


def said(run: Run, level: str) -> dict[str, dict[str, str]]:
    """Give what the pack said: rule -> resource -> message."""
    found: defaultdict[str, dict[str, str]] = defaultdict(dict)
    for event in run.events:
        policy = event.get("policyEvent")
        if policy and policy["enforcementLevel"] == level:
            name = policy["resourceUrn"].split("::", 3)[3]
            found[policy["policyName"]].setdefault(name, "")
            found[policy["policyName"]][name] += policy["message"]
    return dict(found)
