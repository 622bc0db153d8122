"""``python -m sandbox.toolchain NAME``: have a tool ready, and print where it is."""

from __future__ import annotations

import sys

from sandbox.errors import SandboxError
from sandbox.toolchain import ensure


def main(names: list[str]) -> int:
    """Print the path of each tool; gives the exit code."""
    try:
        found = ensure(names)
    except SandboxError as error:
        sys.stderr.write("\n  ".join([f"error: {error}", *error.hints]) + "\n")
        return 1
    sys.stdout.writelines(f"{found[name]}\n" for name in names)
    return 0


if __name__ == "__main__":
    sys.exit(main(sys.argv[1:]))
