"""The stack's settings: those of the last update, and those of today."""

from __future__ import annotations

import json
from collections.abc import Mapping

from pull_request.markdown import code
from pull_request.sections.section import NONE, Section, text

_OURS = "external-mysql:"


def section(before: Mapping[str, str], after: Mapping[str, str]) -> Section:
    """Name each setting that differs; of one that is secret nobody knows whether it does."""
    lines = [
        (
            code(name.removeprefix(_OURS)),
            code(_said(before, name)) or NONE,
            code(_said(after, name)) or NONE,
        )
        for name in sorted(before.keys() | after.keys())
        if before.get(name) != after.get(name)
    ]
    return Section("Settings", ("Setting", "Before", "After"), tuple(lines))


def _said(settings: Mapping[str, str], name: str) -> str:
    value = settings.get(name, "")
    try:
        return text(json.loads(value))
    except ValueError:
        return value
