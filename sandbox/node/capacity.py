"""How much this node has to give."""

from __future__ import annotations

import os


def capacity() -> dict[str, str]:
    """What this node has, as Kubernetes quantities."""
    memory = os.sysconf("SC_PAGE_SIZE") * os.sysconf("SC_PHYS_PAGES")
    return {
        "cpu": str(os.cpu_count() or 1),
        "memory": f"{memory // 1024}Ki",
        "ephemeral-storage": "10Gi",
        "pods": "110",
    }
