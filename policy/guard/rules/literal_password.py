"""A password in clear in a container's environment: everyone who may read pods reads it."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.pod import name_of, pods
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_SECRET = re.compile(
    r"(PASS(WORD|WD|PHRASE)?|PWD|SECRET|TOKEN|CREDENTIALS?|(API|ACCESS|PRIVATE)_?KEY)$"
)
"""How names of variables end that hold a secret; one that ends in `_FILE` only names a file."""
_IN_A_URL = re.compile(r"://[^/\s:@]*:[^/\s@]+@")


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    for pod in pods(resource):
        for container in pod.containers():
            for variable in container["env"].each():
                name, value = variable["name"], variable["value"]
                if not name.is_known:
                    yield Undecided(name.path)
                elif _SECRET.search(name.text().upper()):
                    if not value.is_known:
                        yield Undecided(value.path)
                    elif value.text():
                        yield Violation(f"{name.value} of {name_of(container)} is in clear")
                elif value.is_known and _IN_A_URL.search(value.text()):
                    yield Violation(
                        f"{name.value} of {name_of(container)} is a URL with a password in clear"
                    )


RULE = Rule(
    name="literal-password",
    says="No password stands in clear in a container's environment.",
    remedy="put it into a Secret, and name that with valueFrom.secretKeyRef",
    check=_check,
)
