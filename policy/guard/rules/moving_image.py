"""An image that is another one tomorrow: nobody reviewed what a new pod runs."""

from __future__ import annotations

import re
from collections.abc import Iterator

from guard.pod import name_of, pods
from guard.resource import Resource
from guard.rule import Around, Finding, Rule, Undecided, Violation

_DIGEST = re.compile(r"@[a-z0-9]+:[0-9a-f]{32,}$")
_TAG = re.compile(r":([\w][\w.-]*)$", re.ASCII)
_FIXED = re.compile(r"\d+\.\d+|(?<![0-9a-z])(\d{8,}|(?=[0-9a-f]*\d)[0-9a-f]{7,40})(?![0-9a-z])")
"""In a tag: a version of two numbers or more, a date, or a commit."""


def _check(resource: Resource, _: Around) -> Iterator[Finding]:
    for pod in pods(resource):
        for container in pod.containers():
            image = container["image"]
            if not image.is_known:
                yield Undecided(image.path)
            elif image.text() and not _is_fixed(image.text()):
                yield Violation(f"{name_of(container)} runs {image.value}, which may change")


def _is_fixed(image: str) -> bool:
    if _DIGEST.search(image):
        return True
    tag = _TAG.search(image.rpartition("/")[2])
    return tag is not None and _FIXED.search(tag[1]) is not None


RULE = Rule(
    name="moving-image",
    says="An image is named by its digest, or by a tag that stays.",
    remedy="name its digest, or a tag with the whole version, as in mysql:9.7.4",
    check=_check,
)
