"""Starts a plugin: ``python run.py MODULE [ARGUMENT...]`` calls ``main()`` of that module.

A plugin starts with every preview, and importing the Pulumi SDK takes three times as long as
importing the protocol modules that it needs of it. So the SDK's outer packages are entered here
as bare folders, without running what their ``__init__.py`` pull in.
"""

from __future__ import annotations

import gc
import importlib
import sys
from pathlib import Path

if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])

from late import enter_as_bare_folder


def start(module: str) -> None:
    """Start the plugin whose module has ``main()``; it ends with its engine."""
    gc.disable()
    enter_as_bare_folder("pulumi")
    enter_as_bare_folder("pulumi.runtime")
    plugin = importlib.import_module(module)
    gc.freeze()  # what has been imported stays
    gc.enable()
    plugin.main()


if __name__ == "__main__":
    start(sys.argv.pop(1))
