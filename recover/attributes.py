"""What the engine's storage left half written: a file that is whole, and cannot be read for that.

In a folder each file has another one beside it with its attributes, which is written first, and in
place. A run that is killed at that moment leaves it empty, and from then on every command fails:
`failed to load checkpoint: EOF`. The file itself is written beside, and put into its place whole.
https://pkg.go.dev/gocloud.dev/blob/fileblob
"""

from __future__ import annotations

from recover.engine import Target
from recover.store import Store

_STATES = ".pulumi/stacks"


def restore(target: Target, store: Store) -> list[str]:
    """Remove the attributes of a stack's state that are empty, once no run has its lock.

    Pulumi counts on none of them. Gives what was done.
    """
    done = []
    for folder in (f"{_STATES}/{target.project}", _STATES):
        for key in store.empty_attributes(folder, target.stack):
            store.remove(key)
            done.append(f"removed {key}, which was cut off as it was written; the state is whole")
    return done
