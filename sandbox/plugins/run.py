"""Starts one stand-in: ``python run.py MODULE [ARGUMENT...]`` calls ``main()`` of that module.

A stand-in starts with every preview, and importing the Pulumi SDK takes three times as long as
importing the protocol modules that it needs of it. So the SDK's outer packages are entered here
as bare folders, without running what their ``__init__.py`` pull in.
"""

from __future__ import annotations

import importlib
import importlib.util
import sys
import types
from pathlib import Path


def enter_as_bare_folder(package: str) -> None:
    """Make the modules of a package importable without importing the package itself.

    Args:
        package: Its dotted name; the packages around it have been entered before.
    """
    spec = importlib.util.find_spec(package)
    if spec is None or spec.submodule_search_locations is None:
        sys.exit(f"{package} is not installed: pip install -r requirements.txt")
    bare = types.ModuleType(package)
    bare.__path__ = list(spec.submodule_search_locations)
    sys.modules[package] = bare


if __name__ == "__main__":
    sys.path[0] = str(Path(__file__).resolve().parents[2])
    enter_as_bare_folder("pulumi")
    enter_as_bare_folder("pulumi.runtime")
    importlib.import_module(sys.argv.pop(1)).main()
