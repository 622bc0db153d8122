"""What changes, in words of the domain: a table each for rows, addresses, rights and the like."""

from __future__ import annotations

from collections.abc import Mapping, Sequence

from pull_request.sections import addresses, passwords, pods, rights, rows, settings
from pull_request.sections.section import Section
from pull_request.steps import Step


def sections(
    steps: Sequence[Step], configured: tuple[Mapping[str, str], Mapping[str, str]] | None = None
) -> list[Section]:
    """Find all that there is a table for.

    Args:
        steps: What becomes of each resource.
        configured: The settings of the last update and those of today, where both are known.
    """
    found = [
        rows.section(steps),
        addresses.section(steps),
        addresses.entries(steps),
        rights.section(steps),
        passwords.section(steps),
        pods.section(steps),
        settings.section(*configured) if configured else Section("", (), ()),
    ]
    return [section for section in found if section.lines or section.counts]
