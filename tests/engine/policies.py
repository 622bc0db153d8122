"""The policy pack, and what it said in a run."""

from __future__ import annotations

from collections import defaultdict
from pathlib import Path

from sandbox import layout, toolchain
from sandbox.stack import Run, Stack, in_sandbox

PACK = str(layout.CHECKOUT / "policy" / "pulumi-analyzer-external-mysql")
PROGRAM = Path(__file__).parent / "guarded"
PLANTED = "s3cret-that-a-rule-has-seen"


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


def in_another_language(folder: Path, host: str) -> Run:
    """Preview a program that is no Python with the pack, which refuses it.

    Args:
        folder: Where it is.
        host: What runs its language.
    """
    shell = in_sandbox()
    own = {
        "PATH": f"{toolchain.ensure([host])[host].parent}:{shell['PATH']}",
        "PULUMI_BACKEND_URL": f"file://{folder}",
        "TMPDIR": str(folder),
    }
    stack = Stack(folder, {**shell, **own}, "prod")
    stack.run("stack", "init", stack.name)
    return stack.preview("--policy-pack", PACK, ok=False)


def refused(run: Run, entry: str) -> bool:
    """Say whether all was refused that is wrong in the programs in other languages, and no more.

    Args:
        run: What was previewed.
        entry: What the ServiceEntry is called there.
    """
    found = said(run, "mandatory")
    assert PLANTED not in str(found)
    assert {rule: set(resources) for rule, resources in found.items()} == {
        "literal-password": {"job"},
        "wide-block": {entry},
        "exported-everywhere": {entry},
        "unrestricted-container": {"job"},
        "moving-image": {"job"},
    }
    return True
